"""Say what an order of people is worth where a trial was randomised: Qini and uplift by tenths.

Address the first 30 % of the order: what is gained is .3 times the difference of the outcomes of
those among them who were addressed and who were not. The Qini figure is the area between that curve
and the straight line of an order by chance, per unit of the trial. Equal scores are taken together,
so the order of a file gains nothing. Intervals draw the units again by Poisson weights; what is
compared is drawn together.

Reads / Writes: nothing.
Source: Radcliffe (2007), "Using Control Groups to Target on Predicted Lift".
Not here: scores (audiences.uplift).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from settee.audiences.uplift import Trial

Column = NDArray[np.float64]
_GRID: Final = np.linspace(0.0, 1.0, 101)
_Z: Final = 1.959963984540054


@dataclass(frozen=True)
class Qini:
    """The area over chance, with its 95 % interval.

    Args:
        value: Outcomes per unit.
        low: Of the interval.
        high: Of the interval.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Part:
    """One part of an order.

    Args:
        n_treated: Units that were addressed.
        n_control: Units that were not.
        uplift: Difference of their mean outcomes; None where a side has under two units.
        low: Of its 95 % interval (Welch), or None.
        high: Of its interval, or None.
    """

    n_treated: int
    n_control: int
    uplift: float | None
    low: float | None
    high: float | None


def qini_curve(score: Column, trial: Trial, weight: Column | None = None) -> tuple[Column, Column]:
    """Gain by addressing the first part of an order.

    Args:
        score: (n,) the higher, the earlier.
        trial: What came of it.
        weight: (n,) how often each unit counts; None is once.

    Returns:
        (101,) shares from 0 to 1, and (101,) gain per unit of the trial at each.
    """
    return _curve(*_order(score), trial, np.ones(len(score)) if weight is None else weight)


def _order(score: Column) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(n,) places, the highest first, and which of them is the last of equal ones."""
    order = np.argsort(-score, kind="stable")
    return order, np.append(np.diff(score[order]) != 0, True)


def _curve(
    order: NDArray[np.int64], last: NDArray[np.bool_], trial: Trial, weight: Column
) -> tuple[Column, Column]:
    w, t, y = weight[order], trial.treated[order], trial.outcome[order]
    n_t, n_c = np.cumsum(w * t)[last], np.cumsum(w * ~t)[last]
    y_t, y_c = np.cumsum(w * y * t)[last], np.cumsum(w * y * ~t)[last]
    share = (n_t + n_c) / (n_t[-1] + n_c[-1])
    with np.errstate(invalid="ignore", divide="ignore"):
        gain = share * (y_t / n_t - y_c / n_c)
    both = (n_t > 0) & (n_c > 0)
    found = np.interp(_GRID, np.append(0.0, share[both]), np.append(0.0, gain[both]))
    return _GRID, found


def qini(
    scores: Mapping[str, Column], trial: Trial, n_draws: int = 200, seed: int = 7
) -> dict[str, Qini]:
    """Qini of several orders, and of the first one less each other ("first - other").

    Args:
        scores: Name to (n,) scores; or to (R, n) scores of R ways to part the rows, whose areas are
            averaged, so that how rows were parted matters less.
        trial: What came of it.
        n_draws: For the intervals (changes them only).
        seed: Of the draws.
    """
    rng = np.random.default_rng(seed)
    n = len(trial.treated)
    areas = {name: np.zeros(n_draws + 1) for name in scores}
    orders = {
        name: [_order(score) for score in np.atleast_2d(several)]
        for name, several in scores.items()
    }
    for draw in range(n_draws + 1):
        weight = rng.poisson(1.0, n).astype(np.float64) if draw else np.ones(n)
        for name, several in orders.items():
            for order, last in several:
                share, gain = _curve(order, last, trial, weight)
                area = np.trapezoid(gain - share * gain[-1], share)
                areas[name][draw] += area / len(several)
    first = next(iter(scores))
    found = {name: _figure(area) for name, area in areas.items()}
    for name in list(scores)[1:]:
        found[f"{first} - {name}"] = _figure(areas[first] - areas[name])
    return found


def _figure(area: Column) -> Qini:
    low, high = np.quantile(area[1:], (0.025, 0.975)) if len(area) > 1 else (area[0], area[0])
    return Qini(float(area[0]), float(low), float(high))


def uplift_by_part(score: Column, trial: Trial, n_parts: int = 10) -> tuple[Part, ...]:
    """Uplift within each tenth of an order, the first tenth first.

    Args:
        score: (n,) the higher, the earlier; equal ones in the order they came.
        trial: What came of it.
        n_parts: How many parts.
    """
    order = np.argsort(-score, kind="stable")
    return tuple(_part(rows, trial) for rows in np.array_split(order, n_parts))


def _part(rows: NDArray[np.int64], trial: Trial) -> Part:
    t, y = trial.treated[rows], trial.outcome[rows]
    with_it, without = y[t], y[~t]
    if min(len(with_it), len(without)) < 2:
        return Part(len(with_it), len(without), None, None, None)
    uplift = float(with_it.mean() - without.mean())
    wide = _Z * float(
        np.sqrt(with_it.var(ddof=1) / len(with_it) + without.var(ddof=1) / len(without))
    )
    return Part(len(with_it), len(without), uplift, uplift - wide, uplift + wide)
