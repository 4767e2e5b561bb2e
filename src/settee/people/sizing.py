"""Decide how many persons a household has: does one more explain enough?

From two persons to three the fit gains 12 (in log likelihood), the smallest has a fair share and
shares are clear: probably there are three. Gains of 2 with blurred shares are noise. How much is
enough hangs on what is seen (devices known or not, sessions a day, overlaps), so the rule was
learnt on simulated households of known sizes, as a chain of yes or no: at least two? at least 3?

Reads / Writes: nothing.
Source: McCullagh (1980) and Tutz (1991) for continuation ratios.
Not here: the fits that are compared (people.mixture).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FACTS = (
    "constant", "log gain", "gain", "log sessions", "devices unknown", "log persons", "blur",
    "smallest", "overlaps", "log days",
)  # fmt: skip
SIZING = (4.21, 1.08, 1.42, 1.5, 0.98, -2.69, 2.76, 3.35, 8.79, -2.92)
"""Learnt on simulated households; ``python -m bench run quality/people-rules`` learns it again."""

_MANY = 250  # sessions; more say no more about the size
_OFTEN = 0.2  # share of overlaps; more was not seen where the rule was learnt
_FEW_DAYS = 14.0  # fewer say little of how often somebody comes


@dataclass(frozen=True)
class Step:
    """From one person fewer to `n_people`.

    Args:
        gain: What the log likelihood gained.
        share: (n, n_people + 1) shares of the sessions, the guest last.
        n_people: Persons with the step taken.
        blind: Share of sessions whose device is unknown.
        overlaps: Share of sessions that began while another ran elsewhere.
        days: From the first session to the last.
    """

    gain: float
    share: Floats
    n_people: int
    blind: float
    overlaps: float
    days: float

    def facts(self) -> Floats:
        """(len(FACTS),) what the rule looks at."""
        n = len(self.share)
        sizes = self.share[:, :-1].sum(axis=0)
        blur = -(self.share * np.log(self.share + 1e-12)).sum() / n / np.log(self.n_people)
        return np.array([
            1.0, np.sign(self.gain) * np.log1p(abs(self.gain)), self.gain / 10,
            np.log(min(n, _MANY)),
            self.blind, np.log(self.n_people), blur, sizes.min() / n * self.n_people,
            min(self.overlaps, _OFTEN), np.log(max(self.days, _FEW_DAYS)),
        ])  # fmt: skip


def chance_of_reaching(steps: Sequence[Step], weights: Sequence[float]) -> float:
    """Probability of at least as many persons as after the last step."""
    return float(_reach(steps, weights)[-1])


def likeliest_size(steps: Sequence[Step], weights: Sequence[float]) -> int:
    """The most probable number of persons.

    Args:
        steps: From 1 to 2 persons, from 2 to 3, …
        weights: One for each of FACTS.

    >>> likeliest_size([], [0.0] * len(FACTS))
    1
    """
    if not steps:
        return 1
    reach = _reach(steps, weights)
    return 1 + int(np.argmax(reach - np.append(reach[1:], 0.0)))


def _reach(steps: Sequence[Step], weights: Sequence[float]) -> Floats:
    score = np.stack([one.facts() for one in steps]) @ np.asarray(weights)
    explains = np.array([one.gain > 0 for one in steps])  # who explains nothing is nobody
    reach: Floats = np.concatenate([[1.0], np.cumprod(explains / (1 + np.exp(-score)))])
    return reach
