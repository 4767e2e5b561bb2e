"""Count and time what passes the door, in the form that Prometheus reads.

Each application has its own registry, so two in one process do not mix. Gauges that cost a look
at a file (lag, age of the data) are taken when somebody scrapes, not when somebody asks.

Reads / Writes: counters in memory.
Source: Prometheus exposition format 0.0.4.
Not here: what the figures mean for an operator (docs/http.md).
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)


class Metrics:
    """All figures of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "settee_requests", "Requests by route, method and status.",
            ("route", "method", "status"), registry=self.registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "settee_request_seconds", "Time from a request's head to its last byte.",
            ("route",), buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self._answers = Counter(
            "settee_answers", "Answers by rung of the ladder and why.",
            ("rung", "because"), registry=self.registry,
        )  # fmt: skip
        self._left_out = Counter(
            "settee_sources_left_out", "Sources left out of an answer.",
            ("source", "why"), registry=self.registry,
        )  # fmt: skip
        self._persons = Counter(
            "settee_persons", "Answers by whom of the account they were for, and why.",
            ("mode", "because"), registry=self.registry,
        )  # fmt: skip
        self._whos = Counter(
            "settee_who", "Answers to who is there, by what the account is known at.",
            ("stage", "unsure"), registry=self.registry,
        )  # fmt: skip
        self._events = Counter(
            "settee_events", "Events by outcome: accepted, duplicate, rejected.",
            ("outcome",), registry=self.registry,
        )  # fmt: skip
        self._not_journalled = Counter(
            "settee_exposures_not_journalled", "Answers whose exposure the journal did not take.",
            registry=self.registry,
        )  # fmt: skip
        self._errors = Counter(
            "settee_errors", "Errors by their stable code.", ("code",), registry=self.registry
        )
        self._children: dict[tuple[str, str, int], Counter] = {}
        self._timers: dict[str, Histogram] = {}
        self._rungs: dict[tuple[str, str], Counter] = {}

    def gauge(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Add a figure that is looked up at each scrape.

        Args:
            name: Its name, ending in a unit.
            meaning: One sentence.
            value: Gives the figure; NaN when there is none.
        """
        Gauge(name, meaning, registry=self.registry).set_function(value)

    def saw_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one finished request.

        Args:
            route: The route's template, never the path itself: paths hold ids.
            method: HTTP method, or "other".
            status: HTTP status.
            seconds: How long it took.
        """
        key = (route, method, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._requests.labels(route, method, str(status))
        child.inc()
        timer = self._timers.get(route)
        if timer is None:
            timer = self._timers[route] = self._seconds.labels(route)
        timer.observe(seconds)

    def saw_answer(
        self, rung: str, because: str, left_out: dict[str, str], *, journalled: bool
    ) -> None:
        """Count one answer.

        Args:
            rung: Rung that gave it.
            because: Why not a higher one.
            left_out: Source to reason.
            journalled: Did the journal take the exposure, where it should?
        """
        key = (rung, because)
        child = self._rungs.get(key)
        if child is None:
            child = self._rungs[key] = self._answers.labels(rung, because)
        child.inc()
        for source, why in left_out.items():
            self._left_out.labels(source, why).inc()
        if not journalled:
            self._not_journalled.inc()

    def saw_person(self, mode: str, because: str) -> None:
        """Count for whom of an account an answer was."""
        self._persons.labels(mode, because).inc()

    def saw_who(self, stage: str, *, is_unsure: bool) -> None:
        """Count one answer to who is there."""
        self._whos.labels(stage, str(is_unsure).lower()).inc()

    def saw_events(self, accepted: int, duplicates: int, rejected: int) -> None:
        """Count the outcome of one batch."""
        for outcome, n in (
            ("accepted", accepted), ("duplicate", duplicates), ("rejected", rejected),
        ):  # fmt: skip
            if n:
                self._events.labels(outcome).inc(n)

    def saw_error(self, code: str) -> None:
        """Count one error by its code."""
        self._errors.labels(code).inc()

    def page(self) -> bytes:
        """All figures as text."""
        return generate_latest(self.registry)
