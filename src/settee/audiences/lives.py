"""Fit what models of buying till you stop share: four positive numbers by likelihood, as columns.

Such a model says: everybody buys at random at a rate of their own until they silently stop. Time is
brought to ten at the oldest unit before the fit, so that a penalty means the same in every shop.
Equal histories are counted once, and over 20,000 different ones an even sample is taken.

Reads / Writes: nothing.
Not here: the models (audiences.bgnbd, audiences.pareto_nbd).
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from settee.audiences.purchases import Purchases, TooFewPurchases

Column = NDArray[np.float64]
Loss = Callable[[Column, Column, Column, Column], Column]
"""(4,) numbers, then frequency, recency and age of units: (n,) log-likelihoods."""

_MOST: Final = 20_000
_LEAST_REPEATS: Final = 10
_OLDEST: Final = 10.0
_BOUND: Final = 12.0
_NOWHERE: Final = 1e9
_ROUGH: Final = (2e-9, 1e-5)
_FINE: Final = (1e-13, 1e-8)
"""Gain and slope under which a descent ends."""
_MOST_STEPS: Final = 500


def fit_four(
    purchases: Purchases, likelihood: Loss, penalty: float, times: tuple[int, ...]
) -> tuple[float, float, float, float]:
    """The four numbers under which what was bought is likeliest.

    Args:
        purchases: Of all units.
        likelihood: Log-likelihood of each unit.
        penalty: Times the sum of squares, on top of the mean log-likelihood.
        times: Places of numbers that are times, in days.

    Raises:
        TooFewPurchases: If fewer than 10 units came back.
    """
    n_repeats = int(np.count_nonzero(purchases.frequency))
    if n_repeats < _LEAST_REPEATS:
        raise TooFewPurchases(
            f"{n_repeats} units bought on two days or more; at least {_LEAST_REPEATS} must have.",
            hint="Import a longer past, or rank by the activity score.",
        )
    columns = (purchases.frequency, purchases.recency_days, purchases.age_days)
    rows, weight = np.unique(np.stack(columns, axis=1), axis=0, return_counts=True)
    if len(rows) > _MOST:
        keep = np.linspace(0, len(rows) - 1, _MOST).astype(np.int64)
        rows, weight = rows[keep], weight[keep]
    scale = _OLDEST / max(float(purchases.age_days.max()), 1e-9)
    x, t_x, age = rows[:, 0], rows[:, 1] * scale, rows[:, 2] * scale
    share = weight / weight.sum()

    def loss(log_numbers: Column) -> float:
        numbers = np.exp(log_numbers)
        with np.errstate(all="ignore"):  # far from any answer powers overflow; that is no answer
            mean = float(share @ likelihood(numbers, x, t_x, age))
        return penalty * float(numbers @ numbers) - mean if np.isfinite(mean) else _NOWHERE

    starts = (_descend(loss, np.full(4, start), _ROUGH) for start in (0.0, -1.0))
    rough = min(starts, key=lambda found: found[0])
    numbers = np.exp(_descend(loss, rough[1], _FINE)[1])
    for place in times:
        numbers[place] /= scale
    r, alpha, a, b = numbers.tolist()
    return r, alpha, a, b


def _descend(
    loss: Callable[[Column], float], start: Column, ends: tuple[float, float]
) -> tuple[float, Column]:
    gain, slope = ends
    found = minimize(
        loss, start, method="L-BFGS-B", bounds=[(-_BOUND, _BOUND)] * len(start),
        options={"maxiter": _MOST_STEPS, "ftol": gain, "gtol": slope},
    )  # fmt: skip
    return float(found.fun), np.asarray(found.x, np.float64)
