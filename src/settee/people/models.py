"""One seam for every model that finds the persons of a household.

Reads / Writes: nothing.
Not here: our own (people.mixture), the others (people.baselines).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from settee.people.population import Population
from settee.people.rows import Rows


@dataclass(frozen=True)
class Fit:
    """Persons that a model found.

    Args:
        responsibility: (n, K) float32 probability that person k had session n; what is missing to
            1 is the share of a guest.
        arrays: What the model needs to judge further sessions.
        score: How good it is, higher is better; comparable within one model.
    """

    responsibility: NDArray[np.float32]
    arrays: Mapping[str, NDArray[Any]]
    score: float


class HouseholdModel(Protocol):
    """Finds persons among the sessions of one household."""

    @property
    def name(self) -> str:
        """Short name for tables."""
        ...

    def fit(self, rows: Rows, population: Population, seed: int) -> Fit:
        """Find the persons and how many they are."""
        ...

    def log_likelihood(
        self, arrays: Mapping[str, NDArray[Any]], rows: Rows, population: Population
    ) -> NDArray[np.float64]:
        """(n, K) logarithm of p(session, person), up to a constant of each session."""
        ...
