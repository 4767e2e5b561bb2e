"""Say how sure to be: temper raw posteriors, call several persons together, and admit ignorance.

A raw posterior of a mixture is too sure, as its channels are not independent: .97 comes out right
84 times in 100. A temperature takes the excess off. Whether several watch is a logistic rule over
what co-viewing leaves behind: a shared screen, two persons who both fit, a longer evening.

Reads: posteriors and a few facts of the session.  Writes: nothing.
Source: Guo et al. (2017), "On Calibration of Modern Neural Networks" (temperature); Platt (1999).
Not here: who is likely (people.mixture).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.core import DEVICE_TYPES

Floats = NDArray[np.float64]
SCREENS = np.array([name in ("tv", "console") for name in (*DEVICE_TYPES, "")])
N_FACTS = 7


@dataclass(frozen=True)
class Doubt:
    """How sure to be; learnt on other households.

    Args:
        temper: Exponent of a raw posterior, 0 to 1; 1 leaves it as it is.
        together: (N_FACTS,) weights of the facts of co-viewing, the first a constant.
    """

    temper: float
    together: tuple[float, ...]

    def to_array(self) -> Floats:
        """As one row of numbers."""
        return np.array([self.temper, *self.together])

    @classmethod
    def from_array(cls, row: NDArray[np.float64]) -> "Doubt":
        """What `to_array` gave."""
        temper, *together = np.asarray(row).tolist()
        return cls(temper, tuple(together))


def tempered(probability: Floats, temper: float) -> Floats:
    """(n, K) posteriors with less excess: raised to a power and scaled to sum 1.

    >>> tempered(np.array([[0.9, 0.1]]), 0.5).round(2).tolist()
    [[0.75, 0.25]]
    """
    raised = np.maximum(probability, 1e-12) ** temper
    flat: Floats = raised / raised.sum(axis=1, keepdims=True)
    return flat


def together_facts(
    probability: Floats, kind: NDArray[np.int8], longer: Floats, n_items: NDArray[np.int32]
) -> Floats:
    """(n, N_FACTS) what tells co-viewing.

    Args:
        probability: (n, K + 1) posteriors, the guest last.
        kind: (n,) device types, -1 unknown.
        longer: (n,) log duration over what is usual on the device.
        n_items: (n,) titles.
    """
    ordered = np.sort(probability, axis=1)[:, ::-1]
    second = ordered[:, 1] if ordered.shape[1] > 1 else np.zeros(len(ordered))
    screen = SCREENS[kind].astype(np.float64)
    columns = (
        np.ones(len(kind)), screen, screen * np.log(second + 1e-3), screen * probability[:, -1],
        screen * np.clip(longer, -2, 2), screen * np.log1p(n_items),
        screen * np.log(max(probability.shape[1] - 1, 1)),
    )  # fmt: skip
    return np.stack(columns, axis=1)


def together_probability(facts: Floats, weights: tuple[float, ...]) -> Floats:
    """(n,) probability that several watch; nobody is together in a household of one."""
    score = facts @ np.array(weights)
    chance: Floats = 1 / (1 + np.exp(-score))
    return np.where(facts[:, -1] + facts[:, 1] == 0, 0.02 * chance, chance)


DEFAULT_DOUBT = Doubt(0.8, (-4.0, 2.0, 0.2, 0.0, 0.0, 0.0, 0.3))
"""Learnt on simulated households; ``python -m bench run quality/people-doubt`` learns it again."""
