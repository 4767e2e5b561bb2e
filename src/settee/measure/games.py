"""Share what a coalition earns by what each member adds to it: the Shapley value.

Members join one after another; each is paid what the worth grows by at that moment, averaged over
all orders. Worth of {a} is 6, of {b} 0, of both 10: a adds 6 or 10, b adds 4 or 0, so a gets 8 and
b gets 2.

Reads / Writes: nothing.
Source: Shapley (1953), "A Value for n-Person Games"; Castro et al. (2009) for drawn orders;
Mitchell et al. (2022) for pairs of an order and its reverse.
Not here: what channels are worth (measure.games_paths, measure.games_reach, measure.learned).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import BadInput

Floats = NDArray[np.float64]
Worth = Callable[[NDArray[np.bool_]], Floats]
"""(m, n) bool, one coalition a row, to (m,) float64."""

MAX_EXACT = 20
_ROWS = 1 << 16  # coalitions asked for at once; only memory hangs on it


class NoGame(BadInput):
    """The worths given are not those of all coalitions of at most 20 members."""

    code = "no_game"


def shapley_exact(worth: NDArray[Any]) -> Floats:
    """Shapley values of a game whose every coalition is known.

    Args:
        worth: (2 ** n,) worth of each coalition, n at most 20; bit i of the position says whether
            member i is in it. What the empty one is worth is nobody's.

    Returns:
        (n,) float64, summing to ``worth[-1] - worth[0]``.

    Raises:
        NoGame: The number of worths is no power of two, or above 2 ** 20, or one is no number.

    >>> shapley_exact(np.array([0.0, 6.0, 0.0, 10.0])).tolist()
    [8.0, 2.0]
    """
    table = np.ascontiguousarray(worth, np.float64)
    n = len(table).bit_length() - 1 if table.ndim == 1 and len(table) else -1
    if n < 0 or len(table) != 1 << n or n > MAX_EXACT:
        raise NoGame(
            f"worths have the shape {table.shape}; a game of n members has 2 ** n worths, and n "
            f"is 0 to {MAX_EXACT}.",
            hint="Draw orders with shapley_sampled where there are more members.",
        )
    if not np.isfinite(table).all():
        raise NoGame("a worth is infinite or no number; every coalition needs a finite worth.")
    shares: Floats = _exact(table, n, order_shares(n))
    return shares


def order_shares(n: int) -> Floats:
    """(n,) share of all orders in which one given coalition of that size comes before a member."""
    shares = np.empty(n, np.float64)
    share = 1.0 / max(n, 1)
    for size in range(n):
        shares[size] = share
        share *= (size + 1) / max(n - 1 - size, 1)
    return shares


@njit(cache=True, nogil=True)
def _exact(worth: Floats, n: int, share: Floats) -> Floats:
    size = np.zeros(len(worth), np.int8)
    for members in range(1, len(worth)):
        size[members] = size[members >> 1] + (members & 1)
    out = np.zeros(n, np.float64)
    for member in range(n):
        bit = 1 << member
        total = 0.0
        for high in range(0, len(worth), bit << 1):
            for members in range(high, high + bit):
                total += share[size[members]] * (worth[members | bit] - worth[members])
        out[member] = total
    return out


def shapley_sampled(worth: Worth, n: int, *, n_pairs: int, seed: int) -> tuple[Floats, Floats]:
    """Shapley values estimated from drawn orders, each with its reverse.

    Whoever comes early in an order comes late in its reverse, so that their errors partly cancel.

    Args:
        worth: Worth of coalitions: (m, n) bool to (m,) float64.
        n: Members, at least 1.
        n_pairs: Pairs of orders, at least 2.
        seed: Seed of the orders; changes results within the standard error.

    Returns:
        (n,) values that sum to the worth of all less that of nobody, but for rounding, and (n,)
        standard errors.

    Raises:
        NoGame: There is no member, or fewer than two pairs.

    >>> alone = np.array([1.0, 2.0])
    >>> value, error = shapley_sampled(lambda sets: sets @ alone, 2, n_pairs=2, seed=1)
    >>> value.tolist(), error.tolist()
    ([1.0, 2.0], [0.0, 0.0])
    """
    if n < 1 or n_pairs < 2:
        raise NoGame(f"{n} members and {n_pairs} pairs; it takes 1 member and 2 pairs at least.")
    rng = np.random.default_rng(seed)
    at_once = max(1, _ROWS // (2 * (n + 1)))
    parts = []
    for start in range(0, n_pairs, at_once):
        forth = np.argsort(rng.random((min(at_once, n_pairs - start), n)), axis=1, kind="stable")
        parts.append((_added(worth, forth) + _added(worth, forth[:, ::-1])) / 2)
    added = np.concatenate(parts)  # (n_pairs, n)
    return added.mean(axis=0), added.std(axis=0, ddof=1) / np.sqrt(n_pairs)


def _added(worth: Worth, orders: NDArray[np.int64]) -> Floats:
    """(r, n): what each member adds in each of r orders."""
    n_orders, n = orders.shape
    place = np.argsort(orders, axis=1)  # place[r, member]
    met = place[:, None, :] < np.arange(n + 1)[None, :, None]  # (r, n + 1, n)
    worths = worth(met.reshape(-1, n)).reshape(n_orders, n + 1)
    gains = np.diff(worths, axis=1)
    return np.asarray(np.take_along_axis(gains, place, axis=1), np.float64)


def coalitions(n: int) -> NDArray[np.bool_]:
    """(2 ** n, n) bool: every coalition, in the order that `shapley_exact` takes.

    >>> coalitions(2).astype(int).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return ((np.arange(1 << n)[:, None] >> np.arange(n)) & 1).astype(np.bool_)


def shapley_game(
    worth: Worth, n: int, *, max_exact: int, n_pairs: int, seed: int
) -> tuple[Floats, Floats]:
    """Shapley values, exact up to `max_exact` members and from drawn orders above.

    Args:
        worth: As for `shapley_sampled`.
        n: Members.
        max_exact: Members up to which every coalition is asked for, at most 20.
        n_pairs: As for `shapley_sampled`.
        seed: As for `shapley_sampled`.

    Returns:
        (n,) values and (n,) standard errors, 0 where exact.

    Raises:
        NoGame: See `shapley_exact` and `shapley_sampled`.

    >>> worth = lambda sets: sets.sum(axis=1).astype(float)
    >>> shapley_game(worth, 2, max_exact=2, n_pairs=2, seed=1)[0].tolist()
    [1.0, 1.0]
    """
    if n > max_exact:
        return shapley_sampled(worth, n, n_pairs=n_pairs, seed=seed)
    every = coalitions(n)
    parts = [worth(every[start : start + _ROWS]) for start in range(0, len(every), _ROWS)]
    return shapley_exact(np.concatenate(parts)), np.zeros(n)
