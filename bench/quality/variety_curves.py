"""What each method of variety gives for what it costs: greedy and determinantal re-ranking.

The later period of MovieLens 1M is split off by time; people with a history are answered by the
fusion of popular, kNN and EASE, and the first ten places are filled anew at each strength of the
dial. Every point of a curve is NDCG@10 beside diversity of tags, novelty, popularity, its lift over
the history, miscalibration, coverage and Gini, over the same people, changes paired.

Reads: a folder with ratings.parquet and items.parquet, itself or its subfolder ml-1m; without one,
made-up films and ratings, and says so.
"""

from typing import Literal

import numpy as np

from bench.harness import Bar, Context, Result
from bench.quality.ml_1m import films_of
from bench.quality.variety_orders import at_loss
from settee.core import Settings, SourceSettings
from settee.events import no_progress
from settee.learn.folds import fit_model, split_record
from settee.learn.lists import FUSION, Lists, batches, pools
from settee.learn.requests import Requests
from settee.learn.table import Shelf, Table, judge
from settee.learn.trial import judged_requests, wanted_before
from settee.ranking import Model, diversify, fused_utility

ID = "quality/variety-curves"
SUMMARY = "accuracy against diversity, popularity and calibration, by greedy and determinantal"

METHODS: tuple[Literal["greedy", "dpp"], ...] = ("greedy", "dpp")
STRENGTHS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85)
_QUICK_STRENGTHS = (0.2, 0.5)
_K = 10
_WIDE = 5  # the first _WIDE * _K of an order are chosen from, as respond does
_LOSS = 0.02
_KEPT = (
    "ndcg@10",
    "diversity@10",
    "novelty@10",
    "popularity@10",
    "lift@10",
    "miscalibration@10",
    "coverage@10",
    "gini@10",
)


def run(context: Context) -> Result:
    """Both curves, over the same people."""
    films = films_of(context)
    settings = Settings(sources=SourceSettings(enabled=("popular", "knn", "ease")))
    start_s = split_record(films.events.at_s, settings).test.start_s
    model = fit_model(films.events, start_s, films.catalogue, settings)
    requests = judged_requests(films.events, split_record(films.events.at_s, settings), settings)
    requests = requests.take(np.flatnonzero(requests.is_warm))
    counts, n_accounts = wanted_before(films.events, start_s)
    shelf = Shelf.of(films.catalogue, counts, n_accounts, requests.histories)
    strengths = _QUICK_STRENGTHS if context.quick else STRENGTHS
    lists = _lists(model, requests, strengths)
    context.log(f"{len(requests)} people with a history, {len(lists)} orders")
    is_warm = np.ones(len(requests), np.bool_)
    table = judge(lists, requests.truth, is_warm, shelf, 1000, context.seed)
    figures = _figures(table, lists, context.seed)
    gains = {name: _gain(figures, name, strengths) for name in METHODS}
    for name, gain in gains.items():
        figures[f"{name}.diversity_at_2_percent_loss"] = gain
    bars = {
        "greedy gains as much diversity as dpp for 2 % of NDCG@10": Bar(
            gains["greedy"] - gains["dpp"], 0.0, at_most=False
        )
    }
    return Result(figures, bars)


def _lists(model: Model, requests: Requests, strengths: tuple[float, ...]) -> dict[str, Lists]:
    """Lists of the fusion, and of each method at each strength."""
    names = [(method, strength) for method in METHODS for strength in strengths]
    lists = {FUSION: Lists.empty(len(requests))}
    lists |= {f"{method}.{strength:g}": Lists.empty(len(requests)) for method, strength in names}
    for batch in batches(model, requests, no_progress, "judge"):
        for place, pool, _ in pools(model, batch, None):
            row = int(batch.rows[place])
            utility = fused_utility(pool)
            items, worth = pool.items[: _WIDE * _K], utility[: _WIDE * _K]
            lists[FUSION].put(row, items[:_K], worth[:_K])
            for method, strength in names:
                chosen = diversify(items, worth, model.columns, _K, strength, method)
                lists[f"{method}.{strength:g}"].put(row, items[chosen], worth[chosen])
    return lists


def _figures(table: Table, lists: dict[str, Lists], seed: int) -> dict[str, float]:
    figures: dict[str, float] = {}
    plain = table.value(FUSION, "ndcg@10") or np.nan
    for name in lists:
        for metric in _KEPT:
            value = table.value(name, metric)
            figures[f"{name}.{metric}"] = np.nan if value is None else value
        gap = table.difference(name, FUSION, "ndcg@10", "all", 1000, seed)
        if name != FUSION and gap is not None and gap.low is not None and gap.high is not None:
            change = np.array([gap.value, gap.low, gap.high]) / plain
            figures |= dict(zip(_changes(name), change.tolist(), strict=True))
    return figures


def _changes(name: str) -> tuple[str, str, str]:
    return (f"{name}.ndcg_change", f"{name}.ndcg_change.low", f"{name}.ndcg_change.high")


def _gain(figures: dict[str, float], method: str, strengths: tuple[float, ...]) -> float:
    """Relative gain of diversity where the curve comes to the loss."""
    plain = figures[f"{FUSION}.diversity@10"]
    points: list[tuple[float, float]] = [(0.0, 0.0)]
    for strength in strengths:
        name = f"{method}.{strength:g}"
        gain = figures[f"{name}.diversity@10"] / plain - 1
        points.append((figures[f"{name}.ndcg_change"], gain))
    return at_loss(points, _LOSS)
