"""Find out that somebody new has come, and which of the recent sessions were theirs.

One strange session is a guest. A second that is strange in the same way, on the same new telephone
at the same hour, is somebody who stays: each recent session is taken for a newcomer's first, the
newcomer is learnt from there on, and every further session is a bet on that likeness. Where the
capital of all such bets is large enough, somebody new is there.

Reads: recent sessions of a household.  Writes: nothing.
Source: Dawid (1984), "The Prequential Approach"; Shin, Ramdas & Rinaldo (2023), "E-detectors".
Not here: the loops (people.newcomer_loops), how much capital is enough (people.drift).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.people.channels import Symbols
from settee.people.newcomer_loops import follow

RECENT = 50
"""Sessions that are looked at; what was before says little about somebody new."""

_N_STARTS = 10
_SHARES = np.array([0.12, 0.3])  # of the sessions of a household that a newcomer may have
_DAY_S = 86_400
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Habits:
    """What a stranger is likely to show.

    Args:
        prior: (D,) how common each symbol is; each channel sums to 1.
        guest: (D,) log probability of each symbol for a guest, as `log_stranger` was made with.
        strength: (C,) imaginary sessions that `prior` stands for, taste last.
        weights: (C,) how much of each channel's evidence counts.
    """

    prior: F64
    guest: F64
    strength: F64
    weights: F64


@dataclass(frozen=True)
class Newcomer:
    """Somebody new.

    Args:
        log_capital: Logarithm of what the bets on them have won.
        first: Row of their first session among those given.
        share: (n,) probability that each of the sessions given was theirs.
    """

    log_capital: float
    first: int
    share: F64


def follow_newcomer(
    symbols: Symbols, at_s: NDArray[np.int64], log_stranger: F64, habits: Habits
) -> Newcomer:
    """How far the recent sessions speak for somebody new.

    Args:
        symbols: Of n sessions, oldest first, at least one; the last `RECENT` are looked at.
        at_s: (n,) their ends, epoch seconds; further sessions of a day count less and less.
        log_stranger: (n,) log p(session | guest) - log p(session | all known, guests included),
            each as it was before the session was learnt from.
        habits: What a stranger is likely to show.

    Returns:
        The likeliest newcomer; `DriftRules.newcomer_capital` says how much capital is enough.
    """
    n = len(symbols)
    old = max(n - RECENT, 0)
    strange = np.asarray(log_stranger[old:], np.float64)
    earlier = strange[:-1] if len(strange) > 1 else strange
    starts = np.sort(np.argsort(-earlier, kind="stable")[:_N_STARTS])
    capital = np.zeros((len(starts), len(_SHARES)))
    part = np.zeros((len(starts), len(_SHARES), n - old))
    follow(
        symbols.symbol[old:], symbols.topic[old:], symbols.weight[old:], strange,
        _temper(at_s[old:]), starts, habits.prior, habits.guest, habits.strength, habits.weights,
        _SHARES, capital, part,
    )  # fmt: skip
    best = np.unravel_index(int(np.argmax(capital)), capital.shape)
    share = np.zeros(n)
    share[old:] = part[best]
    return Newcomer(
        log_capital=float(np.logaddexp.reduce(capital, axis=None) - np.log(len(_SHARES))),
        first=old + int(starts[best[0]]),
        share=share,
    )


def _temper(at_s: NDArray[np.int64]) -> F64:
    """(n,) 1, 1/2, 1/3 ... for the sessions of one day, which tell each other."""
    day = at_s // _DAY_S
    first = np.searchsorted(day, day, side="left")
    return np.asarray(1.0 / (np.arange(len(day)) - first + 1), np.float64)
