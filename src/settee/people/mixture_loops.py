"""Compiled loops of the mixture: how likely each session is for each person, and who owns it.

Reads / Writes: arrays given by people.mixture.
Source: Dempster, Laird & Rubin (1977); starts spread out as in Arthur & Vassilvitskii (2007).
Not here: what the numbers mean (people.channels), which size wins (people.mixture).
"""

from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64: TypeAlias = NDArray[np.float64]
I16: TypeAlias = NDArray[np.int16]
F32: TypeAlias = NDArray[np.float32]
I64: TypeAlias = NDArray[np.int64]
Constants: TypeAlias = tuple[F64, F64, F64, I64, F64]
"""Blur, prior, strength, offsets of the channels, weights of the channels."""
Given: TypeAlias = tuple[I16, I16, F32, F64, F64, F64]
"""Symbols, topics and their weights, importance, ratios, what was told as log likelihoods."""


@njit(cache=True, nogil=True, fastmath=True)
def count(symbol: I16, topic: I16, weight: F32, share: F64, table: F64) -> None:
    """Add sessions to the (K, D) table of counts, each in its (n, K) shares."""
    n, n_channels = symbol.shape
    n_people = share.shape[1]
    for i in range(n):
        for k in range(n_people):
            part = share[i, k]
            if part < 1e-4:
                continue
            for c in range(n_channels):
                if symbol[i, c] >= 0:
                    table[k, symbol[i, c]] += part
            for t in range(topic.shape[1]):
                if topic[i, t] >= 0:
                    table[k, topic[i, t]] += part * weight[i, t]


@njit(cache=True, nogil=True, fastmath=True)
def logs(table: F64, blur: F64, prior: F64, strength: F64, offsets: I64, out: F64) -> None:
    """(K, D) log probability of each symbol for each person, smoothed and shrunk to the prior."""
    _spread(table, blur, out)
    for k in range(table.shape[0]):
        for c in range(len(offsets) - 1):
            first, last = offsets[c], offsets[c + 1]
            total = 0.0
            for j in range(first, last):
                out[k, j] += strength[c] * prior[j]
                total += out[k, j]
            total = np.log(total)
            for j in range(first, last):
                out[k, j] = np.log(out[k, j]) - total


@njit(cache=True, nogil=True, fastmath=True)
def _spread(table: F64, blur: F64, out: F64) -> None:
    """(K, D) counts that also speak for neighbouring symbols."""
    n_blur = blur.shape[0]
    for k in range(table.shape[0]):
        for j in range(table.shape[1]):
            out[k, j] = table[k, j] if j >= n_blur else 0.0
        for j in range(n_blur):
            if table[k, j] > 1e-6:
                for b in range(n_blur):
                    if blur[j, b] > 0.0:
                        out[k, b] += table[k, j] * blur[j, b]


@njit(cache=True, nogil=True, fastmath=True)
def joint(
    symbol: I16,
    topic: I16,
    weight: F32,
    channel_weight: F64,
    log_table: F64,
    out: F64,
) -> None:
    """(n, K) weighted log likelihood of each session for each person."""
    n, n_channels = symbol.shape
    for i in range(n):
        for k in range(log_table.shape[0]):
            total = 0.0
            for c in range(n_channels):
                if symbol[i, c] >= 0:
                    total += channel_weight[c] * log_table[k, symbol[i, c]]
            for t in range(topic.shape[1]):
                if topic[i, t] >= 0:
                    total += channel_weight[n_channels] * weight[i, t] * log_table[k, topic[i, t]]
            out[i, k] = total


@njit(cache=True, nogil=True, fastmath=True)
def share_out(like: F64, log_mix: F64, ratio: F64, importance: F64, share: F64) -> float:
    """Shares of sessions from likelihoods, mixing shares and who was there just before.

    After somebody with mixing share m the same one follows with a chance in proportion to
    ``ratio * m``, anybody else in proportion to their own share; 1 everywhere leaves each session
    alone. Returns the log likelihood of all sessions, counted by importance.
    """
    mix = np.empty(len(log_mix))
    for k in range(len(mix)):
        mix[k] = np.exp(log_mix[k])
    forward = np.empty(like.shape)
    emit = np.empty(like.shape)
    total = _forward(like, mix, ratio, importance, forward, emit)
    _backward(mix, ratio, forward, emit, share)
    return total


@njit(cache=True, nogil=True, fastmath=True)
def _forward(like: F64, mix: F64, ratio: F64, importance: F64, forward: F64, emit: F64) -> float:
    """(n, K) who it was, from each session and those before; also how likely each made it."""
    n, n_people = like.shape
    out = np.zeros(n_people)
    total = 0.0
    for i in range(n):
        top = like[i, 0]
        for k in range(n_people):
            top = max(top, like[i, k])
        extra = ratio[i] - 1.0
        spread = 1.0
        if i > 0:
            spread = 0.0
            for k in range(n_people):
                out[k] = forward[i - 1, k] / (1.0 + extra * mix[k])
                spread += out[k]
        norm = 0.0
        for k in range(n_people):
            emit[i, k] = np.exp(like[i, k] - top) + 1e-300
            forward[i, k] = mix[k] * (spread + extra * out[k]) * emit[i, k]
            norm += forward[i, k]
        for k in range(n_people):
            forward[i, k] /= norm
        total += importance[i] * (np.log(norm) + top)
    return total


@njit(cache=True, nogil=True, fastmath=True)
def _backward(mix: F64, ratio: F64, forward: F64, emit: F64, share: F64) -> None:
    """(n, K) who it was, from all sessions."""
    n, n_people = forward.shape
    backward = np.ones(n_people)
    for i in range(n - 1, -1, -1):
        norm = 0.0
        for k in range(n_people):
            share[i, k] = forward[i, k] * backward[k]
            norm += share[i, k]
        for k in range(n_people):
            share[i, k] /= norm
        if i > 0:
            extra = ratio[i] - 1.0
            anyone, norm = 0.0, 0.0
            for k in range(n_people):
                emit[i, k] *= backward[k] * mix[k]
                anyone += emit[i, k]
            for k in range(n_people):
                backward[k] = (anyone + extra * emit[i, k]) / (1.0 + extra * mix[k])
                norm += forward[i - 1, k] * backward[k]
            for k in range(n_people):
                backward[k] /= norm


@njit(cache=True, nogil=True, fastmath=True)
def start(
    symbol: I16,
    topic: I16,
    weight: F32,
    consts: Constants,
    known: F64,
    draws: F64,
    table: F64,
) -> None:
    """Counts to begin with: the (m, D) known persons, then sessions far from those taken before.

    `draws` (K,) are numbers from 0 to 1, one for each person.
    """
    blur, prior, strength, offsets, channel_weight = consts
    n, n_symbols = symbol.shape[0], table.shape[1]
    best = np.zeros(n)
    one_log = np.empty((1, n_symbols))
    like, unit = np.empty((n, 1)), np.empty((1, 1))
    unit[0, 0] = 3.0
    for k in range(table.shape[0]):
        one = table[k : k + 1]
        for j in range(n_symbols):
            one[0, j] = known[k, j] if k < known.shape[0] else 0.0
        if k >= known.shape[0]:
            at = _far_from(best, draws[k])
            count(symbol[at : at + 1], topic[at : at + 1], weight[at : at + 1], unit, one)
        logs(one, blur, prior, strength, offsets, one_log)
        joint(symbol, topic, weight, channel_weight, one_log, like)
        for i in range(n):
            best[i] = like[i, 0] if k == 0 else max(best[i], like[i, 0])


@njit(cache=True, nogil=True, fastmath=True)
def _far_from(best: F64, draw: float) -> int:
    """The session that a draw falls on, each as probable as it is unlikely for those taken."""
    n = len(best)
    top, total = best[0], 0.0
    for i in range(n):
        top = max(top, best[i])
    for i in range(n):
        total += top - best[i] + 1e-9
    wanted, so_far = draw * total, 0.0
    for i in range(n):
        so_far += top - best[i] + 1e-9
        if so_far >= wanted:
            return i
    return n - 1


@njit(cache=True, nogil=True, fastmath=True)
def climb(
    given: Given,
    consts: Constants,
    guest_log: F64,
    mixing: tuple[float, float],
    table: F64,
    share: F64,
    n_rounds: int,
) -> float:
    """Improve counts (K, D) and shares in turn; returns the log likelihood.

    `given` are symbols, topics, weights, importance, ratios and what was told as log likelihoods.
    """
    symbol, topic, weight, importance, ratio, penalty = given
    blur, prior, strength, offsets, channel_weight = consts
    n, n_people, n_symbols = symbol.shape[0], table.shape[0], table.shape[1]
    log_table = np.empty((n_people + 1, n_symbols))
    for j in range(n_symbols):
        log_table[n_people, j] = guest_log[j]
    like, weighed = np.empty((n, n_people + 1)), np.empty((n, n_people))
    log_mix = np.empty(n_people + 1)
    for k in range(n_people):
        log_mix[k] = np.log((1 - mixing[0]) / n_people)
    log_mix[n_people] = np.log(mixing[0])
    before = score = -1e300
    for number in range(n_rounds):
        logs(table, blur, prior, strength, offsets, log_table)
        joint(symbol, topic, weight, channel_weight, log_table, like)
        for i in range(n):
            for k in range(n_people + 1):
                like[i, k] += penalty[i, k]
        score = share_out(like, log_mix, ratio, importance, share)
        _weigh(share, importance, mixing, weighed, log_mix)
        for k in range(n_people):
            for j in range(n_symbols):
                table[k, j] = 0.0
        count(symbol, topic, weight, weighed, table)
        if number > 5 and score - before < 1e-3 * n:
            break
        before = score
    return score


@njit(cache=True, nogil=True, fastmath=True)
def _weigh(
    share: F64, importance: F64, mixing: tuple[float, float], weighed: F64, log_mix: F64
) -> None:
    """(n, K) shares as far as sessions count, and the mixing shares that follow from them."""
    n, n_people = weighed.shape
    guest, even = mixing
    total = 0.0
    for k in range(n_people):
        size = even
        for i in range(n):
            weighed[i, k] = share[i, k] * importance[i]
            size += weighed[i, k]
        log_mix[k] = size
        total += size
    for k in range(n_people):
        log_mix[k] = np.log(log_mix[k] / total * (1 - guest))


def best_of(
    given: Given,
    consts: Constants,
    guest_log: F64,
    mixing: tuple[float, float],
    known: F64,
    draws: F64,
    n_rounds: int,
) -> tuple[F64, F64]:
    """Fit from the starts that `draws` (S, K) leads to; (S,) scores and (S, n, K + 1) shares."""
    n_starts, n_people = draws.shape
    shares = np.zeros((n_starts, given[0].shape[0], n_people + 1))
    scores = np.zeros(n_starts)
    table = np.zeros((n_people, len(consts[1])))
    for number in range(n_starts):
        start(given[0], given[1], given[2], consts, known, draws[number], table)
        scores[number] = climb(given, consts, guest_log, mixing, table, shares[number], n_rounds)
    return scores, shares
