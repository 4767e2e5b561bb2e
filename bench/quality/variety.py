"""What variety costs, what exploring costs, and whether uncertainty says where a ranker is unsure.

The judged period of MovieLens 1M is split off by time; people with a history get the ranker's
order. Each strength of the dial gives a curve: NDCG against how different the tags of a list are.
A determinantal process gives another beside it. Explored pages are drawn by the product's own
code: their propensities must estimate what the pages would have earned without exploring. The
uncertainty of one ranker is held against the disagreement of rankers of other seeds.

Reads: a folder with ratings.parquet and items.parquet, itself or its subfolder ml-1m; without one,
made-up films and ratings, and says so.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from bench.harness import Bar, Context, Result
from bench.quality.ml_1m import films_of
from bench.quality.variety_orders import (
    DEPTH,
    Asked,
    Judge,
    ask,
    at_loss,
    by_determinant,
    pages,
    ratio,
    ratio_interval,
)
from bench.speed.movies import Movies
from settee.core import ExploreSettings, Settings, TrainSettings
from settee.features import ItemColumns
from settee.learn.folds import fit_ranker, make_lessons, split_record
from settee.learn.trial import try_recipe
from settee.learn.variety import coverage_at, tag_vectors
from settee.ranking import Ranker, diversify, explore, uncertainty
from settee.ranking.walk import score_spans

ID = "quality/variety"
SUMMARY = "NDCG against diversity and exploration, and what uncertainty is worth, on MovieLens 1M"

_STRENGTHS = (0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8)
_WEIGHTS = (8.0, 5.0, 3.0, 2.0, 1.5)
_SHARES = (0.05, 0.1, 0.2)
_LOSS = 0.02
_SEEDS = (1, 2, 3, 4)
_DRAWS = 5
Lists = NDArray[np.int32]


def run(context: Context) -> Result:
    """Variety, exploration and uncertainty, one after the other."""
    films = films_of(context)
    settings = _settings(context)
    trial = try_recipe(films.events, films.catalogue, settings)
    model, ranker = trial.model, trial.model.ranker
    if ranker is None:
        context.log("no ranker: too little to learn from, so there is nothing to judge")
        return Result({})
    asked, truth, is_warm = ask(films.events, model, ranker, settings)
    judge = Judge(truth, is_warm, tag_vectors(films.catalogue))
    context.log(f"{len(asked)} people, {int(is_warm.sum())} of them with a history")
    figures: dict[str, float] = {"n_people": len(asked), "n_warm": int(is_warm.sum())}
    bars = _variety(context, asked, judge, model.columns, figures)
    bars |= _exploring(asked, judge, context.seed, figures)
    _doubting(context, films, settings, asked, figures)
    return Result({name: round(value, 5) for name, value in figures.items()}, bars)


def _settings(context: Context) -> Settings:
    train = TrainSettings(test_share=0.2, seed=context.seed)
    if context.quick:
        train = train.model_copy(
            update={"bootstrap": 100, "max_requests": 300, "slices": 2, "ranker_requests": 600}
        )
    return Settings(train=train)


def _variety(
    context: Context,
    asked: list[Asked],
    judge: Judge,
    columns: ItemColumns,
    figures: dict[str, float],
) -> dict[str, Bar]:
    """Curves over the dial: of the order that serves, and of the fusion alone."""

    def at(strength: float) -> Any:  # noqa: ANN401 -- a function of items and utility
        return lambda items, utility: diversify(items, utility, columns, DEPTH, strength)

    curves: dict[str, list[tuple[float, float]]] = {}
    for name, by_fusion in (("", False), ("fusion.", True)):
        plain = pages(asked, at(0.0), by_fusion=by_fusion)
        _plain(figures, name, plain, judge)
        for strength in _STRENGTHS:
            varied = pages(asked, at(strength), by_fusion=by_fusion)
            _point(figures, f"{name}strength.{strength:g}", plain, varied, judge)
            for k in (10, DEPTH):
                curves.setdefault(f"{name}{k}", []).append(_gain(plain, varied, judge, k))
            if not by_fusion:
                _interval(figures, f"strength.{strength:g}", plain, varied, judge, context.seed)
    plain = pages(asked, at(0.0))
    for weight in _WEIGHTS:
        varied = pages(asked, by_determinant(judge.tags, weight))
        _point(figures, f"determinant.{weight:g}", plain, varied, judge)
        curves.setdefault("determinant.10", []).append(_gain(plain, varied, judge, 10))
    for name, curve in curves.items():
        figures[f"gain_at_2_percent.{name}"] = at_loss([(0.0, 0.0), *curve], _LOSS)
    return {
        f"diversity of lists of {k} for 2 % of NDCG@10, people with a history": Bar(
            figures[f"gain_at_2_percent.{k}"], 0.2, at_most=False
        )
        for k in (10, DEPTH)
    }


def _plain(figures: dict[str, float], name: str, lists: Lists, judge: Judge) -> None:
    warm = judge.is_warm
    for k in (10, DEPTH):
        figures[f"{name}plain.ndcg@{k}"] = float(judge.ndcg(lists, k)[warm].mean())
        figures[f"{name}plain.diversity@{k}"] = float(np.nanmean(judge.diversity(lists, k)[warm]))
    figures[f"{name}plain.coverage@10"] = coverage_at(lists, judge.tags.shape[0], 10)


def _point(figures: dict[str, float], name: str, plain: Lists, varied: Lists, judge: Judge) -> None:
    """Changes of one point of a curve: people with a history, and everybody."""
    everybody = np.ones(len(plain), np.bool_)
    for k in (10, DEPTH):
        ndcg = judge.ndcg(varied, k), judge.ndcg(plain, k)
        diversity = judge.diversity(varied, k), judge.diversity(plain, k)
        figures[f"{name}.ndcg@{k}"] = ratio(*ndcg, judge.is_warm)
        figures[f"{name}.diversity@{k}"] = ratio(*diversity, judge.is_warm)
        figures[f"{name}.all.ndcg@{k}"] = ratio(*ndcg, everybody)
        figures[f"{name}.all.diversity@{k}"] = ratio(*diversity, everybody)


def _interval(
    figures: dict[str, float], name: str, plain: Lists, varied: Lists, judge: Judge, seed: int
) -> None:
    ndcg = judge.ndcg(varied, 10), judge.ndcg(plain, 10)
    low, high = ratio_interval(*ndcg, judge.is_warm, seed)
    figures[f"{name}.ndcg@10.low"], figures[f"{name}.ndcg@10.high"] = low, high
    figures[f"{name}.coverage@10"] = coverage_at(varied, judge.tags.shape[0], 10)


def _gain(plain: Lists, varied: Lists, judge: Judge, k: int) -> tuple[float, float]:
    """Change of NDCG@10 and of the diversity of lists of k, of people with a history."""
    warm = judge.is_warm
    change = ratio(judge.ndcg(varied, 10), judge.ndcg(plain, 10), warm)
    return change, ratio(judge.diversity(varied, k), judge.diversity(plain, k), warm)


def _exploring(
    asked: list[Asked], judge: Judge, seed: int, figures: dict[str, float]
) -> dict[str, Bar]:
    """What exploring costs, and what its log says the page without it was worth."""
    plain = pages(asked, lambda items, _: np.arange(min(DEPTH, len(items))))
    worth = judge.hits(plain).sum()
    bars: dict[str, Bar] = {}
    for share in _SHARES:
        rng = np.random.default_rng(seed)
        chosen = ExploreSettings(share=share)
        ndcg, estimate, n_explored = np.zeros(len(asked)), 0.0, 0
        for _ in range(_DRAWS):
            lists = np.full_like(plain, -1)
            for row, one in enumerate(asked):
                page = np.arange(min(DEPTH, len(one.items)))
                behind = np.arange(len(page), len(one.items))
                drawn = explore(page, behind, lambda *_: True, chosen, rng)
                lists[row, : len(page)] = one.items[drawn.places]
                stays = ~drawn.explored
                hits = judge.wanted[row, one.items[drawn.places]]
                estimate += (hits[stays] / drawn.propensity[stays]).sum() / _DRAWS
                n_explored += int(drawn.explored.sum())
            ndcg += judge.ndcg(lists, 10) / _DRAWS
        name = f"explore.{share:g}"
        figures[f"{name}.share"] = n_explored / (_DRAWS * (plain >= 0).sum())
        figures[f"{name}.ndcg@10"] = ratio(ndcg, judge.ndcg(plain, 10), judge.is_warm)
        figures[f"{name}.hits_estimated"] = float(estimate / worth)
        bars[f"hits of the unexplored page, from the log of a share of {share:g}"] = Bar(
            abs(figures[f"{name}.hits_estimated"] - 1), 0.02
        )
    return bars


def _doubting(
    context: Context,
    films: Movies,
    settings: Settings,
    asked: list[Asked],
    figures: dict[str, float],
) -> None:
    """Rank correlation of a ranker's uncertainty with the disagreement of rankers of other seeds.

    The rankers learn from a fifth of the lessons, all from the same, to be fitted in time. Beside
    it: the size of the score alone, and the truncated forests without centring on the request.
    """
    few = settings.train.model_copy(update={"ranker_requests": settings.train.ranker_requests // 5})
    split = split_record(films.events.at_s, settings)
    rng = np.random.default_rng(context.seed)
    quick = settings.model_copy(update={"train": few})
    lessons = make_lessons(films.events, films.catalogue, quick, split.slices, rng)
    rankers = []
    for seed in _SEEDS:
        train = few.model_copy(update={"seed": seed})
        rankers.append(fit_ranker(lessons, settings.model_copy(update={"train": train})))
    told: dict[str, list[float]] = {"doubt": [], "size": [], "uncentred": []}
    chosen = rng.choice(len(asked), min(300, len(asked)), replace=False)
    for one in (asked[row] for row in chosen.tolist()):
        scores = np.array([ranker.score(one.rows) for ranker in rankers])
        scores -= scores.mean(axis=1, keepdims=True)
        disagree = scores.std(axis=0)
        if len(disagree) < 50 or not disagree.any():
            continue
        mine = rankers[0]
        by = {
            "doubt": uncertainty(mine.forest, one.rows),
            "size": np.abs(scores[0]),
            "uncentred": _uncentred(mine, one.rows),
        }
        for name, values in by.items():
            told[name].append(float(spearmanr(values, disagree).statistic))
    for name, values in told.items():
        figures[f"uncertainty.{name}.correlation"] = float(np.nanmean(values))


def _uncentred(ranker: Ranker, rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """The deviation between the truncated forests as they are (Malinin et al. 2021)."""
    n = ranker.forest.n_trees
    cuts = np.unique(np.append(0, np.linspace(n // 2, n, 10).astype(np.int64)))
    deviation: NDArray[np.float64] = score_spans(ranker.forest, rows, cuts).cumsum(axis=0).std(0)
    return deviation
