"""Say what each channel's absence would cost: removal effects of a Markov chain in closed form.

Take a channel away and every journey that would pass it ends in nothing. With f the visits to each
state, h the chance to convert from it and N = (I - Q)^-1, the states S of the channel take

    f_S (N_SS)^-1 h_S

of the conversions with them: one inverse serves all channels, and each solves only its own block.
Where half of all conversions pass through mail, its removal effect is 1/2. Nothing is simulated.

Where there are too many states for an inverse, the same number is found by sweeps: the visits that
avoid S, state by state in an order in which most arrows point forward, several channels at once,
until nothing changes; chains without a way back are solved by one sweep.

Reads / Writes: nothing.
Source: Kemeny and Snell (1960), chapter 3; block inverse (Schur complement); Kamvar, Haveliwala,
Manning and Golub (2003), "Extrapolation methods for accelerating PageRank computations" (Aitken).
Not here: fitting (measure.chains), the sweeps themselves (measure.chains_sweeps).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.measure.chains import Chain, fit_chain
from settee.measure.chains_sweeps import visits_avoiding
from settee.measure.paths import Credit, Paths

MAX_INVERSE = 1_000
"""States up to which one dense inverse is taken; *speed only*."""


@dataclass(frozen=True)
class Removal:
    """Share of the conversions, and of the revenue, that pass through each channel.

    Args:
        conversions: (C,) 0 to 1.
        value: (C,) 0 to 1.
    """

    conversions: NDArray[np.float64]
    value: NDArray[np.float64]


def _share(lost: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(lost, total, out=np.zeros_like(lost), where=total > 0)


def _by_inverse(chain: Chain) -> NDArray[np.float64]:
    """(C, 2) shares lost with each channel, by one inverse and a block of it for each."""
    n = chain.n_states
    visits = np.linalg.inv(np.eye(n) - chain.move.toarray())  # N, (n, n)
    first = chain.start @ visits  # f
    ends = visits @ np.stack((chain.convert, chain.value), axis=1)  # h, (n, 2)
    lost = np.zeros((len(chain.channels), 2))
    for channel in range(len(chain.channels)):
        own = np.flatnonzero((chain.gram == channel).any(axis=1))
        if len(own):
            lost[channel] = first[own] @ np.linalg.solve(visits[np.ix_(own, own)], ends[own])
    return _share(lost, np.broadcast_to(chain.start @ ends, lost.shape))


def _by_sweeps(chain: Chain) -> NDArray[np.float64]:
    """(C, 2) shares lost with each channel, by the visits that avoid it."""
    n = len(chain.channels)
    all_of_it = conversion_chance(chain, np.zeros((1, n), np.bool_))
    left = conversion_chance(chain, np.eye(n, dtype=np.bool_))
    return _share(all_of_it - left, np.broadcast_to(all_of_it, left.shape))


def conversion_chance(chain: Chain, without: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What a journey is worth when it ends in nothing wherever it meets certain channels.

    Args:
        chain: A fitted chain.
        without: (B, C) true for the channels that are taken away, one row for each question.

    Returns:
        (B, 2) chance to convert, and cents, of one journey.

    Raises:
        NotSolved: The sweeps did not settle.
    """
    return visits_avoiding(chain, without, np.stack((chain.convert, chain.value), axis=1))


def removal_effects(chain: Chain) -> Removal:
    """Share of conversions and of revenue that would be lost with each channel.

    Args:
        chain: A fitted chain of any order. A channel's states are all grams that hold it.

    Raises:
        NotSolved: The chain is large, and the sweeps did not settle.

    >>> from settee.measure.paths import paths_of
    >>> chain = fit_chain(paths_of([["mail"], ["mail", "web"], ["web"]], nulls=[1, 0, 1]))
    >>> removal_effects(chain).conversions.round(3).tolist()
    [0.556, 0.667]
    """
    shares = _by_inverse(chain) if chain.n_states <= MAX_INVERSE else _by_sweeps(chain)
    shares = np.clip(shares, 0.0, 1.0)
    return Removal(shares[:, 0].copy(), shares[:, 1].copy())


def _shared_out(effect: NDArray[np.float64], total: float) -> NDArray[np.float64]:
    """The total in proportion to the effects; where there are none there is nothing to share."""
    largest = float(effect.max(initial=0.0))
    if not (total > 0 and largest > 0):
        return np.zeros_like(effect)
    part: NDArray[np.float64] = effect / largest  # a least amount would overflow its own inverse
    shared: NDArray[np.float64] = part * (total / part.sum())
    return shared


def markov_credit(paths: Paths, order: int = 1) -> Credit:
    """Credit by removal effects: each channel's, as a share of their sum, of the totals.

    Args:
        paths: What was met, and what came of it.
        order: Channels that a state remembers, 1 to 3; *changes results*.

    Raises:
        BadOrder: There is no chain of that order.
        NotSolved: The chain is large, and the sweeps did not settle.

    >>> from settee.measure.paths import paths_of
    >>> markov_credit(paths_of([["mail"], ["mail"], ["web"]])).conversions.round(2).tolist()
    [2.0, 1.0]
    """
    chain = fit_chain(paths, order)
    effect = removal_effects(chain)
    return Credit(
        f"markov_{order}",
        _shared_out(effect.conversions, chain.n_conversions),
        _shared_out(effect.value, chain.total_value),
    )
