"""Which places come next for 30,000 people: the common top-N benchmark on Gowalla check-ins.

The benchmark hides a fifth of what each visited; models see 810,128 pairs of 29,858 people and
40,981 places and rank all places but those. Recall@20 divides by all that was hidden. Settings are
chosen on a validation fold of these pairs, refitted on all, and judged by `--test FILE`, a table
user_id, item_id; without one people of that fold judge who did not choose, and this is said. The
hidden part is of more popular places than the fold: the 20 most visited are published to find .042
there and find .029 here. So choosing reads the fold `tilted`: a place counts its audience to a
power, set so that the 20 most visited find .042.

Reads: a folder with gowalla-lightgcn/train.parquet; without one, made-up people, and says so.
Source: He et al. (2020), "LightGCN: Simplifying and Powering Graph Convolution Network for
Recommendation". Not here: lists and figures of them (quality.gowalla_lists).
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from bench.quality.gowalla_lists import Visits, Weighted, found, lists_of
from bench.quality.judging import with_intervals
from bench.quality.made_up import made_up_stories
from settee.candidates import SOURCES, Source
from settee.core import BadInput, Item, SourceSettings
from settee.events import Catalogue, catalogue_of

ID = "quality/gowalla"
SUMMARY = "places on Gowalla: graph filter and its blend beside what LightGCN to BSPM published"

PUBLISHED = {
    "LightGCN (published)": (0.183, 0.155),
    "SimpleX (published)": (0.187, 0.156),
    "BSPM (published)": (0.192, 0.160),
}
_POPULAR_PUBLISHED = 0.042
_PEOPLE_WHO_CHOOSE = 2000
_PEOPLE_WHO_JUDGE = 3000
"""Without a held-back table; with one, everybody in it judges."""
_TILTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)

_STEPS = {"graph_patterns": 0, "graph_neighbours": 4000, "graph_account_power": 0.6}
GRAPH: dict[str, dict[str, float]] = {
    "two steps, target .2": _STEPS | {"graph_history_power": 0.65, "graph_target_power": 0.2},
    "two steps, target .3": _STEPS | {"graph_history_power": 0.65, "graph_target_power": 0.3},
}
BESIDE: dict[str, dict[str, float]] = {
    "als": {
        "als_factors": 512,
        "als_sweeps": 6,
        "als_unobserved": 0.01,
        "als_l2": 0.1,
    },
    "slim": {"slim_nearby": 100},
}
"""What is blended with the graph filter: its like, factors; and its unlike, regressions."""
_WEIGHTS = tuple((als, slim) for als in (0.0, 0.6, 1.0, 1.4) for slim in (0.0, 0.2, 0.4))


class NoSuchPairs(BadInput):
    """The table that is to judge names people or places that nobody was told of."""

    code = "no_such_pairs"


@dataclass(frozen=True)
class World:
    """What may be learnt from, in two folds."""

    train: Visits
    valid: Visits
    both: Visits


def run(context: Context) -> Result:
    """Choose on the validation fold, refit, judge."""
    world = world_of(context)
    hidden = None if context.test is None else _read(context.test, world.both)
    figures: dict[str, float] = {}
    choosing, others = _people(context, world)
    chosen = _choose(context, world, choosing, figures)
    known, judge, people = world.train, world.valid, others
    if hidden is None:
        context.log(f"no --test: {len(others)} people of the validation fold judge; none chose")
    else:
        known, judge, people = world.both, hidden, np.flatnonzero(hidden.sizes > 0)
    fitted = chosen.fitted if hidden is None else _fit(context, known, chosen, figures)
    recipes: dict[str, Weighted] = {name: [(source, 1.0)] for name, source in fitted.items()}
    beside = [fitted[name] for name in BESIDE]
    recipes["blend"] = _blend(fitted["graph"], beside, chosen.weights)
    judged = judge.of_people(people)
    figures["n_people"] = len(people)
    lists = lists_of(recipes, known, people)
    values = {name: found(one, judged) for name, one in lists.items()}
    for name, value in values.items():
        figures |= with_intervals(value, name, context.seed)
    peers = {
        name: {"blend.recall@20": recall, "blend.ndcg@20": ndcg}
        for name, (recall, ndcg) in PUBLISHED.items()
    }
    return Result(figures, _bars(figures) if hidden is not None else {}, peers)


def world_of(context: Context) -> World:
    """The folds; made up without the table, and then it says so."""
    path = None if context.data is None else context.data / "gowalla-lightgcn" / "train.parquet"
    if path is None or not path.is_file():
        context.log("no data folder: made-up people, whose figures say nothing")
        events = made_up_stories(context.seed)
        person, item = events.account.astype(np.int64), events.item.astype(np.int64)
        is_valid = np.random.default_rng(context.seed).random(len(item)) < 0.2
    else:
        table = pq.read_table(path)
        person = table["user_id"].to_numpy().astype(np.int64)
        item = table["item_id"].to_numpy().astype(np.int64)
        is_valid = np.array(table["fold"].to_pylist()) == "valid"
        if context.quick:
            context.log("quick: the first 1,500 people, whose figures say nothing")
            some = person < 1500
            item = np.unique(item[some], return_inverse=True)[1]
            person, is_valid = person[some], is_valid[some]
    sizes = int(person.max()) + 1, int(item.max()) + 1
    return World(
        Visits.of(person[~is_valid], item[~is_valid], *sizes),
        Visits.of(person[is_valid], item[is_valid], *sizes),
        Visits.of(person, item, *sizes),
    )


def _read(path: Path, known: Visits) -> Visits:
    """What was held back.

    Raises:
        NoSuchPairs: A person or place lies outside the benchmark's numbers.
    """
    table = pq.read_table(path, columns=["user_id", "item_id"])
    person = table["user_id"].to_numpy().astype(np.int64)
    item = table["item_id"].to_numpy().astype(np.int64)
    if len(person) == 0 or person.max() >= known.n_people or item.max() >= known.n_items:
        raise NoSuchPairs(
            f"{path} holds {len(person)} pairs, up to person {person.max(initial=-1)} and place "
            f"{item.max(initial=-1)}; known are {known.n_people} people, {known.n_items} places.",
            hint="Give the benchmark's test part with its own numbers.",
        )
    return Visits.of(person, item, known.n_people, known.n_items)


@dataclass(frozen=True)
class _Chosen:
    """What the validation fold chose: a graph filter, and what `BESIDE` count beside it at 1."""

    graph: str
    weights: tuple[float, ...]
    fitted: dict[str, Source]
    """The same on the train fold."""


def _people(context: Context, world: World) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who chooses, and who judges where no table was held back."""
    people = np.flatnonzero(world.valid.sizes > 0)
    people = np.random.default_rng(context.seed).permutation(people)
    n = min(_PEOPLE_WHO_CHOOSE, len(people) // 2)
    return np.sort(people[:n]), np.sort(people[n : n + _PEOPLE_WHO_JUDGE])


def _choose(
    context: Context, world: World, people: NDArray[np.int64], figures: dict[str, float]
) -> _Chosen:
    """The graph filter first, then what counts how much beside it."""
    worth = _tilt(context, world, people)

    def best(recipes: Mapping[str, Weighted]) -> str:
        return _best(context, world, people, worth, recipes)

    graphs = {name: _one("graph", world.train, asked) for name, asked in GRAPH.items()}
    graph = best({name: [(one, 1.0)] for name, one in graphs.items()})
    fitted = {name: _one(name, world.train, asked) for name, asked in BESIDE.items()}
    beside = list(fitted.values())
    named = {", ".join(map(str, weights)): weights for weights in _WEIGHTS}
    blends = {name: _blend(graphs[graph], beside, weights) for name, weights in named.items()}
    weights = named[best(blends)]
    for name, weight in zip(BESIDE, weights, strict=True):
        figures[f"chosen.{name}_weight"] = weight
    context.log(f"chosen on the tilted fold: {graph}, beside it {', '.join(BESIDE)} at {weights}")
    fitted |= {"graph": graphs[graph], "popular": _one("popular", world.train, {})}
    return _Chosen(graph, weights, fitted)


def _best(
    context: Context,
    world: World,
    people: NDArray[np.int64],
    worth: NDArray[np.float64],
    recipes: Mapping[str, Weighted],
) -> str:
    """The recipe whose lists have the greatest tilted NDCG@20."""
    hidden = world.valid.of_people(people)
    tilted = {}
    for name, one in lists_of(recipes, world.train, people).items():
        plain, leant = found(one, hidden), found(one, hidden, worth)
        tilted[name] = float(leant["ndcg@20"].mean())
        told = (values[metric].mean() for values in (plain, leant) for metric in plain)
        context.log(f"valid, {name}: " + " ".join(f"{value:.4f}" for value in told))
    return max(tilted, key=lambda name: tilted[name])


def _blend(graph: Source, beside: Sequence[Source], weights: tuple[float, ...]) -> Weighted:
    """The graph filter at 1 and the others at their weights; those at 0 are not asked."""
    others = zip(beside, weights, strict=True)
    return [(graph, 1.0), *((one, weight) for one, weight in others if weight > 0)]


def _tilt(context: Context, world: World, people: NDArray[np.int64]) -> NDArray[np.float64]:
    """What a hidden place counts, so that the most visited find what is published of them."""
    hidden = world.valid.of_people(people)
    popular = _one("popular", world.train, {})
    lists = lists_of({"popular": [(popular, 1.0)]}, world.train, people)["popular"]
    audience = world.train.audience

    def short(power: float) -> float:
        return abs(
            float(found(lists, hidden, audience**power)["recall@20"].mean()) - _POPULAR_PUBLISHED
        )

    power = min(_TILTS, key=short)
    context.log(f"tilt: a hidden place counts its audience to the power {power:g}")
    return np.asarray(audience**power)


def _one(name: str, known: Visits, asked: Mapping[str, float]) -> Source:
    settings = SourceSettings().model_copy(update={"max_history": 100_000, **asked})
    return SOURCES[name].fit(known.events(), _nameless(known.n_items), settings)


def _nameless(n_items: int) -> Catalogue:
    """Places of which nothing is known but their numbers."""
    return catalogue_of([Item(item_id=f"p{item}", title="") for item in range(n_items)])


def _fit(
    context: Context, known: Visits, chosen: _Chosen, figures: dict[str, float]
) -> dict[str, Source]:
    fitted = {}
    asked = {"popular": {}, "graph": GRAPH[chosen.graph], **BESIDE}
    for name, settings in asked.items():
        start = time.perf_counter()
        fitted[name] = _one(name, known, settings)
        figures[f"{name}.fit_s"] = round(time.perf_counter() - start, 1)
        context.log(f"{name} fitted in {figures[f'{name}.fit_s']:.1f} s")
    return fitted


def _bars(figures: dict[str, float]) -> dict[str, Bar]:
    recall, ndcg = PUBLISHED["BSPM (published)"]
    return {
        "recall@20 over BSPM": Bar(figures["blend.recall@20"], recall, at_most=False),
        "ndcg@20 over BSPM": Bar(figures["blend.ndcg@20"], ndcg, at_most=False),
    }
