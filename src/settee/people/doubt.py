"""Say how sure to be: temper raw posteriors, call several persons together, and admit ignorance.

A posterior may be too sure, .97 that comes out right 84 times in 100, or not sure enough, as is one
on which many fits have voted. An exponent mends it; on simulated households 1.15 was best. Whether
several watch is a logistic rule over what co-viewing leaves behind: a shared screen, a second
person who fits too, titles that suit two better than one.

Reads: posteriors and a few facts of the session.  Writes: nothing.
Source: Guo et al. (2017), "On Calibration of Modern Neural Networks" (temperature); Platt (1999).
Not here: who is likely (people.mixture).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.core import DEVICE_TYPES
from settee.people import posterior_loops as loops

Floats = NDArray[np.float64]
SCREENS = np.array([float(name in ("tv", "console")) for name in (*DEVICE_TYPES, "")])
N_FACTS = 5


@dataclass(frozen=True)
class Doubt:
    """How sure to be; learnt on other households.

    Args:
        temper: Exponent of a raw posterior; under 1 less sure, over 1 surer, 1 leaves it as it is.
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
    """(n, K) posteriors raised to a power and scaled to sum 1.

    >>> tempered(np.array([[0.9, 0.1]]), 0.5).round(2).tolist()
    [[0.75, 0.25]]
    """
    raised = np.maximum(probability, 1e-12) ** temper
    flat: Floats = raised / raised.sum(axis=1, keepdims=True)
    return flat


def together_facts(second: Floats, gain: Floats, kind: NDArray[np.int8], longer: Floats) -> Floats:
    """(n, N_FACTS) what tells co-viewing.

    Args:
        second: (n,) probability of the second person.
        gain: (n,) how much better two explain the session than one, log likelihoods.
        kind: (n,) device types, -1 unknown.
        longer: (n,) log duration over what is usual on the device.
    """
    facts: Floats = loops.facts(second, gain, SCREENS[kind], longer)
    return facts


def together_probability(facts: Floats, weights: tuple[float, ...]) -> Floats:
    """(n,) probability that several watch.

    >>> together_probability(np.array([[1.0, 0, 0, 0, 0]]), (0.0, 1.0, 1.0, 1.0, 1.0)).tolist()
    [0.5]
    """
    chance: Floats = loops.chance(facts, weights)
    return chance


DEFAULT_DOUBT = Doubt(1.15, (-3.715, 2.552, 0.273, 0.587, -0.195))
"""Learnt on simulated households; ``python -m bench run quality/people-rules`` learns it again."""
