"""Compiled loops of an answer: what tells that several watch, and what each signal said.

Reads / Writes: arrays given by people.posterior and people.doubt.
Not here: what the numbers mean (people.posterior), posteriors (people.mixture_loops).
"""

from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64: TypeAlias = NDArray[np.float64]
F32: TypeAlias = NDArray[np.float32]
I16: TypeAlias = NDArray[np.int16]
I8: TypeAlias = NDArray[np.int8]
Seen: TypeAlias = tuple[I16, I16, F32]
"""(n, n_channels) symbols, (n, n_most) topics, -1 for none, and the weights of these."""


@njit(cache=True, nogil=True)
def gain(seen: Seen, channel_weight: F64, pairs: tuple[F64, F64], ones: tuple[F64, F64]) -> F64:
    """(n,) how much better two persons explain a session than one, log likelihoods.

    Args:
        seen: Sessions.
        channel_weight: How much of each channel counts, topics last.
        pairs: (P, D) log probabilities of symbols for each pair of persons, (P,) their shares.
        ones: The same for each person alone; further rows of the table are passed over.
    """
    n = len(seen[0])
    out = np.zeros(n)
    if len(pairs[1]) == 0:
        return out
    for i in range(n):
        together = _log_mean(seen, i, channel_weight, pairs[0], pairs[1])
        out[i] = together - _log_mean(seen, i, channel_weight, ones[0], ones[1])
    return out


@njit(cache=True, nogil=True)
def _log_mean(seen: Seen, i: int, channel_weight: F64, table: F64, share: F64) -> float:
    """Logarithm of the mean likelihood of a session over rows of a table, by their shares."""
    logs = np.empty(len(share))
    for k in range(len(share)):
        logs[k] = _joint(seen, i, channel_weight, table[k])
    mean: float = _log_of_mean(logs, share)
    return mean


@njit(cache=True, nogil=True)
def _joint(seen: Seen, i: int, channel_weight: F64, log: F64) -> float:
    total: float = 0.0
    for c in range(seen[0].shape[1]):
        if seen[0][i, c] >= 0:
            total += channel_weight[c] * log[seen[0][i, c]]
    total += channel_weight[-1] * _taste(seen, i, log)
    return total


@njit(cache=True, nogil=True)
def _taste(seen: Seen, i: int, log: F64) -> float:
    total = 0.0
    for t in range(seen[1].shape[1]):
        if seen[1][i, t] >= 0:
            total += seen[2][i, t] * log[seen[1][i, t]]
    return total


@njit(cache=True, nogil=True)
def _log_of_mean(logs: F64, share: F64) -> float:
    top, mean = logs[0], 0.0
    for k in range(len(logs)):
        top = max(top, logs[k])
    for k in range(len(logs)):
        mean += np.exp(logs[k] - top) * share[k]
    found: float = np.log(mean) + top
    return found


@njit(cache=True, nogil=True)
def bits(seen: Seen, i: int, channel_weight: F64, table: F64, mix: F64, who: int) -> F64:
    """(n_channels + 1,) bits that each signal of session i gave for a row of the table.

    Against everybody of the household, each as common as `mix` says; NaN where nothing was said,
    topics last.
    """
    n_channels = seen[0].shape[1]
    out = np.full(n_channels + 1, np.nan)
    logs = np.empty(len(table))
    for c in range(n_channels):
        symbol = seen[0][i, c]
        if symbol >= 0:
            for k in range(len(table)):
                logs[k] = channel_weight[c] * table[k, symbol]
            out[c] = (logs[who] - _log_of_mean(logs, mix)) / np.log(2)
    has_topic = False
    for t in range(seen[1].shape[1]):
        has_topic |= seen[1][i, t] >= 0
    if has_topic:
        for k in range(len(table)):
            logs[k] = channel_weight[-1] * _taste(seen, i, table[k])
        out[n_channels] = (logs[who] - _log_of_mean(logs, mix)) / np.log(2)
    return out


@njit(cache=True, nogil=True)
def second_likeliest(sure: F64) -> F64:
    """(n,) probability of the second person; `sure` is (n, K + 1), the guest last."""
    n, n_people = sure.shape[0], sure.shape[1] - 1
    out = np.zeros(n)
    for i in range(n):
        if n_people > 1:
            first = -1.0
            second = -1.0
            for k in range(n_people):
                if sure[i, k] > first:
                    first, second = sure[i, k], first
                elif sure[i, k] > second:
                    second = sure[i, k]
            out[i] = second
    return out


@njit(cache=True, nogil=True)
def facts(second: F64, better: F64, is_screen: F64, longer: F64) -> F64:
    """(n, 5) what tells co-viewing; see `doubt.together_facts`."""
    n = len(second)
    out = np.empty((n, 5))
    for i in range(n):
        out[i, 0] = 1.0
        out[i, 1] = is_screen[i]
        out[i, 2] = is_screen[i] * np.log(second[i] + 0.01)
        out[i, 3] = is_screen[i] * min(max(better[i], -6.0), 4.0)
        out[i, 4] = is_screen[i] * min(max(longer[i], -3.0), 2.0)
    return out


@njit(cache=True, nogil=True)
def chance(facts: F64, weights: tuple[float, ...]) -> F64:
    """(n,) the logistic rule; see `doubt.together_probability`."""
    n = len(facts)
    out = np.empty(n)
    for i in range(n):
        total = 0.0
        for place in range(len(weights)):
            total += facts[i, place] * weights[place]
        out[i] = 1 / (1 + np.exp(-total))
    return out
