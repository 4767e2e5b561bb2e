"""Every source, their fusion and the ranker on MovieLens 1M, beside other libraries.

Two questions: how well are people answered whom no model has met (strong generalisation), and how
well is the later period foretold from the earlier one (a global split in time). Settings are
chosen on people or periods that do not judge; every accuracy carries its interval over people.

Reads: a folder with ratings.parquet and items.parquet, itself or its subfolder ml-1m; without one,
made-up films and ratings, and says so.
"""

import time
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from bench.harness import Bar, Context, Result
from bench.quality.judging import METRICS, accuracy, with_intervals
from bench.quality.peers import NAMES, run_peers
from bench.quality.strong import Split, fused_lists, lists_of, split, us_per_person
from bench.speed.movies import Movies, movies
from settee.candidates import SOURCES, Source
from settee.core import Settings, SourceSettings, TrainSettings
from settee.events import Interactions
from settee.learn import Figure, evaluate

ID = "quality/ml-1m"
SUMMARY = "accuracy of sources, fusion and ranker on MovieLens 1M beside implicit and RecTools"

_QUICK_ACCOUNTS = 900
_QUICK_ITEMS = 800
_HALF_LIVES = (30.0, 365.0, 36_500.0)
_RIDGES = (300.0, 500.0, 700.0, 1000.0)
_TEMPORAL = ("recall@20", "recall@50", "ndcg@1", "ndcg@5", "ndcg@10", "ndcg@100")


def run(context: Context) -> Result:
    """Both questions, one after the other."""
    films = films_of(context)
    parts = split(films.events, context.seed)
    context.log(
        f"strong generalisation: {len(np.unique(parts.train.account))} accounts train, "
        f"{parts.valid.truth.n_people} choose, {parts.test.truth.n_people} judge"
    )
    figures, l2 = _strong(context, films, parts)
    peers = run_peers(context, parts, l2)
    figures |= _temporal(context, films)
    return Result(figures, _bars(figures, peers), peers)


def films_of(context: Context) -> Movies:
    """The films and ratings of a run: MovieLens 1M, or made-up ones, and then it says so."""
    data = context.data
    if data is not None and not (data / "ratings.parquet").is_file():
        data = data / "ml-1m"
    if data is None or not (data / "ratings.parquet").is_file():
        data = None
        context.log("no data folder: made-up films and ratings, whose figures say nothing")
    films = movies(data, context.seed, quick=context.quick)
    if context.quick:
        context.log("quick: few accounts and few settings, figures say nothing")
        films = replace(films, events=_some(films.events, context.seed))
    return films


def _some(events: Interactions, seed: int) -> Interactions:
    """The events of a few accounts, drawn at random, with the most wanted items."""
    n = min(_QUICK_ACCOUNTS, events.n_accounts)
    drawn = np.random.default_rng(seed).choice(events.n_accounts, n, replace=False)
    wanted = np.bincount(events.item, minlength=events.n_items)
    most = np.argsort(-wanted, kind="stable")[:_QUICK_ITEMS]
    return events.where(np.isin(events.account, drawn) & np.isin(events.item, most))


def _choose(
    films: Movies, parts: Split, name: str, candidates: Iterable[SourceSettings]
) -> SourceSettings:
    """The settings under which the valid people are answered best."""

    def worth(settings: SourceSettings) -> float:
        source = SOURCES[name].fit(parts.train, films.catalogue, settings)
        found = accuracy(lists_of(source, parts.valid), parts.valid.truth)
        return float(found["ndcg@100"].mean())

    return max(candidates, key=worth)


def _recipes(
    context: Context, films: Movies, parts: Split
) -> dict[str, tuple[str, SourceSettings]]:
    """Which source under which settings each line of the table is."""
    base = SourceSettings()
    plain = {"ease_dropout": 0.0, "ease_account_power": 0.0, "max_history": 100_000}
    half_lives = _HALF_LIVES[-1:] if context.quick else _HALF_LIVES
    ridges = _RIDGES[:1] if context.quick else _RIDGES
    popular = _choose(
        films,
        parts,
        "popular",
        [base.model_copy(update={"popular_half_life_days": days}) for days in half_lives],
    )
    ease = _choose(
        films, parts, "ease", [base.model_copy(update=plain | {"ease_l2": l2}) for l2 in ridges]
    )
    context.log(
        f"chosen on valid people: popular half-life {popular.popular_half_life_days:g} days, "
        f"plain EASE ridge {ease.ease_l2:g}; content, knn and ease as by default"
    )
    return {
        "popular": ("popular", popular),
        "content": ("content", base),
        "knn": ("knn", base),
        "ease": ("ease", base),
        "ease_plain": ("ease", ease),
    }


def _strong(context: Context, films: Movies, parts: Split) -> tuple[dict[str, float], float]:
    recipes = _recipes(context, films, parts)
    figures: dict[str, float] = {"strong.n_people": parts.test.truth.n_people}
    fitted: dict[str, Source] = {}
    for name, (kind, settings) in recipes.items():
        start = time.perf_counter()
        fitted[name] = SOURCES[kind].fit(parts.train, films.catalogue, settings)
        figures[f"strong.{name}.fit_s"] = round(time.perf_counter() - start, 3)
        figures[f"strong.{name}.us_per_person"] = round(
            us_per_person([fitted[name]], parts.test), 1
        )
        values = accuracy(lists_of(fitted[name], parts.test), parts.test.truth)
        figures |= with_intervals(values, f"strong.{name}", context.seed)
    four = [fitted[name] for name in ("popular", "content", "knn", "ease")]
    figures["strong.four_sources.us_per_person"] = round(us_per_person(four, parts.test), 1)
    lists = fused_lists(four, parts.test, Settings().ranking)
    figures |= with_intervals(accuracy(lists, parts.test.truth), "strong.fusion", context.seed)
    return figures, recipes["ease_plain"][1].ease_l2


def _temporal(context: Context, films: Movies) -> dict[str, float]:
    """The first 80 % of the record trains, the rest judges, by the product's own evaluation.

    Everything is chosen before the judged period: settings are the defaults, lessons and number of
    trees come from earlier slices. The headline is of people with a history, as in the literature.
    """
    train = TrainSettings(test_share=0.2, seed=context.seed)
    if context.quick:
        train = train.model_copy(update={"bootstrap": 100, "max_requests": 300, "slices": 2})
    start = time.perf_counter()
    judged = evaluate(films.events, films.catalogue, Settings(train=train)).judged
    figures: dict[str, float] = {
        "temporal.seconds": round(time.perf_counter() - start, 1),
        "temporal.ranker_serves": float(judged.promotion.is_promoted),
    }
    context.log(f"split by time: {judged.promotion.reason}")
    for row in judged.table.rows:
        group = "" if row.group == "warm" else f"{row.group}."
        figures[f"temporal.{group}n_people"] = row.n_requests
        for metric in _TEMPORAL if row.group == "warm" else ("ndcg@10",):
            _put(figures, f"temporal.{group}{row.system}.{metric}", row.figures[metric])
    for one in judged.promotion.comparisons:
        if one.group == "warm":
            rival = "fusion" if one.rival == "fusion" else "best_source"
            _put(figures, f"temporal.ranker_less_{rival}.{one.metric}", one.difference)
    best = max(
        (judged.table.value(name, "ndcg@10", "warm") or 0.0)
        for name in judged.table.systems("source")
    )
    ranker = judged.table.value("ranker", "ndcg@10", "warm")
    if ranker is not None and best > 0:
        figures["temporal.ranker_gain.ndcg@10"] = round(ranker / best - 1, 4)
    return figures


def _put(figures: dict[str, float], name: str, figure: Figure | None) -> None:
    """Note a figure and, where it has one, its interval."""
    if figure is None:
        return
    figures[name] = round(figure.value, 5)
    if figure.low is not None and figure.high is not None:
        figures[f"{name}.low"] = round(figure.low, 5)
        figures[f"{name}.high"] = round(figure.high, 5)


def _bars(figures: dict[str, float], peers: dict[str, dict[str, float]]) -> dict[str, Bar]:
    bars = {}
    gain = figures.get("temporal.ranker_gain.ndcg@10")
    if gain is not None:
        bars["ranker over the best source, split by time"] = Bar(gain, 0.15, at_most=False)
    theirs = peers.get(NAMES["ease"])
    if theirs is not None:
        names = [f"strong.ease_plain.{metric}" for metric in METRICS]
        gap = max(abs(figures[name] - theirs[name]) for name in names)
        bars["plain EASE equals RecTools"] = Bar(round(gap, 6), 1e-3)
    return bars
