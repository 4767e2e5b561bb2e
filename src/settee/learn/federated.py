"""Keep as a version what silos learnt together, beside what this one learns alone.

The weights of EASE come from the federation; every other enabled source is fitted on this silo's
own record, and the fusion serves, for a ranker would have to be judged on events that the weights
have seen. A silo with 3 of the 5 items of the federation keeps the weights among its 3.

Reads: the record.  Writes: one bundle.
Not here: how the weights came about (federation), versions of one's own (learn.training).
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from settee.candidates import Ease
from settee.core import Settings
from settee.events import Catalogue, Interactions, Progress, no_progress
from settee.learn.cards import card_texts
from settee.learn.folds import fit_model
from settee.learn.live import LIVE, live_arrays
from settee.learn.trial import check_enough
from settee.ranking import save_model

_EASE = Ease.name
_ALONE = "popular"


def keep_federated(
    interactions: Interactions,
    catalogue: Catalogue,
    settings: Settings,
    source: Ease,
    parent: Path,
    *,
    told: Mapping[str, Any],
    progress: Progress = no_progress,
) -> str:
    """Fit what is this silo's own, put the federated EASE in its place, and keep both.

    Args:
        interactions: This silo's record.
        catalogue: In the same item space, which is that of `source` too.
        settings: Which sources, and theirs.
        source: From the federation.
        parent: Folder of all bundles.
        told: What the manifest says of the federation, in JSON.
        progress: Told about every source.

    Returns:
        The version.

    Raises:
        TooLittle: If nothing can be learnt from the silo's own record.
        StoreUnavailable: If the bundle cannot be written.
    """
    check_enough(interactions)
    names = tuple(name for name in settings.sources.enabled if name != _EASE)
    others = settings.sources.model_copy(update={"enabled": names or (_ALONE,)})
    alone = settings.model_copy(update={"sources": others})
    end_s = int(interactions.at_s.max()) + 1
    model = fit_model(interactions, end_s, catalogue, alone, progress)
    own = model.sources
    order = settings.sources.enabled if _EASE in settings.sources.enabled else (*own, _EASE)
    fitted = own | {_EASE: source}
    sources = {name: fitted[name] for name in dict.fromkeys((*order, *own))}
    manifest = {
        "data": {"n_events": len(interactions), "n_items": catalogue.n_items},
        "settings": {
            name: getattr(settings, name).model_dump(mode="json")
            for name in ("signals", "sources", "ranking")
        },
        "federation": dict(told),
    }
    moving = {LIVE: live_arrays(interactions, catalogue, settings)}
    whole = replace(model, sources=sources, moving=moving, manifest=manifest)
    return save_model(parent, whole, card_texts(whole))
