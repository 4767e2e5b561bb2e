"""Answer recorded requests under other rules, and show nobody what comes out.

Each request is answered twice from what is known now, once under the rules in force and once under
the others, so that nothing but the rules can make the two lists differ. Nothing is journalled, no
place is given to chance, and no budget cuts an answer short.

Reads: the journal, and what answers.  Writes: nothing.
Not here: what differs (rules.compare), the stages of an answer (respond.course).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from settee.respond.course import Courses
from settee.respond.errors import NothingToShow
from settee.respond.keeping import Keeper, Parts
from settee.respond.serving import Serving
from settee.respond.telling import EXPOSURE_KIND, Asked, trace_of
from settee.respond.words import Request
from settee.rules import Listed, RuleSet
from settee.store import Journal

_WINDOW = 5000
_UNHURRIED_MS = 3_600_000.0


class _Exposure(msgspec.Struct, frozen=True):
    at: datetime
    asked: Asked
    slot: str | None = None
    device_type: str | None = None
    repeats: str = ""


_decoder = msgspec.json.Decoder(_Exposure)


@dataclass(frozen=True)
class Recorded:
    """Requests out of the journal.

    Args:
        requests: By the id of their exposure, the oldest first.
        passed_over: Exposures that were left aside, by reason: `repeat` (an answer given again),
            `old` (it does not say what was asked).
    """

    requests: Mapping[str, Request]
    passed_over: Mapping[str, int]


def recorded_requests(journal: Journal, n: int, slot: str | None = None) -> Recorded:
    """The latest requests that were answered.

    Args:
        journal: Where their exposures are.
        n: Most requests to give.
        slot: Only of this slot, None for all.

    Raises:
        SetteeError: If the journal cannot be read.
    """
    found: list[tuple[str, Request]] = []
    passed_over: Counter[str] = Counter()
    end = journal.last_offset()
    while end > 0 and len(found) < n:
        start = max(end - _WINDOW, 0)
        entries = [one for one in journal.read(start, _WINDOW) if one.offset <= end]
        for entry in reversed(entries):
            record = entry.record
            if record.kind != EXPOSURE_KIND or len(found) == n:
                continue
            exposure = _decoded(record.body)
            if exposure is None or exposure.repeats:
                passed_over["old" if exposure is None else "repeat"] += 1
            elif slot is None or exposure.slot == slot:
                found.append((record.event_id, _request(record.account_id, exposure)))
        end = start
    return Recorded(dict(reversed(found)), dict(passed_over))


def dry_run(
    parts: Parts, keeper: Keeper, requests: Mapping[str, Request], rules: RuleSet
) -> tuple[list[Listed], list[Listed]]:
    """The lists of some requests under the rules in force, and under others.

    Args:
        parts: What the responder works with.
        keeper: Keeps what answers.
        requests: By the id of their exposure.
        rules: The other rules.

    Raises:
        SetteeError: If a profile cannot be read.
    """
    courses = Courses(unhurried(parts), keeper)
    serving = keeper.serving
    before = _lists(courses, serving, requests)
    return before, _lists(courses, serving.with_rules(rules), requests)


def _lists(courses: Courses, serving: Serving, requests: Mapping[str, Request]) -> list[Listed]:
    return [_listed(courses, serving, *one) for one in requests.items()]


def _listed(courses: Courses, serving: Serving, exposure_id: str, request: Request) -> Listed:
    item_ids: Sequence[str] = ()
    trace = None
    try:
        course = courses.run(serving, request, exposure_id, by_chance=False)
    except NothingToShow:
        pass  # an empty list is what it comes to
    else:
        item_ids = [serving.offer.item_ids[item] for item in course.page.items.tolist()]
        trace = trace_of(serving, course.laying.verdict, course.page)
    return Listed(exposure_id, request.account_id, request.slot, tuple(item_ids), trace)


def _request(account_id: str, exposure: _Exposure) -> Request:
    return Request(
        account_id,
        as_of=exposure.at,
        slot=exposure.slot,
        device_type=exposure.device_type,
        explain=False,
        **msgspec.structs.asdict(exposure.asked),
    )


def _decoded(body: bytes) -> _Exposure | None:
    """What an exposure says of its question; None where it is of a time when it said less."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def unhurried(parts: Parts) -> Parts:
    """The same without budgets."""
    respond = parts.settings.respond.model_copy(
        update={"source_budget_ms": _UNHURRIED_MS, "total_budget_ms": _UNHURRIED_MS}
    )
    return replace(parts, settings=parts.settings.model_copy(update={"respond": respond}))
