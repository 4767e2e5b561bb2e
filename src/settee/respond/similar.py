"""Find the items that go with one item: what would people want who had only that in their history?

The sources that look at histories are asked about a person with one item, and fused as ever. For
a film of a trilogy that gives the other two parts, and no film merely because everybody likes it.

Reads: a serving.  Writes: nothing.
Not here: answers for an account (respond.ladder).
"""

from dataclasses import replace
from datetime import datetime

import numpy as np

from settee.core import RespondSettings
from settee.events import Histories
from settee.ranking import make_pool
from settee.respond.base import Base, pool_settings
from settee.respond.errors import NoModel, UnknownItem
from settee.respond.page import Page
from settee.respond.retrieve import of_one
from settee.respond.serving import Serving, version_of
from settee.respond.telling import shown_items
from settee.respond.words import Similar
from settee.rules import Asking, judge

_NOBODY = np.empty(0, np.int32)


def similar_items(
    serving: Serving, item_id: str, k: int, as_of: datetime, settings: RespondSettings
) -> Similar:
    """Items that go with one item.

    Args:
        serving: What answers.
        item_id: An item that the model in use knows.
        k: Items wanted, at least 1.
        as_of: Instant of the question, aware.
        settings: `source_budget_ms` bounds the wait for the sources.

    Raises:
        NoModel: If nothing is released yet.
        UnknownItem: If the model does not know the item.
    """
    stage = serving.stage
    if stage is None:
        raise NoModel(
            "Similar items need a model, and none is released.",
            hint="Run settee train, then settee release.",
        )
    position = serving.offer.index.get(item_id)
    if position is None:
        raise UnknownItem(
            f'The model in use does not know the item "{item_id}".',
            hint="Items put after the training are known after the next release.",
        )
    as_of_s = int(as_of.timestamp())
    itself = np.array([position], np.int32)
    verdict = judge(
        serving.rules, Asking(as_of_s, k=k), closed=serving.closed(as_of_s), seen=_NOBODY,
        excluded=itself, disliked=_NOBODY,
    )  # fmt: skip
    names = [name for name in stage.sources if stage.needs_history(name)]
    history = Histories.of_one(itself, np.array([as_of_s], np.int64))
    budget_s = settings.source_budget_ms / 1000
    scores, left_out = stage.retriever.ask(names, replace(history, as_of_s=as_of_s), budget_s)
    ranking = pool_settings(stage.model.ranking, k)
    pool = make_pool(of_one(scores, stage.sources), verdict.allowed, ranking)
    places = np.arange(min(k, len(pool)))
    fused = pool.fused.astype(np.float64)
    page = Page(Base("fusion", "", pool, fused), places, fused[places])
    items = shown_items(serving, page, None, with_reasons=False)
    removed = {name: n for name, n in verdict.counts().items() if name != "excluded"}
    return Similar(item_id, as_of, "fusion", version_of(serving), items, removed, left_out)
