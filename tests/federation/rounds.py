"""A federation in one process, whose silos may leave before any step."""

import numpy as np

from settee.federation import Coordinator, Recipe, Silo, Step, Terms
from settee.federation.messages import Opening, Parcels

ITEMS = ("a", "b", "c")
N_CELLS = 7
STEPS = ("parcels", "sum", "opening")


def parts(n):
    """What each silo holds."""
    rng = np.random.default_rng(1)
    return [np.round(rng.normal(size=N_CELLS) * 100, 3) for _ in range(n)]


def lead(amounts, threshold=0, leaves=None, recipe=None, secret=b"", seen=None, change=lambda o: o):
    """Run all steps.

    Args:
        amounts: Per silo (N_CELLS,).
        threshold: Of the terms.
        leaves: Place of a silo to the step before which it leaves.
        recipe: Of the terms.
        secret: Of the silos.
        seen: Taken every vector that the coordinator is sent.
        change: What a silo does to its opening before it sends it.
    """
    leaves = leaves or {}
    terms = Terms(len(amounts), threshold, recipe or Recipe(5, 0.5), ITEMS)
    led = Coordinator(terms)
    silos = {f"s{place}": Silo(f"s{place}", secret) for place in range(len(amounts))}
    place_of = {f"s{place}": place for place in range(len(amounts))}

    def stay(step):
        return [
            silo
            for place, silo in enumerate(silos.values())
            if place not in leaves or STEPS.index(leaves[place]) > STEPS.index(step)
        ]

    for silo in silos.values():
        led.hello(silo.hello())
    for silo in stay("parcels"):
        led.put_parcels(silo.name, silo.shares(led.plan))
    if led.step == Step.PARCELS:
        led.end_step()
    for silo in stay("sum"):
        vector = silo.masked(led.parcels_for(silo.name), amounts[place_of[silo.name]], 1.0)
        if seen is not None:
            seen[silo.name] = vector.copy()
        led.put_sum(silo.name, vector)
    if led.step == Step.SUMS:
        led.end_step()
    for silo in stay("opening"):
        led.put_opening(silo.name, change(silo.opening(led.survivors)))
    if led.step == Step.OPENINGS:
        led.end_step()
    return led


def without_one(opening: Opening) -> Opening:
    """An opening that lacks a share."""
    seeds = dict(opening.seeds)
    seeds.pop(min(seeds))
    return Opening(seeds, opening.keys)


def nothing_sealed() -> Parcels:
    """Parcels for nobody."""
    return Parcels({})
