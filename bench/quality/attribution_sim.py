"""How near credit comes to the truth, and how often intervals hold, where effects are known.

A person meets a path of channels and converts with a known chance. Truth is what contacts added:
for each path the Shapley value of the game "chance of the path with only these channels left in
it", summed over people, as shares. Error is the mean absolute error of shares over their mean, so
that .02 is 2 % of what a channel has on average. Nobody without contacts is in the paths, and
what people do without them is nobody's.

Two worlds are of the form that the learned models fit: log odds with terms for pairs and, where
order counts, for first, last and who came first. Two are not (chances that add up; effects that
fade with the steps after them), and have no bar. Coverage is of each method's own value in the
population: an interval says how far chance may have moved a figure, not how far it is from truth.

Reads: nothing; worlds are made up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from settee.core import AttributionSettings
from settee.measure import Paths, attribute, shapley_exact

ID = "quality/attribution-sim"
SUMMARY = "credit against known effects, and coverage of its intervals, in made-up worlds"

Floats = NDArray[np.float64]
Steps = tuple[int, ...]
_LIMITS = {"sets": 0.02, "ordered": 0.04}
_PEOPLE = {"credit": 4_000_000, "coverage": 40_000}


@dataclass(frozen=True)
class World:
    """Paths, how common each is, and the chance of any path."""

    n: int
    paths: list[Steps]
    share: Floats
    chance: Callable[[Steps], float]

    def truth(self) -> Floats:
        """(n,) share of what contacts added that each channel has."""
        out = np.zeros(self.n)
        for path, share in zip(self.paths, self.share, strict=True):
            met = sorted(set(path))
            worth = [
                self.chance(tuple(one for one in path if one in met and mask >> met.index(one) & 1))
                for mask in range(1 << len(met))
            ]
            out[met] += share * shapley_exact(np.array(worth))
        return out / out.sum()

    def drawn(self, n_people: int, rng: np.random.Generator | None) -> Paths:
        """What so many people, give or take chance, met; without a generator what is expected."""
        chances = np.array([self.chance(path) for path in self.paths])
        weights = [n_people * self.share * part for part in (chances, 1 - chances)]
        if rng is not None:
            weights = [rng.poisson(weight).astype(np.float64) for weight in weights]
        return Paths(
            tuple(f"channel {number}" for number in range(self.n)),
            np.cumsum([0, *map(len, self.paths)]),
            np.concatenate([np.array(path, np.int32) for path in self.paths]),
            weights[0],
            weights[1],
            weights[0] * 1000,
        )


def _logistic(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))


def make_world(kind: str, n: int, n_paths: int, seed: int) -> World:
    """A world: "sets", "ordered", "adding" or "fading"."""
    rng = np.random.default_rng(seed)
    main, pairs = rng.uniform(0.2, 1.0, n), rng.normal(0, 0.3, (n, n))
    first, last = rng.normal(0, 0.3, n), rng.normal(0, 0.3, n)
    both = (pairs + pairs.T) / 2
    adds, joint = rng.uniform(0.01, 0.04, n), rng.normal(0, 0.004, (n, n))

    def chance(path: Steps) -> float:
        met = list(dict.fromkeys(path))
        ahead = [(a, b) for place, a in enumerate(met) for b in met[place + 1 :]]
        if kind == "adding":
            together = sum(float(joint[min(pair), max(pair)]) for pair in ahead)
            return float(0.02 + adds[met].sum() + together)
        log_odds = -3.5 + float(main[met].sum())
        if kind == "fading":
            weights = {one: 0.6 ** (len(path) - 1 - at) for at, one in enumerate(path)}
            return _logistic(-3.5 + sum(2 * main[one] * part for one, part in weights.items()))
        if kind == "sets":
            return _logistic(log_odds + sum(float(both[pair]) for pair in ahead))
        ends = float(first[met[0]] + last[path[-1]]) if path else 0.0
        return _logistic(log_odds + ends + sum(float(pairs[pair]) for pair in ahead))

    every = [path for size in (1, 2, 3, 4) for path in permutations(range(n), size)]
    some = [every[place] for place in sorted(rng.choice(len(every), n_paths, replace=False))]
    paths = [(number,) for number in range(n)] + [path for path in some if len(path) > 1]
    again = [(*path, path[0]) for path in paths if len(path) == 2]  # some meet a channel twice
    paths += again
    common = rng.gamma(1.0, 1.0, len(paths)) * np.array([0.6 ** len(path) for path in paths])
    return World(n, paths, common / common.sum(), chance)


def run(context: Context) -> Result:
    """Error of each method in four kinds of worlds, then coverage in two."""
    figures: dict[str, float] = {}
    bars: dict[str, Bar] = {}
    for kind in ("sets", "ordered", "adding", "fading"):
        errors = _errors(kind, 2 if context.quick else 5, context.seed)
        best = min(errors, key=lambda name: errors[name])
        context.log(f"{kind}: {best} is nearest")
        figures |= {f"{kind}.{name}.error": round(value, 4) for name, value in errors.items()}
        if kind in _LIMITS:
            bars[f"{kind}: error of the best method"] = Bar(errors[best], _LIMITS[kind])
    for kind in ("sets", "ordered"):
        held = _coverage(kind, 20 if context.quick else 200, context.seed)
        figures |= {f"{kind}.{name}": round(value, 4) for name, value in held.items()}
        value = held["coverage"]
        bars[f"{kind}: coverage, least"] = Bar(value, 0.93, at_most=False)
        bars[f"{kind}: coverage, most"] = Bar(value, 0.97)
    return Result(figures, bars)


def _settings(bootstrap: int) -> AttributionSettings:
    return AttributionSettings(worth="learned", bootstrap=bootstrap, order=1, min_people=1)


def _errors(kind: str, n_worlds: int, seed: int) -> dict[str, float]:
    """Mean error of each method over worlds; `shapley` is that of the worth named behind it."""
    found: dict[str, list[float]] = {}
    for number in range(n_worlds):
        world = make_world(kind, 6, 150, seed + number)
        truth = world.truth()
        paths = world.drawn(_PEOPLE["credit"], np.random.default_rng([seed, number]))
        for worth in ("learned", "empirical", "reachable"):
            settings = _settings(0).model_copy(update={"worth": worth})
            for one in attribute(paths, settings, seed).methods:
                named = one.method in ("shapley", "hybrid")
                name = f"{one.method}_{worth}" if named else one.method
                if named or worth == "learned":
                    error = float(np.abs(one.share - truth).sum())
                    found.setdefault(name, []).append(error)
        even = float(np.abs(1 / world.n - truth).sum())
        found.setdefault("even", []).append(even)
    return {name: float(np.mean(errors)) for name, errors in found.items()}


def _coverage(kind: str, n_draws: int, seed: int) -> dict[str, float]:
    """How often the 95 % intervals of each method hold its own value in the population."""
    world = make_world(kind, 4, 40, seed)
    expected = world.drawn(_PEOPLE["coverage"], None)
    held: dict[str, list[Floats]] = {}
    aims = {one.method: one for one in attribute(expected, _settings(0), seed).methods}
    for draw in range(n_draws):
        paths = world.drawn(_PEOPLE["coverage"], np.random.default_rng([seed, draw]))
        for one in attribute(paths, _settings(100), draw).methods:
            aim = aims[one.method]
            counted = (one.conversions_low <= aim.conversions) & (
                aim.conversions <= one.conversions_high
            )
            shared = (one.share_low <= aim.share) & (aim.share <= one.share_high)
            held.setdefault(one.method, []).append(np.concatenate([counted, shared]))
    out = {f"{method}.coverage": float(np.mean(rows)) for method, rows in held.items()}
    return {"coverage": float(np.mean(list(out.values()))), **out}
