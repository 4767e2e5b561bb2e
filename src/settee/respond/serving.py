"""Hold everything one answer needs, as one value that is swapped whole.

A request takes the serving once and keeps it to its end; a release or a change of stock puts
another in its place. No request ever sees half of the old and half of the new.

Reads / Writes: nothing.
Not here: when it is swapped (respond.responder), what an answer does with it (respond.ladder).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from settee.core import Settings
from settee.ranking import Model
from settee.respond.counting import LiveCounts
from settee.respond.offer import Offer
from settee.respond.person import PersonReader
from settee.respond.retrieve import Retriever
from settee.rules import kinds_that_hide
from settee.store import Journal, Profiles


@dataclass(frozen=True)
class Stage:
    """A model with what runs it.

    Args:
        model: The model.
        retriever: Asks its sources.
        counts: Its item states, live.
    """

    model: Model
    retriever: Retriever
    counts: LiveCounts


@dataclass(frozen=True)
class Serving:
    """What answers a request.

    Args:
        stage: The model and its machinery, None before the first release.
        offer: The items, in the model's space where there is one.
        reader: Reads profiles in that space.
        is_shelf_honoured: Do windows and stock count?
    """

    stage: Stage | None
    offer: Offer
    reader: PersonReader
    is_shelf_honoured: bool

    def closed(self, as_of_s: int) -> NDArray[np.uint8]:
        """Which rule keeps each item off the shelf at an instant, epoch seconds."""
        return self.offer.closed(as_of_s) if self.is_shelf_honoured else self.offer.everything

    def with_offer(self, offer: Offer) -> "Serving":
        """The same with other windows and stock over the same item space."""
        return replace(self, offer=offer)


def serving_of(
    model: Model | None, offer: Offer, profiles: Profiles, journal: Journal, settings: Settings
) -> Serving:
    """Build what answers requests.

    Args:
        model: The model, or None for none.
        offer: Items in the model's space, or of the tables where there is no model.
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
        stage = Stage(
            model,
            Retriever(model.sources, model.catalogue.n_items),
            LiveCounts(model, journal, settings.signals),
        )
    return Serving(stage, offer, reader, settings.rules.honour_availability)


def version_of(serving: Serving) -> str | None:
    """Version of the model that answers, None where there is none or it was never saved."""
    return None if serving.stage is None else serving.stage.model.version or None
