"""Count for EASE what may leave a silo, and solve EASE from counts that were added up elsewhere.

EASE needs no events, only how often two items come together, and such counts of several silos add
up to those of all. With items (a, b) and accounts {a}, {a, b}, {b} the cells are the upper triangle
(a with a: 2, a with b: 1, b with b: 2) and, behind it, the number of events over `max_history`.

One account moves the cells by at most `bound`: with n of its latest items at n^-power each,
n (n + 1) / 2 cells change by n^-power.

Reads: interest events.  Writes: nothing.
Noise is taken off afterwards, which costs no privacy: items that it drowns are left out, and of the
rest only directions stay whose eigenvalue lies above what noise alone reaches, 2 sigma sqrt(m).

Not here: how the counts are added up without being seen (federation), EASE itself (ease).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.ease import Ease, solve_weights
from settee.candidates.histories import read_only
from settee.candidates.matrix import wanted
from settee.core import BadInput, SourceSettings
from settee.events import Interactions

_CLEAR = 3.0
"""An item is modelled where its count is so many deviations of the noise above 0."""


class BadCounts(BadInput):
    """Summed counts do not fit the items that they are said to be of."""

    code = "bad_counts"


def n_count_cells(n_items: int) -> int:
    """Cells of the counts of n items: the upper triangle, and one for the events."""
    return n_items * (n_items + 1) // 2 + 1


def account_bound(max_history: int, power: float) -> float:
    """What one account may change in all cells together (L2).

    >>> round(account_bound(1, 0.5) ** 2, 6), round(account_bound(20, 0.5) ** 2, 6)
    (2.0, 11.5)
    """
    n = np.arange(1, max_history + 1, dtype=np.float64)
    squares = n ** (-2.0 * power) * n * (n + 1) / 2 + (n / max_history) ** 2
    return float(np.sqrt(squares.max()))


def co_counts(
    interactions: Interactions,
    places: NDArray[np.int32],
    max_history: int,
    power: float,
) -> NDArray[np.float64]:
    """How often items come together, as one vector.

    Args:
        interactions: Events; only those of interest count.
        places: (m,) position of each counted item in the item space, -1 where there is none.
        max_history: Only that many latest distinct counted items per account.
        power: An account of n of them counts n to minus this power.

    Returns:
        (n_count_cells(m),) float64.
    """
    m = len(places)
    cell_of = np.full(interactions.n_items, -1, np.int32)
    known = np.flatnonzero(places >= 0)
    cell_of[places[known]] = known
    cells = wanted(interactions.where(cell_of[interactions.item] >= 0), max_history)
    sizes = np.diff(cells.indptr)
    weight = np.maximum(sizes, 1).astype(np.float64) ** -power
    out = np.zeros(n_count_cells(m))
    _add_pairs(cells.indptr, cell_of[cells.index], weight, m, out)
    out[-1] = sizes.sum() / max_history
    return out


@njit(cache=True, nogil=True)
def _add_pairs(
    indptr: NDArray[np.int64],
    index: NDArray[np.int32],
    weight: NDArray[np.float64],
    m: int,
    out: NDArray[np.float64],
) -> None:
    for row in range(len(indptr) - 1):
        mine = np.sort(index[indptr[row] : indptr[row + 1]])
        for one in range(len(mine)):
            a = np.int64(mine[one])
            start = a * m - a * (a - 1) // 2 - a
            for two in range(one, len(mine)):
                out[start + mine[two]] += weight[row]


def ease_of_counts(
    counts: NDArray[np.float64],
    n_items: int,
    settings: SourceSettings,
    max_history: int,
    power: float,
    sigma: float = 0.0,
) -> Ease:
    """EASE from counts that were added up; without noise the same as from all events at once.

    Args:
        counts: (n_count_cells(n_items),) sums over all silos.
        n_items: Items that were counted.
        settings: Ridge, dropout and broadest tastes; the weights stay dense.
        max_history: With which the silos counted.
        power: With which the silos counted.
        sigma: Deviation of the noise in every cell.

    Raises:
        BadCounts: If there is not one number per cell.
        SolveFailed: If the matrix could not be inverted.
    """
    if len(counts) != n_count_cells(n_items):
        raise BadCounts(
            f"{len(counts):,} counts for {n_items:,} items; {n_count_cells(n_items):,} are needed."
        )
    own = _diagonal(counts, n_items)
    items = np.flatnonzero(own > _CLEAR * sigma)
    scale = _scale(float(own.sum()), float(counts[-1]) * max_history, power)
    gram = np.zeros((len(items), len(items)), np.float32)
    _unpack(counts, items, n_items, scale, gram)
    if sigma:
        gram = _without_noise(gram, sigma * scale)
    weight = solve_weights(gram, settings)
    return Ease(n_items, read_only(items.astype(np.int32)), read_only(weight))


def _diagonal(counts: NDArray[np.float64], n_items: int) -> NDArray[np.float64]:
    """(n_items,) the cells of each item with itself."""
    sizes = np.arange(n_items, 0, -1)
    own: NDArray[np.float64] = counts[np.cumsum(sizes) - sizes] if n_items else np.empty(0)
    return own


def _without_noise(upper: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """The part of a noisy symmetric matrix that noise alone does not make.

    Args:
        upper: (m, m) of which the upper triangle counts.
        sigma: Deviation of the noise in its cells.
    """
    from scipy.linalg import eigh  # loads much, and serving needs none

    m = len(upper)
    if m == 0:
        return upper
    least = 2.0 * sigma * m**0.5
    value, vector = eigh(upper, lower=False, subset_by_value=(least, np.inf))
    clear: NDArray[np.float32] = np.ascontiguousarray((vector * value) @ vector.T, np.float32)
    return clear


def _scale(weighed: float, events: float, power: float) -> float:
    """What makes the mean weight of an event 1, as candidates.matrix.account_weights does."""
    return events / weighed if power and weighed > 0 and events > 0 else 1.0


@njit(cache=True, nogil=True)
def _unpack(
    counts: NDArray[np.float64],
    items: NDArray[np.int64],
    m: int,
    scale: float,
    gram: NDArray[np.float32],
) -> None:
    for one in range(len(items)):
        a = items[one]
        start = a * m - a * (a - 1) // 2 - a
        for two in range(one, len(items)):
            gram[one, two] = counts[start + items[two]] * scale


def moved(source: Ease, places: NDArray[np.int32], n_items: int) -> Ease:
    """The same weights in another item space.

    Args:
        source: In a space of len(places) items.
        places: (m,) position of each of its items in the other space, -1 where there is none.
        n_items: Size of the other space.
    """
    to = places[source.items]
    known = np.flatnonzero(to >= 0)
    known = known[np.argsort(to[known], kind="stable")]
    weight = np.ascontiguousarray(source.weight[np.ix_(known, known)])
    return Ease(n_items, read_only(to[known].astype(np.int32)), read_only(weight))
