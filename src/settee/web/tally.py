"""Count finished requests and how long they took, in plain numbers.

A counter of Prometheus' own library takes a lock and walks its boxes, 5 us for a request that may
take 20 in all. Requests end in one thread, that of the loop, so a number in a dictionary does; it
is put into the form of the library when somebody scrapes.

Reads / Writes: counters in memory.
Source: prometheus_client, "Custom Collectors".
Not here: figures of answers, which several threads count (web.metrics).
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

_SECONDS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)


class Counts(Collector):
    """Counts by labels; one thread counts, any may look.

    Args:
        name: Of the figure.
        meaning: One sentence.
        labels: Names of the labels.

    >>> lists = Counts("settee_lists", "Lists by how they were given.", ("how",))
    >>> lists.saw(("ready",)); lists.saw(("ready",))
    >>> lists.told()
    {('ready',): 2}
    """

    def __init__(self, name: str, meaning: str, labels: Sequence[str]) -> None:
        self._name, self._meaning, self._labels = name, meaning, tuple(labels)
        self._n: dict[tuple[str, ...], int] = {}

    def saw(self, labels: tuple[str, ...]) -> None:
        """Count one more."""
        self._n[labels] = self._n.get(labels, 0) + 1

    def told(self) -> dict[tuple[str, ...], int]:
        """The counts so far."""
        return dict(self._n)

    def collect(self) -> Iterator[Metric]:
        """The counts as Prometheus has them."""
        family = CounterMetricFamily(self._name, self._meaning, labels=self._labels)
        for labels, n in self.told().items():
            family.add_metric(labels, n)
        yield family


class Times(Collector):
    """Seconds by one label, in boxes; one thread counts, any may look.

    Args:
        name: Of the figure.
        meaning: One sentence.
        label: Name of the label.

    >>> times = Times("settee_request_seconds", "Time.", "route")
    >>> times.saw("/health", 0.002)
    >>> times.boxes["/health"][:4]
    [0, 0, 1, 0]
    """

    def __init__(self, name: str, meaning: str, label: str) -> None:
        self._name, self._meaning, self._label = name, meaning, label
        self.boxes: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}

    def saw(self, label: str, seconds: float) -> None:
        """Count one time; as Prometheus has it, a box holds its upper edge."""
        boxes = self.boxes.get(label)
        if boxes is None:
            boxes = self.boxes[label] = [0] * (len(_SECONDS) + 1)
            self._sums[label] = 0.0
        boxes[bisect_left(_SECONDS, seconds)] += 1
        self._sums[label] += seconds

    def collect(self) -> Iterator[Metric]:
        """The times as Prometheus has them: each box holds all that is below its edge."""
        family = HistogramMetricFamily(self._name, self._meaning, labels=(self._label,))
        for label, boxes in list(self.boxes.items()):
            so_far, sizes = 0.0, list[tuple[str, float]]()
            for edge, n in zip((*map(str, _SECONDS), "+Inf"), list(boxes), strict=True):
                so_far += n
                sizes.append((edge, so_far))
            family.add_metric((label,), sizes, self._sums[label])
        yield family
