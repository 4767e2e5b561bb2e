"""Rank a million people for an item: one item at once, and 10,000 items' audiences ahead.

People and histories are made up: a million people with 20 items each on average, items wanted by
the square of luck, three item models of the sizes that training gives (200 neighbours an item, and
a dense matrix). Time of one ranking is that from the target to the sorted thousand, columns
included. All items' audiences are made, none is extrapolated; beside their time on the clock stands
what they cost the core, and memory is the growth of the process. One core throughout.

Reads / Writes: nothing.
Not here: how good the order is (quality/audience-retail), HTTP (speed/audience).
"""

import resource
import time

import numpy as np
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from settee.audiences import (
    Reach,
    Ready,
    ResponseModel,
    Target,
    Units,
    prepare,
    rank,
    rank_many,
)
from settee.candidates import Arrays, Content, Ease, Knn, Source
from settee.core import Item, ResponseSettings
from settee.events import catalogue_of

ID = "speed/audience-ranking"
SUMMARY = "rank a million people for one item, and make 10,000 items' audiences ahead"

_PEOPLE, _ITEMS, _EACH = 1_000_000, 10_000, 20
_QUICK_PEOPLE, _QUICK_ITEMS = 20_000, 500
_ROUNDS = 7
_TOLD = 1280
_SIZE = 1000
_NEIGHBOURS = 200


def run(context: Context) -> Result:
    """Make people up, then rank them."""
    n_people = _QUICK_PEOPLE if context.quick else _PEOPLE
    n_items = _QUICK_ITEMS if context.quick else _ITEMS
    ready = _ready(n_people, n_items, context.seed)
    context.log(
        f"{n_people:,} people, {n_items:,} items, {len(ready.reach.item):,} cells; made up, "
        "whose probabilities say nothing"
    )
    figures = {"people": float(n_people), "items": float(n_items), **_one(ready)}
    figures |= _many(context, ready, n_items)
    bars = {
        "one item ms": Bar(figures["one_item_ms"], 200.0),
        "10,000 items min": Bar(figures["all_items_min"], 30.0),
        "10,000 items growth MB": Bar(figures["all_items_growth_mb"], 1024.0),
    }
    return Result(figures, bars)


def _ready(n_people: int, n_items: int, seed: int) -> Ready:
    rng = np.random.default_rng(seed)
    sizes = rng.poisson(_EACH - 1, n_people) + 1
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    n = int(indptr[-1])
    item = (rng.random(n) ** 2 * n_items).astype(np.int32)
    now = 1_700_000_000
    last = now - rng.integers(1, 300 * 86_400, n_people)
    reach = Reach(
        Units(("",) * n_people, ("",) * n_people), n_items, now, indptr, item,
        np.repeat(last, sizes), np.ones(n, np.float32), rng.random(n, np.float32),
        sizes.astype(np.float32), last, last - 86_400 * sizes, rng.random(n_people, np.float32),
    )  # fmt: skip
    catalogue = catalogue_of([Item(item_id=f"m{place}") for place in range(n_items)])
    model = ResponseModel.from_arrays(_model())
    return prepare(reach, model, _sources(n_items, rng), catalogue, ResponseSettings())


def _model() -> Arrays:
    """What was learnt on online-retail, in round numbers."""
    active = [-3.5, 0.9, -0.4, 1.5, 1.3, 0.16, -0.09, -0.06]
    wants = [-0.76, 0.3, 0.79, 0.21, 0.84, 0.27, 0.91, -0.26, -0.32, -0.15, 0.42, 0.02, -0.02, 0.1]
    parts = {"active": active, "wants": wants, "calibration": [0.09, 0.99]}
    found: Arrays = {name: np.array(part) for name, part in parts.items()}
    return found | {"horizon_days": np.array(30.0)}


def _sources(n_items: int, rng: np.random.Generator) -> dict[str, Source]:
    def table() -> dict[str, NDArray[np.generic]]:
        start = np.arange(n_items + 1, dtype=np.int64) * min(_NEIGHBOURS, n_items)
        item = (rng.random(int(start[-1])) * n_items).astype(np.int32)
        return {"start": start, "item": item, "weight": rng.random(len(item), np.float32)}

    weight = rng.standard_normal((n_items, n_items), np.float32) * np.float32(0.02)
    everything = np.arange(n_items, dtype=np.int32)
    ease = {"n_items": np.array(n_items), "items": everything, "weight": weight}
    return {
        "content": Content.from_arrays(table()),
        "knn": Knn.from_arrays(table()),
        "ease": Ease.from_arrays(ease),
    }


def _one(ready: Ready) -> dict[str, float]:
    targets = [Target(np.array([place * 7 + 3], np.int32)) for place in range(_ROUNDS)]
    rank(ready, targets[0], _SIZE)
    spent, worked = [], []
    for target in targets:
        begun, cpu = time.perf_counter(), time.thread_time()
        rank(ready, target, _SIZE)
        worked.append((time.thread_time() - cpu) * 1000)
        spent.append((time.perf_counter() - begun) * 1000)
    return {
        "one_item_ms": float(np.median(spent)),
        "one_item_max_ms": max(spent),
        "one_item_cpu_ms": float(np.median(worked)),
    }


def _many(context: Context, ready: Ready, n_items: int) -> dict[str, float]:
    targets = [Target(np.array([j], np.int32)) for j in range(n_items)]
    list(rank_many(ready, targets[:1], _SIZE))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, cpu = time.perf_counter(), time.process_time()
    for number, _ in enumerate(rank_many(ready, targets, _SIZE), 1):
        if number % _TOLD == 0:
            context.log(f"{number:,} audiences in {time.perf_counter() - begun:.0f} s")
    spent, worked = time.perf_counter() - begun, time.process_time() - cpu
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {
        "all_items_min": spent / 60,
        "all_items_cpu_min": worked / 60,
        "all_items_ms_per_item": spent / n_items * 1000,
        "all_items_growth_mb": grown / 1024,
    }
