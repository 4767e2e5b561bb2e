"""Ask again without one title of the history: where would the items stand then?

Nothing is estimated. Ronin is rank 2 with Heat in the history; the sources are asked, the ranker
orders and the page is laid once more without it, and Ronin is rank 7. Everything else stays as it
was: who is there, the verdict of the rules, so Heat stays hidden, and what was learnt of everybody.
Places given to chance are left out. Each title costs an answer.

Reads: the course of an answer.  Writes: nothing.
Source: Tran, Ghazimatin and Saha Roy (2021), "Counterfactual Explanations for Neural Recommenders".
Not here: which titles are worth asking about (their shares: ranking.reasons).
"""

import time
from collections.abc import Sequence
from dataclasses import replace

from settee.core import ExploreSettings
from settee.features import Person, frozen
from settee.respond.course import Course
from settee.respond.errors import NothingToShow
from settee.respond.ladder import climb
from settee.respond.page import Page, lay
from settee.respond.person import History, Known

_PATIENT_MS = 10_000.0
"""Budgets of an answer to oneself: a source that is late would make the comparison unfair."""


def page_without(course: Course, item: int) -> Page | None:
    """The page of the same question without one title in the history; None where it is empty.

    Args:
        course: How the answer came about.
        item: Position of the title.
    """
    known = known_without(course.laying.known, item)
    laying = replace(course.laying, known=known, explore=ExploreSettings())
    wish = replace(course.wish, started_s=time.perf_counter())
    settings = course.settings.model_copy(
        update={"source_budget_ms": _PATIENT_MS, "total_budget_ms": _PATIENT_MS}
    )
    try:
        return lay(laying, climb(laying.serving, known, laying.verdict, wish, settings))
    except NothingToShow:
        return None


def known_without(known: Known, item: int) -> Known:
    """What is known of those whom a list is for, but for one title; it stays hidden.

    Args:
        known: What is known.
        item: Position of the title.
    """
    return replace(
        known,
        history=_without(known.history, item),
        members=tuple(_without(one, item) for one in known.members),
    )


def ranks_in(page: Page | None, items: Sequence[int]) -> list[int | None]:
    """Where items stand, from 1: on the page, or behind it in the order of the candidates.

    Args:
        page: A page; None for none at all.
        items: Positions.

    Returns:
        None for what is not among the candidates.
    """
    if page is None:
        return [None] * len(items)
    on_page = {item: rank for rank, item in enumerate(page.items.tolist(), start=1)}
    utility = page.utility
    row_of = {item: row for row, item in enumerate(page.base.pool.items.tolist())}
    found: list[int | None] = []
    for item in items:
        rank = on_page.get(item)
        row = row_of.get(item)
        if rank is None and row is not None:
            n_better = (utility > utility[row]).sum() + (utility[:row] == utility[row]).sum()
            rank = max(len(on_page), int(n_better)) + 1
        found.append(rank)
    return found


def _without(past: History, item: int) -> History:
    keep = past.person.item != item
    person = Person(frozen(past.person.item[keep]), frozen(past.person.at_s[keep]))
    weight = None if past.weight is None else frozen(past.weight[keep])
    return History(person, past.kind[keep], weight)
