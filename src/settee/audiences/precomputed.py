"""Lay the audience of an item out as bytes that can be cut anywhere, and say when it must be again.

    {"item_id":"m1","how":"model","horizon_days":30,"computed_at":"…","members":[
     {"account_id":"a7","person_id":"p2","probability":0.0312},{"account_id":"b","probability":…

Somebody who did something since changes an answer only where they stand in it, or now come before
its last. So their new probability is held against that of the last, item by item, over those who
changed alone: 50 people are 50 rows, also among a million.

Reads: what `prepare` made.  Writes: nothing.
Not here: the bytes on disk (store.sliced), giving them (audiences.ready).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.audiences.activity_of_reach import unit_features
from settee.audiences.history import Reach, Units
from settee.audiences.many import rank_many
from settee.audiences.reaching import RankedAudience, Ready
from settee.audiences.response import calibrated, pair_features
from settee.audiences.targets import take_aims, target_of
from settee.core import instant_text, to_json
from settee.store import Sliceable, SlicedAnswers

_BLOCK = 64
"""Items whose columns are asked for together; *speed only*."""
_DIGITS = 6
_SLACK = 1.001
"""What rounding may hide: rankings are made of numbers of single width."""


class ReachedPerson(msgspec.Struct, frozen=True, omit_defaults=True):
    """One who is likely to respond; without a person it is the whole account."""

    account_id: str
    probability: float
    person_id: str = ""


class ItemAudience(msgspec.Struct, frozen=True):
    """Who is likeliest to respond to an item within the horizon, the likeliest first.

    Args:
        item_id: The item.
        how: What it rests on; see docs/audiences.md.
        horizon_days: Days within which a response counts.
        computed_at: When it was computed.
        members: Who; those who may not be shown any longer are left out.
    """

    item_id: str
    how: str
    horizon_days: float
    computed_at: datetime
    members: list[ReachedPerson]


@dataclass(frozen=True)
class Ahead:
    """How audiences are made ahead.

    Args:
        ready: From `prepare`.
        eligible: (n_units,) who may be shown.
        people: Most people of each.
        at: The instant, aware.
    """

    ready: Ready
    eligible: NDArray[np.bool_]
    people: int
    at: datetime


def sliceables(ahead: Ahead, item_ids: Sequence[str]) -> Iterator[Sliceable]:
    """The audience of each item, in their order; of items of which nothing is known, none.

    Args:
        ahead: How.
        item_ids: Of the catalogue of the model.
    """
    catalogue = ahead.ready.catalogue
    targets = [target_of(catalogue, item_ids=[one]) for one in item_ids]
    ranked = rank_many(ahead.ready, targets, ahead.people, eligible=ahead.eligible)
    for item_id, found in zip(item_ids, ranked, strict=True):
        if found is not None:
            yield _sliceable(ahead, item_id, found)


def items_to_make(
    ahead: Ahead, answers: SlicedAnswers, changed: Iterable[str], max_age_s: float
) -> list[str]:
    """Ids of the items whose answer is no longer what it would be, in the order of the catalogue.

    Those are items without an answer, with one older than `max_age_s`, with somebody in it who
    changed, or with somebody who changed and would now come before its last. How active those who
    did nothing are falls with time for all of them alike; that is what the age is for.

    Args:
        ahead: How, as of now.
        answers: What there is.
        changed: Accounts that did or said something since.
        max_age_s: Age from which on an answer is made again whatever happened.
    """
    changed = frozenset(changed)
    answers.touch(changed)
    units = ahead.ready.reach.units
    rows = np.array(
        [place for place, one in enumerate(units.account_ids)
         if one in changed and ahead.eligible[place]], np.int64,
    )  # fmt: skip
    index = ahead.ready.catalogue.index
    due = answers.due(int(ahead.at.timestamp()) - max_age_s) & index.keys()
    due |= {one for one in index if one not in answers}
    if len(rows):
        few = _rows_of(ahead.ready.reach, rows)
        due |= set(_overtaken(ahead, few, [one for one in index if one not in due], answers))
    return sorted(due, key=index.__getitem__)


def _overtaken(
    ahead: Ahead, few: Reach, item_ids: Sequence[str], answers: SlicedAnswers
) -> Iterator[str]:
    """Items that one of a few units comes into, with the columns that everybody's record gives."""
    ready, model = ahead.ready, ahead.ready.model
    habits = unit_features(few)
    active = model.p_active(few)
    for start in range(0, len(item_ids), _BLOCK):
        block = item_ids[start : start + _BLOCK]
        targets = [target_of(ready.catalogue, item_ids=[one]) for one in block]
        aims = take_aims(
            ready.reach, ready.counts, ready.sources, ready.catalogue, targets, ready.settings
        )
        for item_id, aim in zip(block, aims, strict=True):
            found = answers.find(item_id)
            if aim is None or found is None or len(found) < ahead.people:
                yield item_id
                continue
            wants = model.wants.probability(np.column_stack([pair_features(few, aim), habits]))
            if calibrated(active * wants, model.calibration).max() * _SLACK >= found.least:
                yield item_id


def _sliceable(ahead: Ahead, item_id: str, found: RankedAudience) -> Sliceable:
    units = ahead.ready.reach.units
    people = [(units.account_ids[place], units.person_ids[place]) for place in found.unit.tolist()]
    chances = [round(one, _DIGITS) for one in found.probability.tolist()]
    members = [
        to_json(ReachedPerson(account_id, chance, person_id))
        for (account_id, person_id), chance in zip(people, chances, strict=True)
    ]
    told = {
        "item_id": item_id,
        "how": found.how,
        "horizon_days": ahead.ready.model.horizon_days,
        "computed_at": instant_text(ahead.at),
    }
    head = to_json(told)[:-1] + b',"members":['
    # What a newcomer must reach is not rounded: nobody who does is missed.
    least = float(found.probability[-1]) if len(people) == ahead.people else 0.0
    return Sliceable(item_id, head, members, people, int(ahead.at.timestamp()), least)


def _rows_of(reach: Reach, rows: NDArray[np.int64]) -> Reach:
    """Some units of a reach, in that order."""
    sizes = np.diff(reach.indptr)[rows]
    cells = np.concatenate(
        [np.empty(0, np.int64)]
        + [np.arange(reach.indptr[row], reach.indptr[row + 1]) for row in rows]
    )
    return replace(
        reach,
        units=Units(
            tuple(reach.units.account_ids[row] for row in rows),
            tuple(reach.units.person_ids[row] for row in rows),
        ),
        indptr=np.cumsum(np.append(0, sizes)).astype(np.int64),
        item=reach.item[cells],
        at_s=reach.at_s[cells],
        weight=reach.weight[cells],
        recent=reach.recent[cells],
        n_days=reach.n_days[rows],
        last_s=reach.last_s[rows],
        first_s=reach.first_s[rows],
        lately=reach.lately[rows],
    )
