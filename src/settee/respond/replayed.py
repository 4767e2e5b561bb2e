"""Answer journalled questions once more, from views built anew, and hold each answer against then.

Every exposure says what was asked, up to which offset the journal counted, and a hash of what the
ranker saw. Asked again as of that offset, rung, person, items, scores and hash must be equal bit
for bit: what is served is what a training or an analysis would compute. An exposure from before a
change that the journal does not hold, such as new rules, is passed over and counted.

Reads: the journal, and views of it in a place of their own.  Writes: those views.
Source: Breck et al. (2017), "The ML Test Score" (training and serving features compared).
Not here: how the views are built (app.skew), what an exposure says (respond.telling).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from settee.core import SetteeError
from settee.respond.course import Course, Courses
from settee.respond.keeping import Keeper, Parts
from settee.respond.serving import version_of
from settee.respond.telling import Asked, features_hash
from settee.respond.words import Request, Watching
from settee.store import Entry, JournalUntil, StoreDamaged

_LATE = frozenset({"over_budget", "ranker_failed"})
_BATCH = 2000
_PATIENT_MS = 3_600_000.0


class _Item(msgspec.Struct, frozen=True):
    item_id: str
    score: float
    propensity: float


class _Exposure(msgspec.Struct, frozen=True):
    """What of an exposure is compared, and what it takes to ask again."""

    at: datetime
    slot: str | None
    device_type: str | None
    person: Watching
    rung: str
    because: str
    model_version: str | None
    asked: Asked
    offset: int
    features: str
    left_out: dict[str, str]
    items: tuple[_Item, ...]
    repeats: str = ""


_decoder = msgspec.json.Decoder(_Exposure)


@dataclass(frozen=True)
class Unequal:
    """An answer that comes out otherwise now.

    Args:
        exposure_id: Which one.
        offset: Up to which the journal counted in it.
        what: What differs: rung, person, items, scores, features, or the code of an error.
    """

    exposure_id: str
    offset: int
    what: tuple[str, ...]


@dataclass(frozen=True)
class Skew:
    """What came of asking again.

    Args:
        n_asked: Answers that were computed once more.
        n_ranked: Those of them that the ranker ordered, so that features were compared.
        unequal: Those that differ; none where serving and computing anew agree.
        passed_over: How many could not be compared, by reason: what changed since (`items`,
            `rules`, `release`, …), `late` (a source or the ranker was late or failed), `repeat`
            (given again from memory), `in_between` (views were on their way to different offsets),
            `old` (says too little).
    """

    n_asked: int
    n_ranked: int
    unequal: tuple[Unequal, ...]
    passed_over: Mapping[str, int]

    @property
    def n_equal(self) -> int:
        """Answers that are equal bit for bit."""
        return self.n_asked - len(self.unequal)


def replay_skew(
    parts: Parts, exposures: Sequence[Entry], changed_at: Mapping[str, datetime]
) -> Skew:
    """Answer exposures once more.

    Args:
        parts: Views of the record without the journal, and a `JournalUntil` at 0; they are brought
            up as far as each exposure was.
        exposures: Entries of the journal that are exposures.
        changed_at: When what the journal does not hold changed last, by name.

    Raises:
        TypeError: If the journal of the parts is not a `JournalUntil`.
        StoreDamaged: If an entry is no exposure.
        SetteeError: If a view cannot be built.
    """
    again = _Again(parts)
    passed_over: Counter[str] = Counter()
    asked: list[tuple[_Exposure, Entry]] = []
    for entry in exposures:
        exposure = _decoded(entry)
        reason = "old" if exposure is None else again.reason(exposure, changed_at)
        if exposure is None or reason:
            passed_over[reason] += 1
        else:
            asked.append((exposure, entry))
    unequal, n_ranked = [], 0
    for exposure, entry in sorted(asked, key=lambda pair: pair[0].offset):
        n_ranked += bool(exposure.features)
        what = again.differences(exposure, entry)
        if what:
            unequal.append(Unequal(entry.record.event_id, exposure.offset, what))
    return Skew(len(asked), n_ranked, tuple(unequal), dict(passed_over))


class _Again:
    """Answers as of one offset after another."""

    def __init__(self, parts: Parts) -> None:
        if not isinstance(parts.journal, JournalUntil):
            raise TypeError("a replay needs a journal that can stand at an offset")
        self._journal = parts.journal
        self._state, self._people = parts.state, parts.people
        self._keeper = Keeper(_patient(parts))
        self._courses = Courses(_patient(parts), self._keeper)

    def reason(self, exposure: _Exposure, changed_at: Mapping[str, datetime]) -> str:
        """Why an exposure cannot be compared, "" where it can."""
        if exposure.repeats:
            return "repeat"
        if exposure.offset < 0:
            return "in_between"
        if (
            exposure.left_out
            or exposure.because in _LATE
            or exposure.person.because == "people_failed"
        ):
            return "late"
        if exposure.model_version != version_of(self._keeper.serving):
            return "release"
        return next((name for name, at in changed_at.items() if at >= exposure.at), "")

    def differences(self, exposure: _Exposure, entry: Entry) -> tuple[str, ...]:
        """What comes out otherwise."""
        self._move_to(exposure.offset)
        record = entry.record
        request = Request(
            record.account_id,
            as_of=exposure.at,
            slot=exposure.slot,
            device_type=exposure.device_type,
            explain=False,
            **msgspec.structs.asdict(exposure.asked),
        )
        serving = self._keeper.serving
        try:
            course = self._courses.run(serving, request, record.event_id)
        except SetteeError as error:
            return (error.code,)
        found = _facts_of(course, [serving.offer.item_ids[one] for one in course.page.items])
        told = {
            "rung": (exposure.rung, exposure.because),
            "person": exposure.person,
            "items": [one.item_id for one in exposure.items],
            "scores": [(one.score, one.propensity) for one in exposure.items],
            "features": exposure.features,
        }
        return tuple(name for name, one in told.items() if found[name] != one)

    def _move_to(self, offset: int) -> None:
        """Bring every view up to an offset."""
        self._journal.move_to(offset)
        while entries := self._journal.read(self._state.offset(), _BATCH):
            self._state.apply(entries)
        while not self._keeper.follow():
            pass
        while self._people is not None and self._people.step():
            pass


def _facts_of(course: Course, item_ids: list[str]) -> dict[str, Any]:
    """What is compared of an answer, as it would come back out of the journal."""
    page = course.page
    chances = page.propensity.tolist() or [1.0] * len(item_ids)
    return {
        "rung": (page.base.rung, page.base.because),
        "person": course.whom.watching,
        "items": item_ids,
        "scores": list(zip(page.scores.tolist(), chances, strict=True)),
        "features": features_hash(page),
    }


def _patient(parts: Parts) -> Parts:
    """The same without budgets: what was late is passed over, and nothing is late now."""
    respond = parts.settings.respond.model_copy(
        update={"source_budget_ms": _PATIENT_MS, "total_budget_ms": _PATIENT_MS}
    )
    settings = parts.settings.model_copy(update={"respond": respond})
    return replace(parts, settings=settings)


def _decoded(entry: Entry) -> _Exposure | None:
    """The exposure; None where it is of a time when exposures said less.

    Raises:
        StoreDamaged: If it is not JSON.
    """
    try:
        return _decoder.decode(entry.record.body)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StoreDamaged(
            f"journal entry {entry.offset} cannot be read: {error}; wire JSON is expected.",
            hint="settee doctor checks the journal.",
        ) from None
