"""Give whole reasons: for each item of a page, or for one item wherever it stands.

`explain = "full"` adds to each item what sums to its score and where it would stand without the
title that speaks most for it. `why` answers for one item, shown or not: rank 41 of 312 candidates,
or removed by the rule "seen", with the same object. Both are as exact as the answer itself.

Reads: the course of an answer.  Writes: nothing.
Not here: what adds up (respond.addends), asking again (respond.counterfactual).
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType

from settee.respond.addends import addends_of
from settee.respond.because import Signal, Without
from settee.respond.counterfactual import page_without, ranks_in
from settee.respond.course import Course
from settee.respond.errors import UnknownItem
from settee.respond.offer import Offer
from settee.respond.page import Page
from settee.respond.serving import version_of
from settee.respond.telling import shown_items
from settee.respond.unsure import with_spread
from settee.respond.words import Because, Rung, Shown, Watching
from settee.rules import Lifted, Moved, trace_lifted

_log = logging.getLogger("settee.respond")
_TITLES = 3
"""Titles of the history that `why` asks about; of each item of a page it is one."""


class Why(msgspec.Struct, frozen=True):
    """Why one item is where it is in an account's answer.

    `rank` is its place, from 1, `is_shown` whether that is on the page of `k`; `rank` is null where
    no source put it forward or a rule removed it, which `removed_by` names. `item` is the item as
    an answer with `explain = "full"` has it; `lifted` and `moved` say what rules did to it;
    `signals` say what tells who is there. `text` says it in one sentence.
    """

    account_id: str
    at: datetime
    item_id: str
    title: str
    text: str
    is_shown: bool
    rank: int | None
    k: int
    n_candidates: int
    removed_by: str | None
    item: Shown | None
    lifted: list[Lifted]
    moved: list[Moved]
    person: Watching
    signals: list[Signal]
    rung: Rung
    because: str
    model_version: str | None


def in_full(course: Course, items: Sequence[Shown]) -> list[Shown]:
    """The items of a page with all that can be said of them.

    Args:
        course: How the page came about.
        items: As `shown_items` gave them, with reasons.
    """
    laying = course.laying
    try:
        addends = addends_of(laying.serving, course.page, is_for_several=bool(laying.known.members))
        titles = [_titles(one.reason, 1) for one in items]
        without = _without(course, course.page.items.tolist(), titles)
        items = with_spread(course, items)
    except Exception:  # noqa: BLE001 -- a reason that cannot be given must not cost the answer
        _log.exception("reasons could not be given in full")
        return list(items)
    return [
        msgspec.structs.replace(one, adds=adds, without=elsewhere)
        for one, adds, elsewhere in zip(items, addends, without, strict=True)
    ]


def why(course: Course, position: int, at: datetime) -> Why:
    """Why one item is where it is.

    Args:
        course: How the answer came about; without chance.
        position: Of the item, in the serving's item space.
        at: Instant of the question, aware.
    """
    laying, page = course.laying, course.page
    serving, asking = laying.serving, laying.asking
    (rank,) = ranks_in(page, [position])
    number = int(laying.verdict.rule[position])
    removed_by = laying.verdict.names[number - 1] if number else None
    item = None if rank is None else _one(course, position, rank)
    item_id = serving.offer.item_ids[position]
    is_shown = position in page.items
    row = _row(page, position)
    lifts = page.lifts
    found = Why(
        account_id=asking.account_id,
        at=at,
        item_id=item_id,
        title=serving.offer.titles[position],
        text="",
        is_shown=is_shown,
        rank=rank,
        k=asking.k,
        n_candidates=len(page.base.pool),
        removed_by=removed_by,
        item=item,
        lifted=[] if row is None or lifts is None else trace_lifted(serving.rules, lifts, [row]),
        moved=[one for one in page.moves if one.item_id == item_id],
        person=course.whom.watching,
        signals=signals_of(course),
        rung=page.base.rung,
        because=page.base.because,
        model_version=version_of(serving),
    )
    return msgspec.structs.replace(found, text=_in_words(found))


def position_of(offer: Offer, item_id: str) -> int:
    """Where an item stands in the item space.

    Raises:
        UnknownItem: If there is no such item, or none that can be recommended yet.
    """
    position = offer.index.get(item_id)
    if position is None:
        raise UnknownItem(
            f'Nothing is known here of the item "{item_id}".',
            hint="PUT /v1/items adds items; GET /v1/items/{item_id} says if one can be shown.",
        )
    return position


def signals_of(course: Course) -> list[Signal]:
    """What tells who is there, in bits; nothing where the caller named them or nobody is told."""
    return [Signal(name, round(float(bits), 3)) for name, bits in course.whom.signals]


def _row(page: Page, position: int) -> int | None:
    rows = np.flatnonzero(page.base.pool.items == position)
    return int(rows[0]) if len(rows) else None


def _one(course: Course, position: int, rank: int) -> Shown | None:
    """The item alone, with its rank and all that can be said of it."""
    page, laying = course.page, course.laying
    row = _row(page, position)
    if row is None:
        return None
    places = np.array([row], np.int64)
    alone = replace(
        page, places=places, scores=page.utility[places],
        propensity=np.ones(1), explored=np.zeros(1, np.bool_),
    )  # fmt: skip
    (item,) = shown_items(laying.serving, alone, laying.known, with_reasons=True)
    (adds,) = addends_of(laying.serving, alone, is_for_several=bool(laying.known.members))
    (without,) = _without(course, [position], [_titles(item.reason, _TITLES)])
    return msgspec.structs.replace(item, rank=rank, adds=adds, without=without)


def _titles(reason: Because | UnsetType, most: int) -> list[str]:
    return [] if reason is UNSET else [part.item_id for part in reason.shares[:most]]


def _without(
    course: Course, items: Sequence[int], titles: Sequence[Sequence[str]]
) -> list[list[Without]]:
    """Where each item would stand without each of its titles; each title is asked about once."""
    found: list[list[Without]] = [[] for _ in items]
    if not course.is_comparable:
        return found
    offer = course.laying.serving.offer
    for title in dict.fromkeys(one for mine in titles for one in mine):
        position = offer.index[title]
        mine = [place for place, its in enumerate(titles) if title in its]
        ranks = ranks_in(page_without(course, position), [items[place] for place in mine])
        for place, rank in zip(mine, ranks, strict=True):
            found[place].append(Without(title, offer.titles[position], rank))
    return found


def _in_words(found: Why) -> str:
    name = found.title or found.item_id
    if found.removed_by is not None:
        return f'{name} is not shown: the rule "{found.removed_by}" removed it.'
    if found.rank is None or found.item is None:
        return f"{name} is not shown: no source put it forward."
    where = f"{name} is rank {found.rank} of {found.n_candidates} candidates"
    if not found.is_shown:
        where += f", behind the page of {found.k}"
    reason = found.item.reason
    because = "" if reason is UNSET or not reason.text else f", {reason.text}"
    return f"{where}{because}.{_elsewhere(found.item)}"


def _elsewhere(item: Shown) -> str:
    if item.without is UNSET or not item.without:
        return ""
    first = item.without[0]
    title = first.title or first.item_id
    if first.rank is None:
        return f" Without {title} nothing would put it forward."
    return f" Without {title} it would be rank {first.rank}."
