"""Count how often the interval of a lift holds the truth, where nothing changed.

Both arms are drawn alike, so the truth is 0: lopsided revenue (one in ten buys, lognormal amounts)
and households of one to four (half of what a person does is what the household does). Beside it
Welch's interval alone, which a small holdout of lopsided revenue breaks.

Reads / Writes: nothing.
"""

import math
from collections.abc import Callable

import numpy as np

from bench.harness import Bar, Context, Result
from settee.measure import Outcomes, lift

ID = "quality/lift-coverage"
SUMMARY = "how often 95 % intervals of a lift hold the truth: lopsided revenue, households"

_DRAWS = 1000
_LEAST = 0.93
_Z = 1.96
Draw = Callable[[np.random.Generator, int], Outcomes]


def _revenue(rng: np.random.Generator, n: int) -> Outcomes:
    paid = np.exp(rng.normal(3.0, 1.0, n))
    return Outcomes.of(np.where(rng.random(n) < 0.1, paid, 0.0), kind="amount")


def _home(rng: np.random.Generator, n: int, *, is_amount: bool) -> Outcomes:
    size = rng.integers(1, 5, n)
    home = np.repeat(np.arange(n), size)
    base, own = rng.random(n) < 0.2, rng.random(len(home)) < 0.2
    did = np.where(rng.random(len(home)) < 0.5, base[home], own)
    worth = np.exp(rng.normal(3.0, 1.0, n))[home] if is_amount else 1.0
    return Outcomes.of(did * worth, home, kind="amount" if is_amount else "share")


def _home_revenue(rng: np.random.Generator, n: int) -> Outcomes:
    return _home(rng, n, is_amount=True)


def _home_share(rng: np.random.Generator, n: int) -> Outcomes:
    return _home(rng, n, is_amount=False)


WORLDS: tuple[tuple[str, Draw, int, int], ...] = (
    ("revenue", _revenue, 1000, 1000),
    ("revenue", _revenue, 9000, 1000),
    ("revenue", _revenue, 900, 100),
    ("revenue", _revenue, 180, 20),
    ("home_revenue", _home_revenue, 450, 50),
    ("home_revenue", _home_revenue, 180, 20),
    ("home_share", _home_share, 450, 50),
    ("home_share", _home_share, 180, 20),
)


def run(context: Context) -> Result:
    """Draw each world again and again."""
    n_draws = 100 if context.quick else _DRAWS
    figures: dict[str, float] = {}
    welch: dict[str, float] = {}
    for kind, draw, n, m in WORLDS:
        rng = np.random.default_rng(context.seed)
        name = f"{kind}_{n}_{m}"
        held = by_welch = with_ratio = ratio_held = 0
        for _ in range(n_draws):
            one, other = draw(rng, n), draw(rng, m)
            found = lift(one, other)
            gap, ratio = found.difference, found.ratio
            held += gap is not None and gap.low <= 0 <= gap.high
            error = math.sqrt(one.variance + other.variance)
            by_welch += abs(one.mean - other.mean) <= _Z * error
            with_ratio += ratio is not None
            ratio_held += ratio is not None and ratio.low <= 1 <= ratio.high
        figures[name] = held / n_draws
        figures[f"{name}_ratio_told"] = with_ratio / n_draws
        figures[f"{name}_ratio"] = ratio_held / with_ratio if with_ratio else math.nan
        welch[name] = by_welch / n_draws
        context.log(f"{name}: {figures[name]:.3f}, Welch's alone {welch[name]:.3f}")
    told = [f"{kind}_{n}_{m}" for kind, _, n, m in WORLDS]
    bars = {name: Bar(figures[name], _LEAST, at_most=False) for name in told}
    return Result(figures, bars, {"welch": welch})
