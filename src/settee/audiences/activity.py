"""Foretell who is active: the models there are, how they are fitted, kept and judged.

Each says with which probability a unit buys within a horizon, from what was bought before. Of 100
who were told .2, some 20 should come: log loss says how far that holds. Beside the models stands
the plain share of units that bought; one that does not beat it is of no use.

Reads / Writes: nothing.
Not here: the models (audiences.bgnbd, audiences.pareto_nbd, audiences.hazard), which of them is
asked (audiences.activity_of_reach).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from settee.audiences.hazard import Hazard, HazardSettings
from settee.audiences.purchases import PurchaseLog, Purchases

Column = NDArray[np.float64]
MODELS: Final = ("bgnbd", "pareto_nbd", "hazard")
_EDGE: Final = 1e-6


class ActivityModel(Protocol):
    """Foretells who is active."""

    def p_active(self, purchases: Purchases, horizon_days: float) -> Column:
        """(n,) probability of at least one purchase within the horizon."""
        ...

    def to_arrays(self) -> dict[str, Column]:
        """All of it as plain arrays."""
        ...


@dataclass(frozen=True)
class Share:
    """Everybody is active with the same probability: where nothing better is known.

    Args:
        per_day: Hazard of a first purchase on a day.
    """

    per_day: float

    def p_active(self, purchases: Purchases, horizon_days: float) -> Column:
        """(n,) the same for all."""
        return np.full(purchases.n, -np.expm1(-self.per_day * horizon_days))

    def to_arrays(self) -> dict[str, Column]:
        """All of it as plain arrays."""
        return {"per_day": np.array(self.per_day)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Column]) -> Self:
        """The share that `to_arrays` described."""
        return cls(float(arrays["per_day"]))


def fit_model(
    kind: str, log: PurchaseLog, as_of_s: float, hazard: HazardSettings | None = None
) -> ActivityModel:
    """Fit one of `MODELS` on what came before an instant.

    Args:
        kind: Which.
        log: All purchases.
        as_of_s: Unix seconds.
        hazard: How the hazard is learnt; None for the defaults.

    Raises:
        TooFewPurchases: If too little was bought before the instant.
        OneOutcome: If nothing tells those who came from those who did not.
    """
    from settee.audiences.bgnbd import BgNbd  # SciPy: a service need not load it to serve
    from settee.audiences.pareto_nbd import ParetoNbd

    if kind == "hazard":
        return Hazard.fit(log, as_of_s, hazard)
    known = log.until(as_of_s)
    return BgNbd.fit(known) if kind == "bgnbd" else ParetoNbd.fit(known)


def open_model(kind: str, arrays: Mapping[str, Column]) -> ActivityModel:
    """The model that `to_arrays` described.

    Args:
        kind: One of `MODELS`, or ``share``.
        arrays: Of it.
    """
    from settee.audiences.bgnbd import BgNbd
    from settee.audiences.pareto_nbd import ParetoNbd

    if kind == "hazard":
        return Hazard.from_arrays(arrays)
    if kind == "share":
        return Share.from_arrays(arrays)
    return (BgNbd if kind == "bgnbd" else ParetoNbd).from_arrays(arrays)


def share_of(truth: NDArray[np.bool_], horizon_days: float) -> Share:
    """The plain share, never 0 or 1: half a unit is added each way."""
    share = (truth.sum() + 0.5) / (len(truth) + 1.0)
    return Share(float(-np.log1p(-share)) / horizon_days)


def log_loss(truth: NDArray[np.bool_], p: Column) -> float:
    """Mean log loss of probabilities; what was said to be sure counts as a millionth less.

    >>> round(log_loss(np.array([True, False]), np.array([0.5, 0.5])), 3)
    0.693
    """
    clipped = np.clip(p, _EDGE, 1.0 - _EDGE)
    return float(-np.where(truth, np.log(clipped), np.log1p(-clipped)).mean())
