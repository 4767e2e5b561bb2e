"""Rank people for many items at once, in bounded memory: the audiences that are made ahead.

Items come in blocks of 64. A block's columns are 64 numbers beside each item, so one pass over all
histories adds 64 affinities at a time; per item a heap holds the best 1,000 so far. A bound that
costs no logarithm drops most people: log(1 + x) lies under any of its tangents.

Reads: what `prepare` made.  Writes: nothing.
Source: the tangent of a concave function lies above it.
Not here: one item (audiences.reaching), keeping the answers (audiences.precomputed).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.audiences.reaching import RankedAudience, Ready
from settee.audiences.response import OWN, PAIR_FEATURES, calibrated
from settee.audiences.targets import Aim, NothingKnown, Target, take_aim
from settee.candidates import offer_key, sorted_keys

_N_PAIR = len(PAIR_FEATURES)
_BLOCK = 64
_TANGENT = np.float32(6.0)


@dataclass(frozen=True)
class _Block:
    """Aims side by side: columns are (n_items, 4, n)."""

    columns: NDArray[np.float32]
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
        aims = [_aim(ready, target) for target in targets[start : start + _BLOCK]]
        known = [aim for aim in aims if aim is not None]
        block = _Block(
            np.ascontiguousarray(np.array([aim.columns for aim in known]).transpose(1, 2, 0))
            if known
            else np.zeros((reach.n_items, 4, 0), np.float32),
            np.array([aim.popularity for aim in known], np.float32),
        )
        unit, p = _best(ready, block, allowed, max(min(size, reach.n_units), 1))
        row = 0
        for aim in aims:
            if aim is None:
                yield None
                continue
            n = int((unit[row] >= 0).sum())
            probability = calibrated(p[row, :n].astype(np.float64), ready.model.calibration)
            yield RankedAudience(unit[row, :n], probability, aim.how, aim.similar, n_eligible)
            row += 1


def _aim(ready: Ready, target: Target) -> Aim | None:
    try:
        return take_aim(
            ready.reach, ready.counts, ready.sources, ready.catalogue, target, ready.settings
        )
    except NothingKnown:
        return None


def _best(
    ready: Ready, block: _Block, allowed: NDArray[np.bool_], size: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    weight = ready.model.wants.weight[:_N_PAIR].astype(np.float32)
    unit = np.full((len(block.popularity), size), -1, np.int32)
    p = np.zeros((len(block.popularity), size), np.float32)
    reach = ready.reach
    _pass(
        reach.indptr, reach.item, reach.weight, reach.recent, block.columns,
        ready.p_active, ready.base, allowed, weight, weight[5] * block.popularity, unit, p,
    )  # fmt: skip
    return unit, p


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _pass(
    indptr: NDArray[np.int64],
    item: NDArray[np.int32],
    weight: NDArray[np.float32],
    recent: NDArray[np.float32],
    columns: NDArray[np.float32],
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
    heap = np.empty((n, size), np.uint64)
    filled = np.zeros(n, np.int64)
    to_beat = np.zeros(n, np.float32)
    total, bound = np.empty((4, n), np.float32), np.empty(n, np.float32)
    value = np.empty(1, np.float32)
    bits = value.view(np.uint32)
    for unit in np.flatnonzero(allowed):
        total[:] = 0.0
        for place in range(indptr[unit], indptr[unit + 1]):
            _add(columns, item[place], weight[place], recent[place], total)
        _bounds(total, wants, base[unit], popularity, bound)
        for j in range(n):
            if filled[j] == size and _is_under(bound[j], p_active[unit], to_beat[j]):
                continue
            value[0] = _probability(total, j, wants, base[unit] + popularity[j], p_active[unit])
            key = (np.uint64(bits[0]) << np.uint64(32)) | (low - np.uint64(unit))
            filled[j] = offer_key(heap[j], filled[j], key)
            if filled[j] == size:
                bits[0] = np.uint32(heap[j, 0] >> np.uint64(32))
                to_beat[j] = value[0]
    for j in range(n):
        sorted_keys(heap[j], filled[j])
        for place in range(filled[j]):
            out_unit[j, place] = np.int32(low - (heap[j, place] & low))
            bits[0] = np.uint32(heap[j, place] >> np.uint64(32))
            out_p[j, place] = value[0]


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _add(
    columns: NDArray[np.float32],
    item: int,
    weight: np.float32,
    recent: np.float32,
    total: NDArray[np.float32],
) -> None:
    """Add what one cell of a history says of every item of the block."""
    a, b, c, d = columns[item, 0], columns[item, 1], columns[item, 2], columns[item, 3]
    for j in range(total.shape[1]):
        total[0, j] += weight * a[j]
        total[1, j] += weight * b[j]
        total[2, j] += weight * c[j]
        total[3, j] += recent * d[j]


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _bounds(
    total: NDArray[np.float32],
    wants: NDArray[np.float32],
    base: np.float32,
    popularity: NDArray[np.float32],
    bound: NDArray[np.float32],
) -> None:
    """Log odds that no item of the block can exceed, without a logarithm each."""
    zero, one = np.float32(0.0), np.float32(1.0)
    slope = one / (one + _TANGENT)
    rest = np.float32(np.log(one + _TANGENT)) - _TANGENT * slope
    a, b, c, d = max(wants[0], zero), max(wants[1], zero), max(wants[2], zero), max(wants[3], zero)
    always = base + rest * (a + b + c + d) + max(wants[4], zero)
    for j in range(total.shape[1]):
        steep = a * max(total[0, j], zero) + b * max(total[1, j], zero)
        steep += c * max(total[2, j], zero) + d * OWN * total[3, j]
        bound[j] = always + popularity[j] + slope * steep


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


@njit(cache=True, nogil=True)
def _is_under(bound: np.float32, p_active: np.float32, to_beat: np.float32) -> bool:
    """Must p_active times the sigmoid of at most `bound` stay under `to_beat`?

    The sigmoid of x is at most 1, and below 0 at most 1 / (2 - x), as exp(-x) is at least 1 - x.
    """
    factor = np.float32(2.0) - bound if bound < 0 else np.float32(1.0)
    return bool(p_active < to_beat * factor)
