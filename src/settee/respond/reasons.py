"""Say why the items of a page are there: by what the model knows, else by what is happening now.

A title of the model is explained by the model: 0.8 of its score is from Heat. A title of this
morning has no such past; what put it forward is that people went there after Heat, that it is told
in like words, or that many want it now.

Reads: a page, the history of those whom it is for.  Writes: nothing.
Not here: the model's reasons (ranking.reasons), wording the rest of an answer (respond.telling).
"""

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from settee.features import Person, Pool, frozen
from settee.ranking import Explanation, explain
from settee.respond.page import Page
from settee.respond.person import History
from settee.respond.serving import Serving, Stage
from settee.respond.words import Because, Part

_LATELY = {
    "next": ("history", "people went there after {title}"),
    "fresh": ("content", "new, and like what you looked at"),
    "recent": ("popular", "wanted by many right now"),
}
"""Kind and words of what each live source says, the most telling first."""


def reasons_of(serving: Serving, page: Page, past: History) -> list[Because | UnsetType]:
    """Why each item of a page is there, UNSET where nothing is known that could be said.

    Args:
        serving: What answered.
        page: What it found.
        past: History of those whom it is for.
    """
    stage = serving.stage
    found: list[Because | UnsetType] = [UNSET] * len(page.places)
    if stage is None or page.base.rung == "catalogue":
        return found
    told = _by_model(stage, page, past)
    for rank, row in enumerate(page.places.tolist()):
        one = told.get(row)
        found[rank] = _because(serving, one) if one is not None else UNSET
        if found[rank] is UNSET:
            found[rank] = _by_now(serving, stage, page.base.pool, row, past.person)
    return found


def _by_model(stage: Stage, page: Page, past: History) -> dict[int, Explanation]:
    """What the model says of its own items, by row of the pool."""
    pool, n_known = page.base.pool, stage.model.catalogue.n_items
    n_sources = len(stage.model.sources)
    rows = page.places[pool.items[page.places] < n_known]
    own = Pool(
        pool.items[rows],
        pool.source_scores[rows, :n_sources],
        pool.source_ranks[rows, :n_sources],
        pool.fused[rows],
    )
    is_known = past.person.item < n_known
    person, kinds, weight = past.person, past.kinds, past.weight
    if not is_known.all():
        person = Person(frozen(person.item[is_known]), frozen(person.at_s[is_known]))
        kinds = tuple(kind for kind, is_there in zip(kinds, is_known, strict=True) if is_there)
        weight = None if weight is None else frozen(weight[is_known])
    told = explain(stage.model, own, np.arange(len(rows)), person, kinds, weight)
    return dict(zip(rows.tolist(), told, strict=True))


def _by_now(
    serving: Serving, stage: Stage, pool: Pool, row: int, person: Person
) -> Because | UnsetType:
    """What the live sources say of an item."""
    ranks = dict(zip(stage.sources, pool.source_ranks[row].tolist(), strict=True))
    for name, (kind, words) in _LATELY.items():
        if ranks.get(name, -1) >= 0:
            last = _last_title(serving, person.item) if "{title}" in words else ""
            return Because(kind, words.format(title=last), name)
    return UNSET


def _last_title(serving: Serving, items: NDArray[np.int32]) -> str:
    position = int(items[-1])
    return serving.offer.titles[position] or serving.offer.item_ids[position]


def _because(serving: Serving, told: Explanation) -> Because | UnsetType:
    reason = told.reason
    if reason is None:
        return msgspec.UNSET
    offer = serving.offer
    return Because(
        kind=reason.kind,
        text=reason.text,
        source=reason.source,
        shares=[
            Part(offer.item_ids[part.item], offer.titles[part.item], part.share)
            for part in reason.shares
        ],
        other=reason.other,
        against=reason.against,
    )
