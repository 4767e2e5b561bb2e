"""What the online layer learns where nothing is in a hurry: the last tenth of MovieLens 1M, lived
through again.

The four sources are fitted on what lies before, then stand still; live sources move; fusion orders.
At 3,000 moments at which somebody took a film that was new to them the layer foretells it beside
the base order, is judged, and learns. This is what `settee train` does before a version serves.

Reads: a folder with ratings.parquet and items.parquet, itself or its subfolder ml-1m; without one,
made-up films and ratings, and says so.
Not here: news through the running service (quality/globo-live).
"""

import time
from typing import Any

from bench.harness import Bar, Context, Result
from bench.speed.movies import movies
from settee.core import OnlineSettings, Settings, SourceSettings, TrainSettings
from settee.learn import replay_online
from settee.learn.folds import fit_model, split_record

ID = "quality/online-layer"
SUMMARY = "gain of the online layer over fusion on the last tenth of MovieLens 1M, by replay"

_CHOICES, _QUICK_CHOICES = 3000, 100


def run(context: Context) -> Result:
    """Fit, then live through the rest."""
    data = context.data
    if data is not None and not (data / "ratings.parquet").is_file():
        data = data / "ml-1m"
    if data is None or not (data / "ratings.parquet").is_file():
        data = None
        context.log("no data folder: made-up films and ratings, whose figures say nothing")
    films = movies(data, context.seed, quick=context.quick)
    n = _QUICK_CHOICES if context.quick else _CHOICES
    sources: dict[str, Any] = {"enabled": ("popular", "knn")} if context.quick else {}
    settings = Settings(
        sources=SourceSettings(**sources),
        online=OnlineSettings(replay_choices=n),
        train=TrainSettings(seed=context.seed),
    )
    start_s = split_record(films.events.at_s, settings).test.start_s
    model = fit_model(films.events, start_s, films.catalogue, settings)
    begun_s = time.perf_counter()
    found = replay_online(films.events, model, start_s, settings)
    standing = found.layer.standing()
    figures: dict[str, float] = {
        "choices": float(found.n_choices),
        "in_pool": float(found.n_in_pool),
        "ms_per_choice": round(1000 * (time.perf_counter() - begun_s) / max(found.n_choices, 1), 2),
    }
    for name, one in (("shared", standing.shared), ("own", standing.own)):
        figures |= {
            f"{name}.gain": round(one.gain, 4),
            f"{name}.gain.low": round(one.low, 4),
            f"{name}.gain.high": round(one.high, 4),
            f"{name}.acts": float(one.acts),
        }
    figures |= {f"weight.{name}": round(value, 3) for name, value in standing.weights.items()}
    return Result(figures, {"gain above 0, if it acts": Bar(standing.shared.gain, 0.0, False)})
