"""Fit the enabled sources, one after the other.

Reads: the record as columns.  Writes: nothing.
Not here: which events they may see (learn), how they are stored (ranking, store).
"""

from settee.candidates.als import Als
from settee.candidates.content import Content
from settee.candidates.content_map import ContentMap
from settee.candidates.ease import Ease
from settee.candidates.embedding import Embedding
from settee.candidates.graph import Graph
from settee.candidates.knn import Knn
from settee.candidates.next_ridge import NextRidge
from settee.candidates.popular import Popular
from settee.candidates.sasrec import Sasrec
from settee.candidates.session_knn import SessionKnn
from settee.candidates.slim import Slim
from settee.candidates.source import Source
from settee.candidates.vae import Vae
from settee.core import BadInput, SourceSettings
from settee.events import Catalogue, Interactions, Progress, no_progress

SOURCES: dict[str, type[Source]] = {
    source.name: source
    for source in (
        Popular,
        Content,
        Embedding,
        ContentMap,
        Knn,
        Ease,
        Slim,
        Als,
        Graph,
        NextRidge,
        Sasrec,
        Vae,
        SessionKnn,
    )
}
"""Every source by its name."""


class WrongItemSpace(BadInput):
    """Events and catalogue do not number the same items."""

    code = "wrong_item_space"


def fit_sources(
    interactions: Interactions,
    catalogue: Catalogue,
    settings: SourceSettings,
    progress: Progress = no_progress,
) -> dict[str, Source]:
    """Fit every enabled source, in the order of the setting.

    Args:
        interactions: All that they may learn from; ages run back from its newest event.
        catalogue: The items, in the item space of `interactions`.
        settings: Which sources, and theirs.
        progress: Told the stage, how many sources are done, and of how many; and by sources of
            many rounds how far they are.

    Raises:
        WrongItemSpace: The two item spaces differ in size.
        SolveFailed: EASE could not be solved.
        NeedsTorch: A source is enabled that is trained with torch, which is not installed.
    """
    if interactions.n_items != catalogue.n_items:
        raise WrongItemSpace(
            f"events are numbered over {interactions.n_items} items, the catalogue has "
            f"{catalogue.n_items}.",
            hint="Read both from the same record.",
        )
    fitted: dict[str, Source] = {}
    total = len(settings.enabled)
    for name in settings.enabled:
        progress(f"fit {name}", len(fitted), total)
        fitted[name] = SOURCES[name].fit(interactions, catalogue, settings, progress)
    progress("fit sources", total, total)
    return fitted
