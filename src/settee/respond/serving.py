"""Hold everything one answer needs, as one value that is swapped whole.

A request takes the serving once and keeps it to its end; a release or a change of stock puts
another in its place. No request ever sees half of the old and half of the new.

Reads / Writes: nothing.
Not here: when it is swapped (respond.responder), what an answer does with it (respond.ladder).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from settee.core import BreakerSettings, Settings
from settee.features import ItemColumns
from settee.ranking import Model
from settee.respond.living import LIVE_NEEDING_HISTORY, LiveSource, Living
from settee.respond.offer import Offer
from settee.respond.person import PersonReader
from settee.respond.retrieve import Retriever
from settee.respond.widen import Scorer, Widened
from settee.rules import Compiled, ItemFacts, RuleSet, compile_rules, kinds_that_hide
from settee.store import Journal, Profiles


@dataclass(frozen=True)
class Stage:
    """A model with what runs it.

    Args:
        model: The model.
        living: What of its state moves.
        sources: Its sources and the live ones, in the columns' order, for the whole item space.
        retriever: Asks them.
    """

    model: Model
    living: Living
    sources: Mapping[str, Scorer]
    retriever: Retriever

    def needs_history(self, name: str) -> bool:
        """Would a source say nothing of somebody without a history?"""
        trained = self.model.sources.get(name)
        return trained.needs_history if trained is not None else name in LIVE_NEEDING_HISTORY


@dataclass(frozen=True)
class Serving:
    """What answers a request.

    Args:
        stage: The model and its machinery, None before the first release.
        offer: The items, in the model's space where there is one.
        reader: Reads profiles in that space.
        is_shelf_honoured: Do windows and stock count?
        rules: The rules over the item space.
    """

    stage: Stage | None
    offer: Offer
    reader: PersonReader
    is_shelf_honoured: bool
    rules: Compiled

    @cached_property
    def tags(self) -> ItemColumns:
        """The tags of all items, those that came later included."""
        facts, n = self.rules.facts, self.offer.n_items
        return ItemColumns(
            facts.tag_indptr, facts.tag_index, np.zeros(len(facts.tag_names), np.float32),
            np.full(n, np.nan, np.float32),
        )  # fmt: skip

    def closed(self, as_of_s: int) -> NDArray[np.uint8]:
        """Which rule keeps each item off the shelf at an instant, epoch seconds."""
        return self.offer.closed(as_of_s) if self.is_shelf_honoured else self.offer.everything

    def with_rules(self, rules: RuleSet) -> "Serving":
        """The same under other rules."""
        return replace(self, rules=compile_rules(rules, self.rules.facts))

    def with_offer(self, offer: Offer, facts: ItemFacts) -> "Serving":
        """The same with other windows and stock, or with items behind the last.

        Args:
            offer: The items.
            facts: What rules look at, of the same items.
        """
        rules = compile_rules(self.rules.rules, facts)
        if offer.n_items == self.offer.n_items:
            return replace(self, offer=offer, rules=rules)
        stage = self.stage
        if stage is not None:
            stage.living.grow(offer.n_items)
            stage = stage_of(stage.model, stage.living, offer.n_items, stage.retriever)
        reader = self.reader.among(offer)
        return replace(self, offer=offer, reader=reader, stage=stage, rules=rules)


def serving_of(
    model: Model | None,
    offer: Offer,
    rules: Compiled,
    profiles: Profiles,
    journal: Journal,
    settings: Settings,
) -> Serving:
    """Build what answers requests.

    Args:
        model: The model, or None for none.
        offer: Items in the model's space, or of the tables where there is no model.
        rules: The rules over the same items.
        profiles: Profiles of all accounts.
        journal: Where live events come from.
        settings: `rules`, `signals`, `sources.max_history` and `respond.others_seen` change
            results.

    Raises:
        BadRule: If `rules.exclude_seen` names what is no kind of event about items.
    """
    reader = PersonReader(
        profiles,
        offer,
        settings.signals,
        kinds_that_hide(settings.rules.exclude_seen),
        settings.sources.max_history,
        settings.respond.others_seen,
    )
    stage = None
    if model is not None:
        living = Living(model, journal, settings.signals, settings.live, settings.online)
        living.grow(offer.n_items)
        stage = stage_of(model, living, offer.n_items, breaker=settings.breaker)
    return Serving(stage, offer, reader, settings.rules.honour_availability, rules)


def stage_of(
    model: Model,
    living: Living,
    n_items: int,
    before: Retriever | None = None,
    *,
    breaker: BreakerSettings | None = None,
) -> Stage:
    """A model and its moving state over an item space of that size.

    Args:
        model: The model.
        living: What of its state moves.
        n_items: Size of the item space.
        before: What asked the same sources in a smaller space; its thread goes on.
        breaker: When a source that fails is left alone; not looked at where one was before.
    """
    n_known = model.catalogue.n_items
    sources: dict[str, Scorer] = {
        name: Widened(source, n_known, n_items) for name, source in model.sources.items()
    }
    sources |= {name: LiveSource(living, name, n_items) for name in living.sources}
    if before is not None:
        return Stage(model, living, sources, before.among(sources, n_items))
    return Stage(model, living, sources, Retriever(sources, n_items, breaker=breaker))


def version_of(serving: Serving) -> str | None:
    """Version of the model that answers, None where there is none or it was never saved."""
    return None if serving.stage is None else serving.stage.model.version or None
