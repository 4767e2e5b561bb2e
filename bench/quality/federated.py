"""What a federation of silos learns, beside one that has all events and beside each silo alone.

Strong generalisation on MovieLens 1M as in quality/ml-1m-strong; the training accounts are parted
at random among four silos of uneven size. Masks, shares and sums are the product's own, without the
network between. With noise, an account counts with its latest 200 items.

Reads: a folder with ratings.parquet and items.parquet, itself or its subfolder ml-1m; without one,
made-up films and ratings, and says so.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from bench.quality.judging import accuracy, with_intervals
from bench.quality.ml_1m import films_of
from bench.quality.strong import Split, lists_of, split
from settee.candidates import Ease, Popular, Source, account_bound, co_counts, ease_of_counts
from settee.core import SourceSettings
from settee.events import Interactions
from settee.federation import Coordinator, Parcels, Plan, Privacy, Recipe, Silo, Terms

ID = "quality/federated"
SUMMARY = "EASE from masked sums of four silos beside central EASE and each silo alone"

_SILOS = (0.4, 0.3, 0.2, 0.1)
_EPSILONS = (2.0, 8.0, 32.0)
_CLIP = 200


@dataclass(frozen=True)
class _World:
    parts: Split
    silos: tuple[Interactions, ...]
    settings: SourceSettings
    n_items: int
    seed: int


def run(context: Context) -> Result:
    """Central, federated, with a silo that leaves, with noise, and alone."""
    films = films_of(context)
    parts = split(films.events, context.seed)
    rng = np.random.default_rng(context.seed)
    whose = rng.choice(len(_SILOS), parts.train.n_accounts, p=_SILOS)
    silos = tuple(parts.train.where(whose[parts.train.account] == one) for one in range(4))
    world = _World(parts, silos, SourceSettings(), parts.train.n_items, context.seed)
    figures: dict[str, float] = {}
    ever = world.settings.model_copy(update={"popular_half_life_days": 36_500.0})
    popular = Popular.fit(parts.train, films.catalogue, ever)
    central = Ease.fit(parts.train, films.catalogue, world.settings)
    _judge(figures, "popular", popular, world)
    _judge(figures, "central", central, world)
    alone = [
        _judge(figures, f"alone.{place}", Ease.fit(one, films.catalogue, world.settings), world)
        for place, one in enumerate(silos, 1)
    ]
    start = time.perf_counter()
    together = _federated(world, 0.0, 500, figures)
    figures["federated.s"] = time.perf_counter() - start
    people = _judge(figures, "federated", together, world)
    lead = {"lead.ndcg@100": people - alone[0]}
    figures |= with_intervals(lead, "federated", world.seed)
    gap = np.abs(together.weight - central.weight).max()
    figures["federated.largest_gap_of_a_weight"] = float(gap)
    _judge(figures, "left", _federated(world, 0.0, 500, figures, leaves=3), world)
    for epsilon in _EPSILONS[1:2] if context.quick else _EPSILONS:
        noisy = _federated(world, epsilon, _CLIP, figures)
        _judge(figures, f"epsilon.{epsilon:g}", noisy, world)
    bars = {
        "largest gap of a weight to central EASE": Bar(float(gap), 1e-5),
        "NDCG@100 over the largest silo alone, low end of the paired interval": Bar(
            figures["federated.lead.ndcg@100.low"], 0.0, at_most=False
        ),
    }
    return Result(figures, bars)


def _plan(led: Coordinator) -> Plan:
    if led.plan is None:
        raise AssertionError("all silos said hello")
    return led.plan


def _federated(
    world: _World, epsilon: float, clip: int, figures: dict[str, float], leaves: int | None = None
) -> Ease:
    """EASE of the silos, one of which may leave after the keys are agreed."""
    power = world.settings.ease_account_power
    recipe = Recipe(clip, power, epsilon)
    names = tuple(f"{place:05}" for place in range(world.n_items))
    led = Coordinator(Terms(len(world.silos), recipe=recipe, items=names))
    members = [Silo(f"silo-{place}") for place in range(len(world.silos))]
    for one in members:
        led.hello(one.hello())
    for one in members:
        led.put_parcels(one.name, one.shares(_plan(led)))
    bound = account_bound(clip, power)
    places = np.arange(world.n_items, dtype=np.int32)
    for place, (one, events) in enumerate(zip(members, world.silos, strict=True)):
        if place == leaves:
            continue
        counts = co_counts(events, places, clip, power)
        masked = one.masked(led.parcels_for(one.name) or Parcels({}), counts, bound)
        figures["federated.megabytes_a_silo"] = masked.nbytes / 1e6
        led.put_sum(one.name, masked)
    if leaves is not None:
        led.end_step()
    _open(led, members)
    sigma = Privacy(epsilon).sigma(bound) if epsilon else 0.0
    sigma *= (led.n_stayed / led.terms.stays) ** 0.5
    if epsilon:
        figures[f"epsilon.{epsilon:g}.sigma"] = sigma
    return ease_of_counts(led.total(), world.n_items, world.settings, clip, power, sigma)


def _open(led: Coordinator, members: list[Silo]) -> None:
    if led.survivors is None:
        raise AssertionError("all sums came")
    for one in members:
        if one.name in led.survivors.stayed:
            led.put_opening(one.name, one.opening(led.survivors))


def _judge(
    figures: dict[str, float], name: str, source: Source, world: _World
) -> NDArray[np.float64]:
    """Put accuracy and intervals into the figures; NDCG@100 of each person."""
    found = accuracy(lists_of(source, world.parts.test), world.parts.test.truth)
    figures |= with_intervals(found, name, world.seed)
    return found["ndcg@100"]
