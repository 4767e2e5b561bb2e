"""Rank people for many items at once, in bounded memory: the audiences that are made ahead.

Items come in blocks of 64. A block's columns are 64 numbers beside each item, so one pass over all
histories adds 64 affinities at a time; a signal that speaks for few of the block (200 neighbours
among 10,000 items) is a short list beside each item instead. Per item a heap holds the best 1,000
so far, and a bound that costs no logarithm drops nearly everybody else (audiences.bounding).

Reads: what `prepare` made.  Writes: nothing.
Not here: one item (audiences.reaching), keeping the answers (audiences.precomputed).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.audiences.bounding import N_RAISED, find_margins, least_odds
from settee.audiences.reaching import RankedAudience, Ready
from settee.audiences.response import OWN, PAIR_FEATURES, calibrated
from settee.audiences.targets import Aim, Target, take_aims
from settee.candidates import offer_key, sorted_keys

_N_PAIR = len(PAIR_FEATURES)
_BLOCK = 64
_OWN_SIGNAL = 3
_SPARSE = 1 / 8
"""A signal that is not 0 in at most this part of a block is held as lists; *speed only*."""


@dataclass(frozen=True)
class _Block:
    """Aims side by side, n of them.

    Args:
        signal: (D,) signals that are held dense.
        columns: (n_items, D, n) what having each item says of each aim, by those.
        start: (n_items + 1,) where the other signals of each item begin.
        slot: (E,) signal * n + aim.
        value: (E,) what having the item says there; never 0.
        popularity: (n,) log odds.
    """

    signal: NDArray[np.uint64]
    columns: NDArray[np.float32]
    start: NDArray[np.int64]
    slot: NDArray[np.int32]
    value: NDArray[np.float32]
    popularity: NDArray[np.float32]


def rank_many(
    ready: Ready,
    targets: Sequence[Target],
    size: int,
    *,
    eligible: NDArray[np.bool_] | None = None,
) -> Iterator[RankedAudience | None]:
    """The audience of each target, in their order; None where nothing is known of it.

    Args:
        ready: From `prepare`.
        targets: Any number; they are worked on in blocks of 64.
        size: Most units of each.
        eligible: (n_units,) who may be chosen of all; None is everybody.
    """
    reach = ready.reach
    allowed = np.ones(reach.n_units, np.bool_) if eligible is None else eligible
    n_eligible = int(allowed.sum())
    for start in range(0, len(targets), _BLOCK):
        aims = take_aims(
            reach,
            ready.counts,
            ready.sources,
            ready.catalogue,
            targets[start : start + _BLOCK],
            ready.settings,
        )
        known = [aim for aim in aims if aim is not None]
        found = iter(_ranked(ready, known, allowed, size) if known else ())
        for aim in aims:
            if aim is None:
                yield None
                continue
            unit, p = next(found)
            probability = calibrated(p.astype(np.float64), ready.model.calibration)
            yield RankedAudience(unit, probability, aim.how, aim.similar, n_eligible)


def _ranked(
    ready: Ready, aims: Sequence[Aim], allowed: NDArray[np.bool_], size: int
) -> list[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """Units of each aim, likeliest first, and the product before it is calibrated."""
    reach, block = ready.reach, _side_by_side(aims)
    weight = ready.model.wants.weight[:_N_PAIR].astype(np.float32)
    unit = np.full((len(aims), max(min(size, reach.n_units), 1)), -1, np.int32)
    p = np.zeros(unit.shape, np.float32)
    _pass(
        reach.indptr, reach.item, reach.weight, reach.recent,
        block.signal, block.columns, block.start, block.slot, block.value,
        ready.p_active, ready.base, allowed, weight, weight[5] * block.popularity, unit, p,
    )  # fmt: skip
    n_found = (unit >= 0).sum(axis=1).tolist()
    return [(unit[row, :n], p[row, :n]) for row, n in enumerate(n_found)]


def _side_by_side(aims: Sequence[Aim]) -> _Block:
    columns = np.array([aim.columns for aim in aims], np.float32).transpose(1, 2, 0)
    is_dense = np.count_nonzero(columns, axis=(0, 2)) > _SPARSE * len(aims) * len(columns)
    sparse = np.where(is_dense[:, np.newaxis], np.float32(0.0), columns)
    item, signal, aim = np.nonzero(sparse)
    start = np.searchsorted(item, np.arange(len(columns) + 1)).astype(np.int64)
    return _Block(
        np.flatnonzero(is_dense).astype(np.uint64),
        np.ascontiguousarray(columns[:, is_dense]),
        start,
        (signal * len(aims) + aim).astype(np.int32),
        sparse[item, signal, aim],
        np.array([aim.popularity for aim in aims], np.float32),
    )


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _pass(
    indptr: NDArray[np.int64],
    item: NDArray[np.int32],
    weight: NDArray[np.float32],
    recent: NDArray[np.float32],
    signal: NDArray[np.uint64],
    columns: NDArray[np.float32],
    start: NDArray[np.int64],
    slot: NDArray[np.int32],
    value: NDArray[np.float32],
    p_active: NDArray[np.float32],
    base: NDArray[np.float32],
    allowed: NDArray[np.bool_],
    wants: NDArray[np.float32],
    popularity: NDArray[np.float32],
    out_unit: NDArray[np.int32],
    out_p: NDArray[np.float32],
) -> None:
    n, size = out_unit.shape
    low = np.uint64(0xFFFFFFFF)
    heap, filled = np.empty((n, size), np.uint64), np.zeros(n, np.int64)
    to_beat, least = np.zeros(n, np.float32), np.full(n, -np.inf, np.float32)
    total, margin = np.empty((4, n), np.float32), np.empty(n, np.float32)
    flat = total.reshape(-1)
    raised, held = np.empty((N_RAISED, n), np.float32), np.empty(1, np.float32)
    raised_bits, bits = raised.view(np.int32), held.view(np.uint32)
    for unit in np.flatnonzero(allowed):
        total[:] = 0.0
        for place in range(indptr[unit], indptr[unit + 1]):
            here = np.uint64(item[place])
            _add(signal, columns, here, weight[place], recent[place], total)
            _add_listed(start, slot, value, here, weight[place], recent[place], flat)
        widest = find_margins(
            total, wants, base[unit], popularity, p_active[unit], to_beat, least, raised,
            raised_bits, margin,
        )  # fmt: skip
        if widest < 0:
            continue
        for j in range(n):
            if margin[j] < 0:
                continue
            held[0] = _probability(total, j, wants, base[unit] + popularity[j], p_active[unit])
            key = (np.uint64(bits[0]) << np.uint64(32)) | (low - np.uint64(unit))
            filled[j] = offer_key(heap[j], filled[j], key)
            if filled[j] == size:
                bits[0] = np.uint32(heap[j, 0] >> np.uint64(32))
                if held[0] != to_beat[j]:
                    to_beat[j], least[j] = held[0], least_odds(held[0])
    _write(heap, filled, out_unit, out_p)


@njit(cache=True, nogil=True)
def _write(
    heap: NDArray[np.uint64],
    filled: NDArray[np.int64],
    out_unit: NDArray[np.int32],
    out_p: NDArray[np.float32],
) -> None:
    """Take the heaps apart, the likeliest first; a key is the bits of p and the unit from below."""
    low = np.uint64(0xFFFFFFFF)
    held = np.empty(1, np.float32)
    bits = held.view(np.uint32)
    for j in range(len(heap)):
        sorted_keys(heap[j], filled[j])
        for place in range(filled[j]):
            out_unit[j, place] = np.int32(low - (heap[j, place] & low))
            bits[0] = np.uint32(heap[j, place] >> np.uint64(32))
            out_p[j, place] = held[0]


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _add(
    signal: NDArray[np.uint64],
    columns: NDArray[np.float32],
    here: np.uint64,
    weight: np.float32,
    recent: np.float32,
    total: NDArray[np.float32],
) -> None:
    """Add what one cell of a history says of every item of the block, by the dense signals.

    Places are unsigned: an index that may be negative keeps the loop from being vectorised.
    """
    for row in range(len(signal)):
        amount = recent if signal[row] == _OWN_SIGNAL else weight
        for j in range(columns.shape[2]):
            total[signal[row], j] += amount * columns[here, row, j]


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _add_listed(
    start: NDArray[np.int64],
    slot: NDArray[np.int32],
    value: NDArray[np.float32],
    here: np.uint64,
    weight: np.float32,
    recent: np.float32,
    flat: NDArray[np.float32],
) -> None:
    """The same by the signals that are lists; `flat` is the totals one after the other."""
    own = _OWN_SIGNAL * (len(flat) // (_OWN_SIGNAL + 1))
    for cell in range(start[here], start[here + np.uint64(1)]):
        amount = recent if slot[cell] >= own else weight
        flat[np.uint64(slot[cell])] += amount * value[cell]


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _probability(
    total: NDArray[np.float32], j: int, wants: NDArray[np.float32], odds: np.float32,
    p_active: np.float32,
) -> np.float32:  # fmt: skip
    """The product for one item of the block, before it is calibrated."""
    one = np.float32(1.0)
    for signal in range(3):
        if total[signal, j] > 0:
            odds += wants[signal] * np.log(one + total[signal, j])
    if total[3, j] > 0:
        odds += wants[3] * np.log(one + OWN * total[3, j]) + wants[4]
    p = p_active / (one + np.exp(-odds))
    return np.float32(min(max(p, np.float32(1e-12)), np.float32(1.0 - 1e-7)))
