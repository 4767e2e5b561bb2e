"""Follow, session by session, the likeness of somebody nobody knows yet.

Each recent session may have been the first of a newcomer. From there on the newcomer is learnt from
the sessions that look like theirs, always before the next is judged, and every session is a bet
between "one of us" and "that same stranger again".

Reads / Writes: arrays given.
Source: Dawid (1984), "Statistical Theory: The Prequential Approach"; Shin, Ramdas & Rinaldo (2023).
Not here: what is done about a newcomer (people.newcomer).
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

N_HOURS = 24
Ints = NDArray[np.int16]
Weights = NDArray[np.float32]
F64 = NDArray[np.float64]


@njit(cache=True, nogil=True)
def _learn(
    symbol: Ints, topic: Ints, weight: Weights, part: float, counts: F64, totals: F64
) -> None:  # fmt: skip
    """Add a session in part; hours speak for their neighbours too."""
    for c in range(len(symbol)):
        place = symbol[c]
        if place < 0:
            continue
        totals[c] += part
        if c == 0:
            day = place // N_HOURS * N_HOURS
            hour = place - day
            other = N_HOURS - day
            for step, share in ((-1, 0.22), (0, 0.56), (1, 0.22)):
                at = (hour + step) % N_HOURS
                counts[day + at] += 0.65 * share * part
                counts[other + at] += 0.35 * share * part
        else:
            counts[place] += part
    for t in range(len(topic)):
        if topic[t] >= 0:
            counts[topic[t]] += part * weight[t]
            totals[len(symbol)] += part * weight[t]


@njit(cache=True, nogil=True)
def _gain(
    symbol: Ints, topic: Ints, weight: Weights, counts: F64, totals: F64, prior: F64, guest: F64,
    strength: F64, weights: F64,
) -> float:  # fmt: skip
    """Log likelihood of a session for the newcomer, less that for a guest."""
    gain = 0.0
    last = len(symbol)
    for c in range(last):
        place = symbol[c]
        if place >= 0:
            p = (counts[place] + strength[c] * prior[place]) / (totals[c] + strength[c])
            gain += weights[c] * (math.log(p) - guest[place])
    for t in range(len(topic)):
        place = topic[t]
        if place >= 0:
            p = (counts[place] + strength[last] * prior[place]) / (totals[last] + strength[last])
            gain += weights[last] * weight[t] * (math.log(p) - guest[place])
    return gain


@njit(cache=True, nogil=True)
def follow(
    symbol: Ints, topic: Ints, weight: Weights, log_stranger: F64, temper: F64,
    seeds: NDArray[np.int64], prior: F64, guest: F64, strength: F64, weights: F64, shares: F64,
    capital: F64, part: F64,
) -> None:  # fmt: skip
    """Logarithm of the capital after each session, for every start and share of a newcomer.

    log_stranger (n,) is how much better a guest explains a session than everybody known; seeds (s,)
    are rows; shares (h,) how often a newcomer comes; capital (s, h) and part (s, h, n) are written.
    """
    n = len(log_stranger)
    counts = np.empty(len(prior))
    totals = np.empty(len(strength))
    for s in range(len(seeds)):
        for h in range(len(shares)):
            counts[:] = 0.0
            totals[:] = 0.0
            share = shares[h]
            log_r = 0.0
            first = seeds[s]
            for i in range(first):
                part[s, h, i] = 0.0
            for i in range(first, n):
                gain = _gain(
                    symbol[i], topic[i], weight[i], counts, totals, prior, guest, strength, weights
                )
                log_ratio = min(log_stranger[i] + gain, 6.0)
                new = share * math.exp(log_ratio)
                bet = 1 - share + new
                log_r += temper[i] * math.log(bet)
                taken = 1.0 if i == first else new / bet
                part[s, h, i] = taken
                if taken > 0.02:
                    _learn(symbol[i], topic[i], weight[i], taken, counts, totals)
            capital[s, h] = log_r
