"""Count and time what passes the door, in the form that Prometheus reads.

Each application has its own registry, so two in one process do not mix. Gauges that cost a look
at a file (lag, age of the data) are taken when somebody scrapes, not when somebody asks.

Reads / Writes: counters in memory.
Source: Prometheus exposition format 0.0.4.
Not here: what the figures mean for an operator (docs/http.md).
"""

from collections.abc import Callable
from typing import Any, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from settee.core import log_request
from settee.govern import DEFAULT_TENANT
from settee.respond import Answer, Repeatable
from settee.web.siblings import Siblings, merged_page
from settee.web.stages import Stages
from settee.web.tally import Counts, Times


class Metrics:
    """All figures of one tenant in one worker.

    Args:
        tenant_id: Whose.
        siblings: The other workers; None where there is one alone.
    """

    def __init__(self, tenant_id: str = DEFAULT_TENANT, siblings: Siblings | None = None) -> None:
        self._tenant_id = tenant_id
        self._siblings = siblings
        self.registry = CollectorRegistry()
        self._requests = Counts(
            "settee_requests", "Requests by route, method and status.",
            ("route", "method", "status"),
        )  # fmt: skip
        self._seconds = Times(
            "settee_request_seconds", "Time from a request's head to its last byte.", "route"
        )
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
        self._repeats = Counter(
            "settee_cache", "Questions by what became of them: hit, stale, miss.",
            ("outcome",), registry=self.registry,
        )  # fmt: skip
        self._lists = Counts(
            "settee_lists", "Lists by how they were given: ready, anew, too_busy.", ("how",)
        )
        self._reached = Counts(
            "settee_audience_answers", "People of an item computed ahead, by how: whole, same.",
            ("how",),
        )  # fmt: skip
        for one in (self._requests, self._seconds, self._lists, self._reached):
            self.registry.register(one)
        self._turned_away = Counter(
            "settee_turned_away", "Questions refused because too many came.",
            registry=self.registry,
        )  # fmt: skip
        self.stages = Stages()
        self._known: dict[tuple[Counter, tuple[str, ...]], Counter] = {}

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
        self._requests.saw((route, method, str(status)))
        self._seconds.saw(route, seconds)
        log_request(route, method, status, seconds)

    def saw_answer(self, answer: Answer, *, is_journalling: bool) -> None:
        """Count one answer and the time of its stages.

        Args:
            answer: What goes out.
            is_journalling: Should the journal have taken its exposure?
        """
        self._count(self._answers, (answer.rung, answer.because))
        self._count(self._persons, (answer.person.mode, answer.person.because))
        for source, why in answer.left_out.items():
            self._count(self._left_out, (source, why))
        if is_journalling and not answer.journalled:
            self._not_journalled.inc()
        for stage, ms in answer.timings_ms.items():
            self.stages.saw(stage, ms)

    def saw_repeat(self, kept: Repeatable) -> None:
        """Count one answer that was given again."""
        self._count(self._answers, (kept.rung, kept.because))
        self._count(self._persons, (kept.mode, kept.mode_because))

    def saw_cache(self, outcome: Literal["hit", "stale", "miss"]) -> None:
        """Count what became of a question that may be answered again."""
        self._count(self._repeats, (outcome,))

    def saw_list(self, how: Literal["ready", "anew", "too_busy"]) -> None:
        """Count one list that was made ahead, or had to be made anew."""
        self._lists.saw((how,))

    def saw_reached(self, *, is_same: bool) -> None:
        """Count one audience of an item, whole or the same as the caller has."""
        self._reached.saw(("same" if is_same else "whole",))

    def saw_turned_away(self) -> None:
        """Count one question that was turned away."""
        self._turned_away.inc()

    def saw_who(self, stage: str, *, is_unsure: bool) -> None:
        """Count one answer to who is there."""
        self._count(self._whos, (stage, str(is_unsure).lower()))

    def saw_events(self, accepted: int, duplicates: int, rejected: int) -> None:
        """Count the outcome of one batch."""
        for outcome, n in (
            ("accepted", accepted), ("duplicate", duplicates), ("rejected", rejected),
        ):  # fmt: skip
            if n:
                self._count(self._events, (outcome,), n)

    def saw_error(self, code: str) -> None:
        """Count one error by its code."""
        self._errors.labels(code).inc()

    def _count(self, counter: Counter, labels: tuple[str, ...], n: int = 1) -> None:
        """Count more; looking a label up costs more than counting."""
        child = self._known.get((counter, labels))
        if child is None:
            child = self._known[counter, labels] = counter.labels(*labels)
        child.inc(n)

    def counts(self) -> dict[str, dict[str, int]]:
        """Counts for `/stats`: answers, the cache, lists, events, and who was turned away."""
        found: dict[str, dict[str, int]] = {"answers": {}, "cache": {}, "events": {}}
        found["lists"] = {how: n for (how,), n in self._lists.told().items()}
        names = {self._answers: "answers", self._repeats: "cache", self._events: "events"}
        for (counter, labels), child in self._known.items():
            if counter in names:
                into = found[names[counter]]
                into[labels[0]] = into.get(labels[0], 0) + _value(child)
        return found | {"turned_away": {"": _value(self._turned_away)}}

    def page(self) -> bytes:
        """The figures of this worker as text."""
        return generate_latest(self.registry)

    def others(self) -> list[tuple[int, dict[str, Any]]]:
        """What the other workers tell, by number; none where there is one alone."""
        return [] if self._siblings is None else self._siblings.others(self._tenant_id)

    def whole_page(self) -> bytes:
        """The figures of all workers as text; it waits for the others, so it is for a thread."""
        if self._siblings is None:
            return self.page()
        own = self._siblings.number, self.page().decode()
        return merged_page([own, *((number, said["page"]) for number, said in self.others())])


def _value(counter: Counter) -> int:
    return int(next(iter(counter.collect())).samples[0].value)
