"""Train a version: try the recipe on a later period, then fit it on everything and keep it.

The sources that serve are fitted on the whole record; the blend and the ranker that serve are
those that were judged. The version is a hash of what the bundle holds, and the bundle holds no
clock and no duration: the same record, settings and seed give the same version on any day. When it
was made is said by the report in the tables.

Reads: the record.  Writes: one bundle, all of it or nothing.
Source: DESIGN, "Online and offline meet at two points only".
Not here: judging (learn.trial), putting a version to use (release).
"""

import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

from settee.core import Settings, from_epoch_s, instant_text, new_id
from settee.events import Catalogue, Interactions, Progress, no_progress
from settee.learn.cards import card_texts
from settee.learn.folds import fit_model
from settee.learn.live import LIVE, ONLINE, live_arrays, replay_online
from settee.learn.trial import Judged, Stopwatch, try_recipe
from settee.ranking import save_model
from settee.store import Tables

TRAINING = "training"
EVALUATION = "evaluation"
TUNING = "tuning"
"""Kinds of the reports in the tables."""
RECIPE = ("signals", "sources", "ranking", "train", "live", "online")
"""Sections of the settings that make a version what it is."""
_PACKAGES = ("settee", "numpy", "scipy", "numba", "lightgbm")


@dataclass(frozen=True)
class Training:
    """A version that was kept.

    Args:
        version: Name of the bundle.
        judged: What the recipe was worth on the later period.
        data: Size and span of the record, in JSON.
        seconds: Stage by stage.
        online: What the online layer learnt from living through the later period again, in JSON.
        peak_mb: Most memory that the process held until it was kept.
    """

    version: str
    judged: Judged
    data: dict[str, Any]
    seconds: dict[str, float]
    online: dict[str, Any] = field(default_factory=dict)
    peak_mb: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The training as JSON, for the tables and the terminal."""
        return {
            "version": self.version,
            "data": self.data,
            "online": self.online,
            "seconds": {stage: round(value, 3) for stage, value in self.seconds.items()},
            "peak_mb": round(self.peak_mb, 1),
            **self.judged.as_dict(),
        }


def train(
    interactions: Interactions,
    catalogue: Catalogue,
    settings: Settings,
    parent: Path,
    *,
    lineage: Mapping[str, Any] | None = None,
    progress: Progress = no_progress,
) -> Training:
    """Train and keep a version.

    Args:
        interactions: The record.
        catalogue: In the same item space.
        settings: The recipe: sources, ranking, train, live and online; signals are noted beside
            it.
        parent: Folder of all bundles.
        lineage: What the record was read from, in JSON: segments, journal offset. Part of the
            version, so it must be free of clocks.
        progress: Told the stage, what is done and of how much.

    Raises:
        TooLittle: If nothing can be learnt.
        StoreUnavailable: If the bundle cannot be written.
    """
    trial = try_recipe(interactions, catalogue, settings, progress)
    watch = Stopwatch(dict(trial.seconds))
    end_s = int(interactions.at_s.max()) + 1
    with watch.stage("refit"):
        final = fit_model(interactions, end_s, catalogue, settings, progress)
    start_s = int(trial.judged.protocol["test_start_s"])
    with watch.stage("online"):
        replayed = replay_online(interactions, trial.model, start_s, settings, progress)
    with watch.stage("live"):
        moving = {
            LIVE: live_arrays(interactions, catalogue, settings),
            ONLINE: replayed.layer.to_arrays(),
        }
    data = describe_data(interactions, catalogue)
    manifest = {
        "lineage": dict(lineage or {}),
        "data": data,
        "settings": {name: getattr(settings, name).model_dump(mode="json") for name in RECIPE},
        "judged": trial.judged.as_dict(),
        "online": replayed.as_dict(),
        "packages": {name: package_version(name) for name in _PACKAGES},
        "seed": settings.train.seed,
    }
    model = replace(
        final,
        ranker=trial.model.ranker,
        blend=trial.model.blend,
        is_promoted=trial.judged.promotion.is_promoted,
        moving=moving,
        manifest=manifest,
    )
    progress("save", 0, 1)
    with watch.stage("save"):
        version = save_model(parent, model, card_texts(model))
    progress("save", 1, 1)
    online = replayed.as_dict()
    return Training(version, trial.judged, data, watch.seconds, online, _peak_mb())


def _peak_mb() -> float:
    """Most memory that this process held so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def describe_data(interactions: Interactions, catalogue: Catalogue) -> dict[str, Any]:
    """Size and span of a record, in JSON; not empty."""
    return {
        "n_events": len(interactions),
        "n_interest": int(interactions.is_interest.sum()),
        "n_accounts": interactions.n_accounts,
        "n_items": catalogue.n_items,
        "first_at": instant_text(from_epoch_s(int(interactions.at_s.min()))),
        "last_at": instant_text(from_epoch_s(int(interactions.at_s.max()))),
    }


def store_report(tables: Tables, kind: str, body: dict[str, Any], at: datetime) -> str:
    """Keep what a training or evaluation found.

    Args:
        tables: Where.
        kind: TRAINING, EVALUATION or TUNING.
        body: From `as_dict`.
        at: When, aware.

    Returns:
        The report's id.
    """
    report_id = new_id("rep", at)
    tables.add_report(report_id, kind, at, body)
    return report_id
