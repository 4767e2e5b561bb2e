"""Sources, their blend and the ranker on MovieLens 1M, split once in time.

The first 80 % of the ratings train, the rest judges, by the product's own trial: lessons, weights,
number of trees and promotion come from before the judged period. The headline is of people with a
history, as published. Beside the lists, how well each order parts what came true from the rest of
the same pool: AUC, and log loss of a logistic curve over the standardised scores of a request that
was fitted on the other half of the people.

Reads: a folder with ratings.parquet and items.parquet, itself or its subfolder ml-1m; without one,
made-up films and ratings, and says so.
Source: Ji et al. (2023), "A Critical Study on Data Leakage in Recommender System Evaluation".
"""

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from bench.quality.ml_1m import films_of
from settee.core import Settings, TrainSettings, load_settings
from settee.features import Context as Moment
from settee.features import ItemStates
from settee.learn import Figure, Table
from settee.learn.folds import split_record
from settee.learn.intervals import figures as with_interval
from settee.learn.lists import BLEND, RANKER, batches, pools
from settee.learn.promotion import best_source
from settee.learn.requests import Requests
from settee.learn.trial import Trial, judged_requests, try_recipe
from settee.ranking import Model, rank

ID = "quality/ml-1m-two-stage"
SUMMARY = "sources, blend and ranker on MovieLens 1M, the later fifth of the ratings judging"

PRESET = "films-returning"
SHOWN = ("recall@20", "ndcg@1", "ndcg@5", "ndcg@10", "ndcg@100")
FOUND = "found@20"
"""Recall over all that was wanted, as the published figures have it, not over min(20, wanted)."""
_LEAST_P = 1e-6


def run(context: Context) -> Result:
    """Try the recipe, then look at its scores."""
    films = films_of(context)
    settings = settings_of(context)
    start = time.perf_counter()
    trial = try_recipe(films.events, films.catalogue, settings)
    figures: dict[str, float] = {"seconds": round(time.perf_counter() - start, 1)}
    figures |= {f"{stage}_s": round(value, 1) for stage, value in trial.seconds.items()}
    told = trial.judged
    context.log(f"blend: {told.blending['reason']}")
    for whose in ("weights", "returning"):
        for name, (short, long) in told.blending.get(whose, {}).items():
            context.log(f"  {whose}, {name}: {short:.2f} for short histories, {long:.2f} for long")
    context.log(told.promotion.reason)
    split = split_record(films.events.at_s, settings)
    requests = judged_requests(films.events, split, settings)
    figures |= _listed(told.table, requests, context.seed)
    figures |= _parted(trial, requests)
    return Result(figures, _bars(figures))


def settings_of(context: Context) -> Settings:
    """What was chosen on windows that end before the judged one: a preset, and narrow slices."""
    train = TrainSettings(
        test_share=0.2, valid_share=0.05, slices=10, ranker_requests=20_000, seed=context.seed
    )
    if context.quick:
        less = {"bootstrap": 100, "max_requests": 300, "slices": 2, "ranker_requests": 400}
        train = train.model_copy(update=less)
    return load_settings(flags=[f"preset={PRESET}"]).model_copy(update={"train": train})


def _listed(table: Table, requests: Requests, seed: int) -> dict[str, float]:
    """Accuracy of every system's lists, for people with a history; then for all."""
    warm = requests.is_warm
    wanted = requests.truth.size
    share = np.minimum(20, wanted) / wanted
    best = best_source(table, "ndcg@10", "warm")
    out: dict[str, float] = {"n_people": int(warm.sum()), "n_people_cold": int((~warm).sum())}
    for system, values in table.per_person.items():
        columns = {metric: values[metric] for metric in SHOWN}
        columns[FOUND] = values["recall@20"] * share
        for metric, column in columns.items():
            _put(out, f"{system}.{metric}", _mean(column[warm], seed))
        _put(out, f"all.{system}.ndcg@10", _mean(values["ndcg@10"], seed))
        if system in (BLEND, RANKER):
            for metric, column in columns.items():
                rival = table.per_person[best]
                theirs = rival["recall@20"] * share if metric == FOUND else rival[metric]
                _put(out, f"{system}_less_{best}.{metric}", _mean((column - theirs)[warm], seed))
            out[f"{system}_gain.ndcg@10"] = round(
                out[f"{system}.ndcg@10"] / out[f"{best}.ndcg@10"] - 1, 4
            )
    if BLEND in table.per_person and RANKER in table.per_person:
        gap = table.per_person[RANKER]["ndcg@10"] - table.per_person[BLEND]["ndcg@10"]
        _put(out, "ranker_less_blend.ndcg@10", _mean(gap[warm], seed))
    return out


def _mean(values: NDArray[np.float64], seed: int) -> Figure:
    found = with_interval(values[:, None], 1000, np.random.default_rng(seed))[0]
    return found if found is not None else Figure(float("nan"))


def _put(figures: dict[str, float], name: str, figure: Figure) -> None:
    figures[name] = round(figure.value, 5)
    if figure.low is not None and figure.high is not None:
        figures[f"{name}.low"] = round(figure.low, 5)
        figures[f"{name}.high"] = round(figure.high, 5)


def _parted(trial: Trial, requests: Requests) -> dict[str, float]:
    """AUC and log loss of every order of the same pools, for people with a history."""
    hits: list[NDArray[np.bool_]] = []
    scores: dict[str, list[NDArray[np.float64]]] = {}
    for hit, orders in _scored(trial.model, requests.take(np.flatnonzero(requests.is_warm))):
        hits.append(hit)
        for name, one in orders.items():
            scores.setdefault(name, []).append(one)
    out = {}
    sizes = [len(one) for one in hits]
    half = np.repeat(np.arange(len(hits)) % 2 == 0, sizes)
    every = np.concatenate(hits)
    rate = every.mean()
    out["pool.hits"] = round(float(rate), 5)
    out["constant.log_loss"] = round(_log_loss(np.full(len(every), rate), every), 5)
    for name, parts in scores.items():
        told = np.concatenate([_standard(one) for one in parts])
        chance = np.empty(len(told))
        for fitted in (half, ~half):
            chance[~fitted] = logistic(told[fitted], every[fitted], told[~fitted])
        aucs = [auc(one, hit) for one, hit in zip(parts, hits, strict=True)]
        out[f"{name}.auc"] = round(float(np.nanmean(aucs)), 5)
        out[f"{name}.log_loss"] = round(_log_loss(chance, every), 5)
    return out


def _scored(
    model: Model, requests: Requests
) -> Iterator[tuple[NDArray[np.bool_], dict[str, NDArray[np.float64]]]]:
    """Of every pool: what came true, and the score of each item by every system."""
    states = ItemStates(model.timeline, model.ranking.time_bucket_s)
    for batch in batches(model, requests, lambda *_: None, ""):
        for place, pool, person in pools(model, batch, model.blend):
            at_s = int(batch.requests.as_of_s[place])
            orders = {
                name: pool.source_scores[:, column].astype(np.float64)
                for column, name in enumerate(model.sources)
            }
            orders[BLEND] = np.log(pool.fused.astype(np.float64))
            if model.ranker is not None:
                ranked = rank(model, pool, person, states.at(at_s), Moment(at_s), with_ranker=True)
                orders[RANKER] = np.empty(len(pool))
                orders[RANKER][ranked.places] = ranked.scores
            yield np.isin(pool.items, batch.requests.truth.row(place)), orders


def auc(scores: NDArray[np.float64], hits: NDArray[np.bool_]) -> float:
    """Chance that a hit stands above a miss, ties counted half; NaN without one of both.

    >>> auc(np.array([3.0, 2.0, 1.0]), np.array([False, True, False]))
    0.5
    """
    n_hits = int(hits.sum())
    if n_hits in (0, len(hits)):
        return float("nan")
    order = np.sort(scores)
    below = np.searchsorted(order, scores[hits], side="left")
    upto = np.searchsorted(order, scores[hits], side="right")
    midrank = (below + upto + 1) / 2
    misses = len(hits) - n_hits
    return float((midrank.sum() - n_hits * (n_hits + 1) / 2) / (n_hits * misses))


def _standard(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard deviations above the mean of the request: levels of requests do not compare."""
    off = np.nan_to_num(scores) - np.nan_to_num(scores).mean()
    return off / max(float(off.std()), 1e-12)


def logistic(
    scores: NDArray[np.float64], hits: NDArray[np.bool_], asked: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Probabilities at `asked` by the logistic curve through scores and hits (Platt 1999)."""
    x = np.stack([scores, np.ones(len(scores))], axis=1)
    weight = np.array([0.0, np.log(hits.mean() / (1.0 - hits.mean()))])
    for _ in range(25):
        p = 1.0 / (1.0 + np.exp(-x @ weight))
        curve = (x * (p * (1.0 - p))[:, None]).T @ x
        weight = weight - np.linalg.solve(curve + 1e-9 * np.eye(2), x.T @ (p - hits))
    return 1.0 / (1.0 + np.exp(-(asked * weight[0] + weight[1])))


def _log_loss(chance: NDArray[np.float64], hits: NDArray[np.bool_]) -> float:
    p = np.clip(chance, _LEAST_P, 1.0 - _LEAST_P)
    return float(-np.where(hits, np.log(p), np.log1p(-p)).mean())


def _bars(figures: dict[str, float]) -> dict[str, Bar]:
    if "ranker.ndcg@10" not in figures:
        return {}
    return {
        "recall@20 over all wanted": Bar(figures["ranker.found@20"], 0.17, at_most=False),
        "ndcg@10": Bar(figures["ranker.ndcg@10"], 0.32, at_most=False),
        "ndcg@10 over the best source": Bar(figures["ranker_gain.ndcg@10"], 0.15, at_most=False),
    }
