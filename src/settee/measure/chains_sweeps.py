"""Count the visits of a large Markov chain that avoid certain channels, to machine precision.

The visits g to the states that are left satisfy g = s + g Q. A sweep puts each state's right side
in its place at once; states stand in an order in which most arrows point forward, so a chain that
never comes back is solved by one sweep and the rest in a few dozen. After some sweeps the error
shrinks by the same factor each time: at 0.5, as much as the last change is still to come, and every
sixth sweep adds it at once. That is a guess to go on from; a result stands once sweeps change it no
more.

Several questions are swept side by side, so that the chain is read once for all of them; memory is
two numbers for each state and question of a block, whatever the number of questions.

Reads / Writes: nothing.
Source: Varga (1962), "Matrix Iterative Analysis", chapter 3 (Gauss-Seidel for M-matrices); Tarjan
(1972), "Depth-first search"; Kamvar et al. (2003) for the extrapolation.
Not here: what the visits are for (measure.chains_removal).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import ChecksFailed
from settee.measure.chains import Chain

MAX_SWEEPS = 20_000
_LANES = 32  # questions side by side
_CELLS = 16_000_000  # numbers held for a block of questions, twice
_JUMP = 6  # every so many sweeps the error is guessed
_SETTLED = 1e-14  # error that is left, as a share of all visits
_ROUNDING = 4e-16  # changes that are the rounding of the sweep itself
_SLOWEST = 1.0 - 1e-6


class NotSolved(ChecksFailed):
    """The sweeps over a large chain did not settle."""

    code = "chain_not_solved"


@dataclass(frozen=True)
class _Ahead:
    """A chain by what comes in: states before any cycle, in or between cycles, and after."""

    place: NDArray[np.int64]  # (n,) state at each place
    indptr: NDArray[np.int64]  # (n + 1,)
    source: NDArray[np.int32]  # (E,) places
    share: NDArray[np.float64]  # (E,)
    start: NDArray[np.float64]  # (n,)
    gram: NDArray[np.int32]  # (n, order), C where there is none
    core: tuple[int, int]  # places of the states in or between cycles

    def sweep(
        self,
        places: tuple[int, int],
        keep: NDArray[np.float64],
        visits: NDArray[np.float64],
        change: NDArray[np.float64],
    ) -> None:
        """Put what comes in at each of these places; `change` becomes how much moved, and all."""
        _sweep(
            places,
            self.indptr,
            self.source,
            self.share,
            self.start,
            self.gram,
            keep,
            visits,
            change,
        )


@njit(cache=True, nogil=True)
def _forward_order(
    indptr: NDArray[np.int32], target: NDArray[np.int32], starts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """States that the starts reach, each before what it leads to wherever there is no cycle."""
    n = len(indptr) - 1
    seen = np.zeros(n, np.bool_)
    next_edge = np.empty(n, np.int64)
    stack = np.empty(n, np.int64)
    order = np.empty(n, np.int64)
    free = n
    for start in starts:
        if seen[start]:
            continue
        depth = 0
        stack[0], next_edge[start], seen[start] = start, indptr[start], True
        while depth >= 0:
            state = stack[depth]
            if next_edge[state] == indptr[state + 1]:
                free -= 1
                order[free] = state
                depth -= 1
                continue
            reached = target[next_edge[state]]
            next_edge[state] += 1
            if not seen[reached]:
                seen[reached] = True
                next_edge[reached] = indptr[reached]
                depth += 1
                stack[depth] = reached
    return order[free:]


@njit(cache=True, nogil=True)
def _sweep(
    places: tuple[int, int],
    indptr: NDArray[np.int64],
    source: NDArray[np.int32],
    share: NDArray[np.float64],
    start: NDArray[np.float64],
    gram: NDArray[np.int32],
    keep: NDArray[np.float64],
    visits: NDArray[np.float64],
    change: NDArray[np.float64],
) -> None:
    """Put what comes in at each state in its place.

    `change` is (2, lanes): how much moved by question, and the sum of all visits.
    """
    lanes = visits.shape[1]
    arrived = np.empty(lanes)
    change[:] = 0.0
    for state in range(places[0], places[1]):
        for lane in range(lanes):
            arrived[lane] = start[state]
        for edge in range(indptr[state], indptr[state + 1]):
            row, part = source[edge], share[edge]
            for lane in range(lanes):
                arrived[lane] += part * visits[row, lane]
        for place in range(gram.shape[1]):
            channel = gram[state, place]
            for lane in range(lanes):
                arrived[lane] *= keep[channel, lane]
        for lane in range(lanes):
            change[0, lane] += abs(arrived[lane] - visits[state, lane])
            change[1, lane] += arrived[lane]
            visits[state, lane] = arrived[lane]


def _in_parts(chain: Chain) -> tuple[NDArray[np.int64], tuple[int, int]]:
    """States in the order of the sweep, and where those in or between cycles stand."""
    from scipy.sparse.csgraph import connected_components  # loads much, and serving needs none

    move, back = chain.move, chain.move.T.tocsr()
    order = _forward_order(move.indptr, move.indices, np.flatnonzero(chain.start > 0))
    _, cycle = connected_components(move, directed=True, connection="strong")
    looping = np.flatnonzero(np.bincount(cycle)[cycle] > 1)
    behind, ahead = np.zeros((2, chain.n_states), np.bool_)
    behind[_forward_order(move.indptr, move.indices, looping)] = True
    ahead[_forward_order(back.indptr, back.indices, looping)] = True
    head, core = order[~behind[order]], order[(behind & ahead)[order]]
    tail = order[(behind & ~ahead)[order]]
    return np.concatenate((head, core, tail)), (len(head), len(head) + len(core))


def _ahead(chain: Chain) -> _Ahead:
    order, core = _in_parts(chain)
    into = chain.move[order][:, order].T.tocsr()
    into.sort_indices()
    gram = chain.gram[order]
    return _Ahead(
        order,
        into.indptr.astype(np.int64),
        into.indices.astype(np.int32),
        into.data,
        chain.start[order],
        np.where(gram < 0, len(chain.channels), gram).astype(np.int32),
        core,
    )


def _settle_core(ahead: _Ahead, keep: NDArray[np.float64], visits: NDArray[np.float64]) -> None:
    """Sweep the states in or between cycles until they stand.

    Raises:
        NotSolved: They did not settle within the sweeps allowed.
    """
    core = visits[slice(*ahead.core)]
    lanes = keep.shape[1]
    swept, before, rate_before = np.empty((2, lanes)), np.full(lanes, np.inf), np.ones(lanes)
    change, total = swept
    jumped_from, jumping = before, True
    for count in range(1, MAX_SWEEPS + 1):
        jump = jumping and count % _JUMP == 0
        held = core.copy() if jump else core
        ahead.sweep(ahead.core, keep, visits, swept)
        # A change that shrinks by `rate` each time has change * rate / (1 - rate) still to come.
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = np.clip(np.nan_to_num(change / before, nan=0.0), 0.0, _SLOWEST)
        worst = np.maximum(rate, rate_before)
        is_known = count % _JUMP > 2  # just after a guess the rate says nothing
        if (change <= _ROUNDING * total).all() or (
            is_known and (change * worst / (1.0 - worst) <= _SETTLED * total).all()
        ):
            return
        if count % _JUMP == 1 and (change > jumped_from).any():
            jumping = False  # the error is of several parts, and guessing spoils what was gained
        if jump:
            jumped_from = change.copy()
            core += (core - held) * (rate / (1.0 - rate))
        before, rate_before = change.copy(), rate
    raise NotSolved(
        f"a chain of {len(visits)} states did not settle in {MAX_SWEEPS} sweeps.",
        hint="Take a lower order.",
    )


def _settled(
    ahead: _Ahead, keep: NDArray[np.float64], begin: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n, lanes) visits that avoid what is not kept, from a first guess.

    Raises:
        NotSolved: They did not settle within the sweeps allowed.
    """
    visits = np.repeat(begin[:, None], keep.shape[1], axis=1)
    once = np.empty((2, keep.shape[1]))
    first, last = ahead.core
    ahead.sweep((0, first), keep, visits, once)
    if first < last:
        _settle_core(ahead, keep, visits)
    ahead.sweep((last, len(begin)), keep, visits, once)
    return visits


def visits_avoiding(
    chain: Chain, without: NDArray[np.bool_], worth: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What the visits are worth that journeys pay before they meet what is taken away.

    Args:
        chain: A fitted chain.
        without: (B, C) channels that are taken away, one row for each question.
        worth: (n, W) worth of one visit to each state.

    Returns:
        (B, W) worth of one journey.

    Raises:
        NotSolved: The sweeps did not settle.
    """
    ahead = _ahead(chain)
    worth = worth[ahead.place]
    n = len(ahead.place)
    everybody = np.ones((len(chain.channels) + 1, 1))
    free = _settled(ahead, everybody, ahead.start)[:, 0]
    lanes = max(1, min(_LANES, len(without), _CELLS // max(n, 1)))
    answer = np.empty((len(without), worth.shape[1]))
    for begin in range(0, len(without), lanes):
        rows = without[begin : begin + lanes]
        keep = np.ones((len(chain.channels) + 1, len(rows)))
        keep[:-1] = ~rows.T
        answer[begin : begin + len(rows)] = _settled(ahead, keep, free).T @ worth
    return answer
