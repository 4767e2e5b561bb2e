"""Compiled loops of the mixture: how likely each session is for each person, and who owns it.

Reads / Writes: arrays given by people.mixture.
Source: Dempster, Laird & Rubin (1977); starts spread out as in Arthur & Vassilvitskii (2007).
Not here: what the numbers mean (people.channels), which size wins (people.mixture).
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, fastmath=True)
def count(symbol, topic, weight, share, table):  # type: ignore[no-untyped-def]
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
def logs(table, blur, prior, strength, offsets, out):  # type: ignore[no-untyped-def]
    """(K, D) log probability of each symbol for each person, smoothed and shrunk to the prior."""
    n_people, width = table.shape
    n_blur = blur.shape[0]
    n_channels = len(offsets) - 1
    for k in range(n_people):
        for j in range(n_blur):
            out[k, j] = 0.0
        for j in range(n_blur):
            v = table[k, j]
            if v > 1e-6:
                for b in range(n_blur):
                    if blur[j, b] > 0.0:
                        out[k, b] += v * blur[j, b]
        for j in range(n_blur, width):
            out[k, j] = table[k, j]
        for c in range(n_channels):
            first, last = offsets[c], offsets[c + 1]
            total = 0.0
            for j in range(first, last):
                out[k, j] += strength[c] * prior[j]
                total += out[k, j]
            total = np.log(total)
            for j in range(first, last):
                out[k, j] = np.log(out[k, j]) - total


@njit(cache=True, nogil=True, fastmath=True)
def joint(symbol, topic, weight, channel_weight, log_table, out):  # type: ignore[no-untyped-def]
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
def share_out(like, log_mix, ratio, importance, share):  # type: ignore[no-untyped-def]
    """Shares of sessions from likelihoods, mixing shares and who was there just before.

    After somebody with mixing share m the same one follows with a chance in proportion to
    ``ratio * m``, anybody else in proportion to their own share; 1 everywhere leaves each session
    alone. Returns the log likelihood of all sessions, counted by importance.
    """
    n, n_people = like.shape
    forward = np.empty((n, n_people))
    mix = np.exp(log_mix)
    out = np.empty(n_people)
    emit = np.empty((n, n_people))
    total = 0.0
    for i in range(n):
        top = -1e300
        for k in range(n_people):
            top = max(top, like[i, k])
        norm = 0.0
        extra = ratio[i] - 1.0
        spread = 0.0
        if i > 0:
            for k in range(n_people):
                out[k] = forward[i - 1, k] / (1.0 + extra * mix[k])
                spread += out[k]
        for k in range(n_people):
            emit[i, k] = np.exp(like[i, k] - top) + 1e-300
            prior = mix[k]
            if i > 0:
                prior = mix[k] * (spread + extra * out[k])
            forward[i, k] = prior * emit[i, k]
            norm += forward[i, k]
        for k in range(n_people):
            forward[i, k] /= norm
        total += importance[i] * (np.log(norm) + top)
    backward = np.ones(n_people)
    for i in range(n - 1, -1, -1):
        norm = 0.0
        for k in range(n_people):
            share[i, k] = forward[i, k] * backward[k]
            norm += share[i, k]
        for k in range(n_people):
            share[i, k] /= norm
        if i == 0:
            break
        extra = ratio[i] - 1.0
        anyone = 0.0
        for k in range(n_people):
            emit[i, k] *= backward[k] * mix[k]
            anyone += emit[i, k]
        norm = 0.0
        for k in range(n_people):
            backward[k] = (anyone + extra * emit[i, k]) / (1.0 + extra * mix[k])
            norm += forward[i - 1, k] * backward[k]
        for k in range(n_people):
            backward[k] /= norm
    return total


@njit(cache=True, nogil=True, fastmath=True)
def start(symbol, topic, weight, consts, n_people, known, table):  # type: ignore[no-untyped-def]
    """Counts to begin with: the (m, D) known persons, then sessions far from those taken before."""
    blur, prior, strength, offsets, channel_weight = consts
    n = symbol.shape[0]
    best = np.full(n, -1e300)
    one = np.zeros((1, table.shape[1]))
    one_log = np.zeros((1, table.shape[1]))
    like = np.zeros((n, 1))
    unit = np.ones((1, 1))
    taken = np.random.randint(n)
    for k in range(n_people):
        if k < known.shape[0]:
            one[0] = known[k]
        elif k > 0:
            low = best.max()
            total = 0.0
            for i in range(n):
                total += low - best[i]
            mark = np.random.random() * total
            taken = n - 1
            for i in range(n):
                mark -= low - best[i]
                if mark <= 0:
                    taken = i
                    break
        if k >= known.shape[0]:
            one[:] = 0.0
            count(
                symbol[taken : taken + 1],
                topic[taken : taken + 1],
                weight[taken : taken + 1],
                unit,
                one,
            )
            one *= 3.0
        table[k] = one[0]
        logs(one, blur, prior, strength, offsets, one_log)
        joint(symbol, topic, weight, channel_weight, one_log, like)
        for i in range(n):
            best[i] = max(best[i], like[i, 0])


@njit(cache=True, nogil=True, fastmath=True)
def climb(
    symbol,
    topic,
    weight,
    importance,
    ratio,
    penalty,
    consts,
    guest_log,
    mixing,
    table,
    share,
    n_rounds,
):  # type: ignore[no-untyped-def]
    """Improve counts and shares in turn; returns the log likelihood. `table` is (K, D)."""
    blur, prior, strength, offsets, channel_weight = consts
    n = symbol.shape[0]
    n_people = table.shape[0]
    log_table = np.zeros((n_people + 1, table.shape[1]))
    log_table[n_people] = guest_log
    like = np.zeros((n, n_people + 1))
    log_mix = np.zeros(n_people + 1)
    guest, even = mixing
    log_mix[:n_people] = np.log((1 - guest) / n_people)
    log_mix[n_people] = np.log(guest)
    weighed = np.zeros((n, n_people))
    before = -1e300
    score = before
    for number in range(n_rounds):
        logs(table, blur, prior, strength, offsets, log_table[:n_people])
        joint(symbol, topic, weight, channel_weight, log_table, like)
        like += penalty
        score = share_out(like, log_mix, ratio, importance, share)
        table[:] = 0.0
        total = 0.0
        for k in range(n_people):
            sum_k = 0.0
            for i in range(n):
                weighed[i, k] = share[i, k] * importance[i]
                sum_k += weighed[i, k]
            log_mix[k] = sum_k + even
            total += log_mix[k]
        for k in range(n_people):
            log_mix[k] = np.log(log_mix[k] / total * (1 - guest))
        count(symbol, topic, weight, weighed, table)
        if number > 5 and score - before < 1e-3 * n:
            break
        before = score
    return score


@njit(cache=True, nogil=True, fastmath=True)
def best_of(
    symbol,
    topic,
    weight,
    importance,
    ratio,
    penalty,
    consts,
    guest_log,
    mixing,
    known,
    n_people,
    n_starts,
    n_rounds,
    seed,
):  # type: ignore[no-untyped-def]
    """Fit `n_people` from several starts; returns (S,) scores and (S, n, n_people + 1) shares."""
    np.random.seed(seed)
    n = symbol.shape[0]
    shares = np.zeros((n_starts, n, n_people + 1))
    scores = np.zeros(n_starts)
    table = np.zeros((n_people, len(consts[1])))
    for number in range(n_starts):
        start(symbol, topic, weight, consts, n_people, known, table)
        scores[number] = climb(
            symbol,
            topic,
            weight,
            importance,
            ratio,
            penalty,
            consts,
            guest_log,
            mixing,
            table,
            shares[number],
            n_rounds,
        )
    return scores, shares
