"""Remember how long things took, in little memory, so that any percentile can be told later.

Each time falls into one of 200 boxes, each a tenth wider than the one before, from a microsecond to
two minutes. The 99th percentile is the middle of the box that it lies in, so it is right to within
5 %. Boxes of several workers are added, which percentiles cannot be.

Reads / Writes: counters in memory.
Source: the idea of HdrHistogram (Gil Tene, 2012).
Not here: histograms for Prometheus, whose boxes are few and fixed (web.metrics).
"""

import math
from collections.abc import Mapping, Sequence

N_BOXES = 200
_LEAST_MS = 0.001
_STEP = 1.1
_PER_STEP = 1.0 / math.log(_STEP)


class Stages:
    """Times by the name of what took them.

    >>> times = Stages()
    >>> for ms in (1.0, 1.0, 1.0, 9.0): times.saw("rank", ms)
    >>> one = times.told()["rank"]
    >>> one["n"], round(one["p50_ms"], 1), round(one["p99_ms"])
    (4, 1.0, 9)
    """

    def __init__(self) -> None:
        self.boxes: dict[str, list[int]] = {}

    def saw(self, name: str, ms: float) -> None:
        """Count one time, in milliseconds."""
        boxes = self.boxes.get(name)
        if boxes is None:
            boxes = self.boxes[name] = [0] * N_BOXES
        place = int(math.log(ms / _LEAST_MS) * _PER_STEP) if ms > _LEAST_MS else 0
        boxes[place if place < N_BOXES else N_BOXES - 1] += 1

    def add(self, boxes: Mapping[str, Sequence[int]]) -> None:
        """Add what another worker counted."""
        for name, more in boxes.items():
            mine = self.boxes.setdefault(name, [0] * N_BOXES)
            for place, n in enumerate(more[:N_BOXES]):
                mine[place] += n

    def told(self) -> dict[str, dict[str, float]]:
        """Number of times and percentiles by name."""
        return {
            name: {
                "n": sum(boxes),
                "p50_ms": _percentile(boxes, 0.5),
                "p99_ms": _percentile(boxes, 0.99),
            }
            for name, boxes in sorted(self.boxes.items())
        }


def _percentile(boxes: Sequence[int], share: float) -> float:
    wanted = share * sum(boxes)
    so_far = 0
    for place, n in enumerate(boxes):
        so_far += n
        if so_far >= wanted and n:
            return round(_LEAST_MS * math.pow(_STEP, place + 0.5), 4)
    return 0.0
