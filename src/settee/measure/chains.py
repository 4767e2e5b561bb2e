"""Fit a Markov chain to paths: where a journey goes next, given the last `k` channels.

States are the grams of `k` channels that were met; a path shorter than `k` is one state of its own.
From each, a journey moves to another state (the matrix Q), converts (R) or ends in nothing. Of 4
paths through mail alone of which 1 converts, R(mail) = 1/4.

A step to the very same gram (mail, mail at order 1) is left out and the rest shares its weight, as
in the package ChannelAttribution, whose credit this is meant to equal.

Reads / Writes: nothing.
Source: Kemeny and Snell (1960), "Finite Markov Chains", chapter 3; Anderl, Becker, von Wangenheim
and Schumann (2016), "Mapping the customer journey", IJRM 33(3).
Not here: what a channel's removal costs (measure.chains_removal), which order (chains_order).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput
from settee.measure.paths import Paths
from settee.measure.transitions import Counts, count_transitions

if TYPE_CHECKING:
    from scipy import sparse

MAX_ORDER = 3
_CODES = 1 << 62  # a gram, and the step after it, are one whole number


class BadOrder(BadInput):
    """A chain of that order cannot be fitted."""

    code = "bad_chain_order"


@dataclass(frozen=True)
class Chain:
    """Shares of all journeys that begin in, move between, and end in each state; n states.

    States stand in the order of their grams, so that the order of the paths changes nothing.

    Args:
        channels: Names, C of them.
        order: Channels that a state remembers.
        gram: (n, order) positions in `channels`, oldest first, -1 in front where a state is a
            whole path that is shorter.
        start: (n,) share of journeys that begin there; sums to 1 where there are any.
        move: (n, n) Q, rows from, columns to.
        convert: (n,) R, chance to convert from there at once.
        value: (n,) cents that a visit there earns at once, on average over all visits.
        weight: (n,) visits that left a state or ended in it.
        n_conversions: All conversions of the paths.
        total_value: All their cents.
    """

    channels: tuple[str, ...]
    order: int
    gram: NDArray[np.int32]
    start: NDArray[np.float64]
    move: "sparse.csr_array[np.float64]"
    convert: NDArray[np.float64]
    value: NDArray[np.float64]
    weight: NDArray[np.float64]
    n_conversions: float
    total_value: float

    @property
    def n_states(self) -> int:
        """Number of grams that were met."""
        return len(self.start)

    @property
    def null(self) -> NDArray[np.float64]:
        """(n,) Chance to end there in nothing."""
        leaves = np.asarray(self.move.sum(axis=1), np.float64)
        return np.asarray(np.maximum(1.0 - self.convert - leaves, 0.0), np.float64)


def check_order(order: int, n_channels: int) -> None:
    """Refuse an order that no chain has.

    Raises:
        BadOrder: The order is not 1 to 3, or grams of so many channels do not fit a whole number.
    """
    if not 1 <= order <= MAX_ORDER:
        raise BadOrder(f"order is {order}; a chain has an order of 1 to {MAX_ORDER}.")
    if (n_channels + 2) ** (order + 1) >= _CODES:
        raise BadOrder(
            f"order {order} with {n_channels} channels has more grams than can be numbered.",
            hint="Take a lower order, or fewer channels.",
        )


def _grams(code: NDArray[np.int64], n_channels: int, order: int) -> NDArray[np.int32]:
    gram = np.empty((len(code), order), np.int32)
    rest = code.copy()
    for place in range(order - 1, -1, -1):
        rest, digit = np.divmod(rest, n_channels + 1)
        gram[:, place] = digit - 1
    return gram


def _sorted_moves(
    counts: Counts, by_code: NDArray[np.int64]
) -> "tuple[sparse.csr_array[np.float64], NDArray[np.float64]]":
    """Weights between the states in their new order, and how much leaves each."""
    from scipy import sparse  # loads much, and serving needs none

    n = len(by_code)
    place = np.empty(n, np.int64)
    place[by_code] = np.arange(n)
    source, target = place[counts.source], place[counts.target]
    moves = sparse.csr_array((counts.weight, (source, target)), shape=(n, n))
    moves.sort_indices()
    return moves, np.asarray(moves.sum(axis=1), np.float64)


def fit_chain(paths: Paths, order: int = 1) -> Chain:
    """The chain of that order that the paths make most likely.

    Args:
        paths: What was met, and what came of it.
        order: Channels that a state remembers, 1 to 3; *changes results*.

    Raises:
        BadOrder: The order is not 1 to 3, or grams of so many channels do not fit a whole number.

    >>> from settee.measure.paths import paths_of
    >>> chain = fit_chain(paths_of([["mail"], ["mail", "web"]], converted=[1, 1], nulls=[1, 0]))
    >>> chain.convert.round(2).tolist(), chain.move.toarray().round(2).tolist()
    ([0.33, 1.0], [[0.0, 0.33], [0.0, 0.0]])
    """
    check_order(order, paths.n_channels)
    counts = count_transitions(paths, order)
    by_code = np.argsort(counts.code)
    moves, leaves = _sorted_moves(counts, by_code)
    converted, nulls = counts.converted[by_code], counts.nulls[by_code]
    weight = leaves + converted + nulls
    start, n_journeys = counts.start[by_code], float(counts.start.sum())
    moves.data /= np.repeat(weight, np.diff(moves.indptr))
    return Chain(
        paths.channels,
        order,
        _grams(counts.code[by_code], paths.n_channels, order),
        start / n_journeys if n_journeys else start,
        moves,
        converted / weight,
        counts.value[by_code] / weight,
        weight,
        paths.n_conversions,
        paths.total_value,
    )
