"""Hold orders of people beside each other: who was reached at each size, and how sure that is.

Of 100 who responded the first tenth of one order held 40, that of another 25: gains of .4 and .25,
lifts of 4 and 2.5. Intervals draw people again, each a Poisson(1) number of times, for all orders
and items at once, so that the lead of one order over another has an interval too. Equal scores are
put in order by lot.

Reads / Writes: nothing.
Source: Hanley & MacGibbon (2006), "Creating non-parametric bootstrap samples using Poisson
    frequencies".
Not here: whom each order puts first (audiences.trial), calibration (audiences.curves).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.audiences.curves import BadCurve
from settee.events import Progress, no_progress

Scores = NDArray[np.floating]
OWN: Final = "settee"
"""The order whose lead over each other one is told."""
DECILES: Final = tuple(number / 10 for number in range(1, 11))
_ENDS: Final = (0.025, 0.975)


class Measured(msgspec.Struct, frozen=True):
    """A figure with its 95 % interval over people.

    Args:
        value: On the people as they are.
        low: Lower end.
        high: Upper end.
    """

    value: float
    low: float
    high: float


class AtSize(msgspec.Struct, frozen=True):
    """What the first people of an order were worth.

    Args:
        n: How many people.
        precision: Share of them who responded.
        recall: Share of those who responded that they are.
        behind: settee's precision less this one's; absent for settee's own.
    """

    n: int
    precision: Measured
    recall: Measured
    behind: Measured | None = None


class OrderCurve(msgspec.Struct, frozen=True):
    """What one order was worth.

    Args:
        order: Such as settee, random, popularity, activity_score, recency_frequency.
        gain: At each tenth of people, the share of all responses that those have.
        lift: The same over the tenth itself: times as many as in any order whatever.
        sizes: What the first people were worth.
    """

    order: str
    gain: list[Measured]
    lift: list[Measured]
    sizes: list[AtSize]


@dataclass(frozen=True)
class Resampling:
    """How intervals are drawn.

    Args:
        n: Times that people are drawn again.
        seed: Draws them, and puts equal scores in order.
    """

    n: int = 200
    seed: int = 7


def compare_orders(
    scores: Mapping[str, Scores],
    responded: NDArray[np.bool_],
    sizes: Sequence[int],
    resampling: Resampling,
    progress: Progress = no_progress,
) -> list[OrderCurve]:
    """What each order was worth, all items together.

    Args:
        scores: By name; (n_people,) of an order that is the same for each item, or (n_items,
            n_people). One of them is called settee.
        responded: (n_items, n_people) bool; somebody responded to something.
        sizes: Numbers of people at which precision and recall are told.
        resampling: How intervals are drawn.
        progress: Told how often people were drawn again.

    Raises:
        BadCurve: If shapes differ, nobody is there, or nobody responded.
    """
    _check(scores, responded)
    rng = np.random.default_rng(resampling.seed)
    n_items, n_people = responded.shape
    lot = rng.random((n_people,))
    orders = {name: _orders(one, lot) for name, one in scores.items()}
    ends = np.array([*DECILES, *(min(size, n_people) / n_people for size in sizes)])
    # (orders, draws, ends) responses among the first, and (draws,) all of them
    hits = np.zeros((len(orders), resampling.n + 1, len(ends)))
    total, n_drawn = np.zeros(resampling.n + 1), np.zeros(resampling.n + 1)
    for draw in range(resampling.n + 1):
        progress("curves", draw, resampling.n + 1)
        times = np.ones(n_people) if draw == 0 else rng.poisson(1.0, (n_people,)).astype(np.float64)
        total[draw], n_drawn[draw] = sum(times @ came for came in responded), times.sum()
        for place, rows in enumerate(orders.values()):
            for item in range(n_items):
                order = rows[item if len(rows) > 1 else 0]
                _first(order, responded[item], times, ends, hits[place, draw])
    progress("curves", resampling.n + 1, resampling.n + 1)
    gain = hits / np.maximum(total, 1e-12)[:, np.newaxis]
    precision = hits / np.maximum(ends * n_drawn[:, np.newaxis] * n_items, 1e-12)
    own = list(orders).index(OWN)
    return [
        _told(
            name, gain[place], precision[place], precision[own], [min(n, n_people) for n in sizes]
        )
        for place, name in enumerate(orders)
    ]


def _told(
    name: str,
    gain: NDArray[np.float64],
    precision: NDArray[np.float64],
    own: NDArray[np.float64],
    sizes: Sequence[int],
) -> OrderCurve:
    """One order; columns are (draws, tenths and then sizes)."""
    n = len(DECILES)
    at_sizes = [
        AtSize(
            size,
            _measured(precision[:, place]),
            _measured(gain[:, place]),
            None if name == OWN else _measured(own[:, place] - precision[:, place]),
        )
        for place, size in enumerate(sizes, start=n)
    ]
    lift = gain[:, :n] / np.array(DECILES)
    gains, lifts = ([_measured(column) for column in one.T] for one in (gain[:, :n], lift))
    return OrderCurve(name, gains, lifts, at_sizes)


def _measured(drawn: NDArray[np.float64]) -> Measured:
    """The first is what was measured, the others were drawn again."""
    value = float(drawn[0])
    low, high = np.quantile(drawn[1:], _ENDS).tolist() if len(drawn) > 1 else (value, value)
    return Measured(value, low, high)


def _orders(score: Scores, lot: NDArray[np.float64]) -> list[NDArray[np.int64]]:
    """(n_people,) people as each row puts them; one row where all items are alike."""
    rows = score.reshape(-1, len(lot))
    return [np.asarray(np.lexsort((lot, -row)), np.int64) for row in rows]


@njit(cache=True, nogil=True)
def _first(
    order: NDArray[np.int64],
    responded: NDArray[np.bool_],
    times: NDArray[np.float64],
    ends: NDArray[np.float64],
    hits: NDArray[np.float64],
) -> None:
    """Add to `hits` the responses among the first of an order, up to each end (a share of all)."""
    n_all = times.sum()
    by_end = np.argsort(ends)
    taken, found, place = 0.0, 0.0, 0
    for row in range(len(order)):
        person = order[row]
        weight = times[person]
        while place < len(ends) and ends[by_end[place]] * n_all <= taken + weight:
            part = ends[by_end[place]] * n_all - taken
            hits[by_end[place]] += found + (part if responded[person] else 0.0)
            place += 1
        taken += weight
        if responded[person]:
            found += weight
    while place < len(ends):  # where a sum of shares was rounded up
        hits[by_end[place]] += found
        place += 1


def _check(scores: Mapping[str, Scores], responded: NDArray[np.bool_]) -> None:
    if responded.ndim != 2 or not responded.any():
        raise BadCurve("nobody responded to any item; curves need at least one response.")
    if OWN not in scores:
        raise BadCurve(f"no order is called {OWN}; the others are held against it.")
    for name, score in scores.items():
        if score.shape not in (responded.shape, responded.shape[1:]):
            raise BadCurve(
                f"the order {name} has the shape {score.shape}; {responded.shape[1:]} or "
                f"{responded.shape} is expected."
            )
