"""Count, in one pass over the paths, which grams of channels follow which.

A gram is the last `k` channels as one number in base C + 1, so (mail, web) of 3 channels is 1 * 4 +
2 = 6 and needs no list. Grams and pairs of grams stand in two tables of open addresses that grow by
four when half full, so memory follows what is met and not what could be: 500 channels have 125
million grams of 3, and a million paths meet a few million of them.

Reads / Writes: nothing.
Source: Knuth, "The Art of Computer Programming" 3, section 6.4 (linear probing).
Not here: what the counts mean (measure.chains).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.measure.collapsing import mixed
from settee.measure.paths import Paths

_SHIFT = 31  # a pair of states is one number: from in the upper bits, to in the lower
_FIRST_SIZE = 1 << 14
_LESS_FULL = 2  # a table is never fuller than one part in so many
_GROWTH = 4


@dataclass(frozen=True)
class Counts:
    """Weights of what was met; states are numbered in order of appearance.

    Args:
        code: (n,) gram of each state, in base C + 1.
        start: (n,) paths that began in it.
        converted: (n,) conversions, nulls and cents of the paths that ended in it.
        nulls: See `converted`.
        value: See `converted`.
        source: (E,) pairs of states, from and to, that followed each other, and their weight.
        target: See `source`.
        weight: See `source`.
    """

    code: NDArray[np.int64]
    start: NDArray[np.float64]
    converted: NDArray[np.float64]
    nulls: NDArray[np.float64]
    value: NDArray[np.float64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: NDArray[np.float64]


@njit(cache=True, nogil=True)
def _slot(keys: NDArray[np.int64], key: int | np.int64) -> np.int64:
    """Where the key stands, or the free place where it belongs."""
    mask = np.uint64(len(keys) - 1)
    slot = mixed(np.uint64(key) + np.uint64(1)) & mask
    while keys[slot] >= 0 and keys[slot] != key:
        slot = (slot + np.uint64(1)) & mask
    return np.int64(slot)


@njit(cache=True, nogil=True)
def _moved(
    keys: NDArray[np.int64],
    held: NDArray[np.float64],
    new_keys: NDArray[np.int64],
    new_held: NDArray[np.float64],
) -> None:
    for place in range(len(keys)):
        if keys[place] >= 0:
            slot = _slot(new_keys, keys[place])
            new_keys[slot] = keys[place]
            new_held[slot] = held[place]


@njit(cache=True, nogil=True)
def _count(
    indptr: NDArray[np.int64],
    step: NDArray[np.int32],
    weights: NDArray[np.float64],
    base: int,
    order: int,
    begin: int,
    n_states: int,
    n_pairs: int,
    grams: NDArray[np.int64],
    number: NDArray[np.float64],
    pairs: NDArray[np.int64],
    times: NDArray[np.float64],
    code: NDArray[np.int64],
    ends: NDArray[np.float64],
) -> tuple[int, int, int]:
    """Count from path `begin` on; stops before a path that a table may be too small for."""
    oldest = base ** (order - 1)
    for path in range(begin, len(indptr) - 1):
        first, last = indptr[path], indptr[path + 1]
        weight = weights[path, 0] + weights[path, 1]
        if weight <= 0.0:
            continue
        room = last - first
        if max((n_states + room) / len(grams), (n_pairs + room) / len(pairs)) * _LESS_FULL > 1.0:
            return path, n_states, n_pairs
        gram, before = 0, np.int64(-1)
        for place in range(first, last):
            gram = (gram % oldest) * base + step[place] + 1
            if place - first + 1 < order and place + 1 < last:
                continue
            slot = _slot(grams, gram)
            if grams[slot] < 0:
                grams[slot] = gram
                number[slot] = n_states
                code[n_states] = gram
                n_states += 1
            state = np.int64(number[slot])
            if before < 0:
                ends[state, 0] += weight
            elif before != state:
                slot = _slot(pairs, (before << _SHIFT) | state)
                if pairs[slot] < 0:
                    pairs[slot] = (before << _SHIFT) | state
                    n_pairs += 1
                times[slot] += weight
            before = state
        ends[before, 1:] += weights[path]
    return len(indptr) - 1, n_states, n_pairs


def _grown(
    keys: NDArray[np.int64], held: NDArray[np.float64], least: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    size = len(keys)
    while size < _LESS_FULL * least:
        size *= _GROWTH
    new_keys, new_held = np.full(size, -1, np.int64), np.zeros(size)
    _moved(keys, held, new_keys, new_held)
    return new_keys, new_held


def count_transitions(paths: Paths, order: int) -> Counts:
    """Weights of starts, moves and ends between the grams of channels that the paths met.

    A path shorter than the order is one state, the whole of it. A move from a state to itself
    (mail, mail) is not counted, as though the repeat had not been. Paths of no weight are passed
    over.

    Args:
        paths: What was met; (C + 1) ** order must stay under 2 ** 63.
        order: Channels in a gram, 1 or more.
    """
    weights = np.stack((paths.converted, paths.nulls, paths.value), axis=1)
    grams, number = np.full(_FIRST_SIZE, -1, np.int64), np.zeros(_FIRST_SIZE)
    pairs, times = np.full(_FIRST_SIZE, -1, np.int64), np.zeros(_FIRST_SIZE)
    code, ends = np.empty(_FIRST_SIZE, np.int64), np.zeros((_FIRST_SIZE, 4))
    done = n_states = n_pairs = 0
    while True:
        done, n_states, n_pairs = _count(
            paths.indptr,
            paths.step,
            weights,
            paths.n_channels + 1,
            order,
            done,
            n_states,
            n_pairs,
            grams,
            number,
            pairs,
            times,
            code,
            ends,
        )
        if done == paths.n_paths:
            break
        room = int(paths.indptr[done + 1] - paths.indptr[done])
        grams, number = _grown(grams, number, n_states + room)
        pairs, times = _grown(pairs, times, n_pairs + room)
        more = len(grams) // _LESS_FULL + 1
        code = np.concatenate((code[:n_states], np.empty(more - n_states, np.int64)))
        ends = np.concatenate((ends[:n_states], np.zeros((more - n_states, 4))))
    taken = pairs >= 0
    pair = pairs[taken]
    start, converted, nulls, value = np.ascontiguousarray(ends[:n_states].T)
    return Counts(
        code[:n_states].copy(),
        start,
        converted,
        nulls,
        value,
        pair >> _SHIFT,
        pair & ((1 << _SHIFT) - 1),
        times[taken],
    )
