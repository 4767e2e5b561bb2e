"""How long answers take without reasons, with them, and with all that sums to their scores.

The same accounts are asked at the three levels in turn, twenty items each, so that whatever else
the machine does falls on all of them; least times are compared, medians told beside them. TreeSHAP
of the twenty shown items is held against LightGBM's own `pred_contrib` on one thread.

Reads: ratings.parquet and items.parquet of a MovieLens folder, or nothing.
Writes: the work folder.
Not here: answers over HTTP (speed/answers), what reasons are worth (docs/reasons.md).
"""

import statistics
import time
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import lightgbm
import numpy as np

from bench.harness import Bar, Context, Result
from bench.speed.movies import Movies, fill_home, movies
from settee.app import open_workspace
from settee.core import Settings, from_epoch_s
from settee.ranking import Attribution, Ranker
from settee.respond import Request, Responder
from settee.store import open_bundle

ID = "speed/reasons"
SUMMARY = "answers without reasons, with them and with whole ones; TreeSHAP beside LightGBM's"

_LEVELS: tuple[bool | Literal["full"], ...] = (False, True, "full")
_NAMES = ("none", "reasons", "full")
_K = 20


def run(context: Context) -> Result:
    """Both questions."""
    films = movies(context.data, context.seed, quick=context.quick)
    context.log(f"{films.origin}: {films.events.n_accounts} accounts")
    settings = Settings(home=context.work / "home")
    patient = {
        "journal_exposures": False, "source_budget_ms": 5000.0, "total_budget_ms": 5000.0,
    }  # fmt: skip
    settings = settings.model_copy(update={"respond": settings.respond.model_copy(update=patient)})
    fill_home(settings.home, films, settings, context.seed, 60 if context.quick else 600)
    at = from_epoch_s(int(films.events.at_s.max()) + 60)
    with open_workspace(settings, lambda: at) as workspace:
        figures = _levels(workspace.responder(), films, context, at)
        version = workspace.tables.current_release() or ""
        text = open_bundle(workspace.bundles / version).text("ranker")
    figures |= _shap(text, context.seed)
    bars = {
        "an answer with reasons over one without, least times": Bar(
            figures["reasons_ms.least"] / figures["none_ms.least"], 1.5
        ),
        "largest difference from LightGBM": Bar(figures["shap.difference"], 1e-6),
    }
    peers = {"lightgbm": {"shap_ms": figures.pop("lightgbm_ms")}}
    return Result({name: round(value, 9) for name, value in figures.items()}, bars, peers)


def _levels(
    responder: Responder, films: Movies, context: Context, at: datetime
) -> dict[str, float]:
    rng = np.random.default_rng(context.seed)
    n = min(10 if context.quick else 40, films.events.n_accounts)
    accounts = [
        films.events.account_ids[one]
        for one in rng.choice(films.events.n_accounts, n, replace=False)
    ]
    times: dict[str, list[float]] = {name: [] for name in _NAMES}
    sums = 0.0
    for repeat in range(3 if context.quick else 12):
        for account in accounts:
            for name, level in zip(_NAMES, _LEVELS, strict=True):
                if level == "full" and repeat > 1:
                    continue
                start = time.perf_counter()
                answer = responder.recommend(Request(account, _K, at, explain=level))
                if repeat:  # the first runs warm up
                    times[name].append(1000 * (time.perf_counter() - start))
                if level == "full":
                    for one in answer.items:
                        sums = max(sums, abs(sum(part.adds for part in one.adds or ()) - one.score))
    figures = {"largest_gap_of_a_sum": sums}
    for name, values in times.items():
        figures[f"{name}_ms.least"] = min(values)
        figures[f"{name}_ms"] = statistics.median(values)
    return figures


def _shap(text: str, seed: int) -> dict[str, float]:
    ranker = Ranker.from_text(text)
    booster = lightgbm.Booster(model_str=text)
    rng = np.random.default_rng(seed)
    thresholds = np.nan_to_num(ranker.forest.threshold, posinf=1.0)
    rows = rng.choice(thresholds, (_K, ranker.forest.n_features)).astype(np.float32)
    expected = booster.predict(rows, pred_contrib=True, num_threads=1)
    attribution = Attribution.of(ranker.forest)
    found = attribution.values(rows)
    return {
        "trees": float(ranker.forest.n_trees),
        "shap_ms": _least_ms(lambda: attribution.values(rows)),
        "lightgbm_ms": _least_ms(lambda: booster.predict(rows, pred_contrib=True, num_threads=1)),
        "shap.difference": float(np.abs(found - expected).max()),
    }


def _least_ms(work: Callable[[], object], n: int = 50) -> float:
    times = []
    for _ in range(n):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return min(times)
