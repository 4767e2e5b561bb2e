"""Say what the next order of everybody brings, by Gamma-Gamma where it foretells better.

Ann paid 80 once more where people pay 35: she is expected to pay 66, not 80 and not 35. Whether
that holds is asked of the last horizon: unless it foretells those orders better than the plain mean
by more than chance, the mean is told for everybody, with the reason.

Reads / Writes: nothing.
Source: Fader, Hardie (2013), "The Gamma-Gamma Model of Monetary Value"; McCullagh, Nelder (1989),
"Generalized Linear Models", section 8.3 (the deviance by which the two are judged).
Not here: the model itself (audiences.gamma_gamma), who orders at all (audiences.response).
"""

from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from settee.audiences.definition import ValuedBy
from settee.audiences.gamma_gamma import GammaGamma
from settee.audiences.purchases import DAY_S, PurchaseLog, TooFewPurchases
from settee.candidates import Arrays
from settee.core import ChecksFailed

Column = NDArray[np.float64]
MEAN_REASONS: Final = {
    "too_few_purchases": "Too few came back and paid to tell people apart.",
    "no_better_than_the_mean": "It did not foretell the orders of the last horizon clearly better.",
}
"""Why everybody has the mean, by code."""
_LEAST: Final = 10
_Z: Final = 1.959963984540054


class NoRevenue(ChecksFailed):
    """No order on record has an amount."""

    code = "no_revenue"


@dataclass(frozen=True)
class OrderValue:
    """What was learnt of the worth of orders.

    Args:
        mean: Of a day with an order, in the unit of the revenue.
        model: Gamma-Gamma, or None where everybody has the mean.
        reason: Of `MEAN_REASONS`; empty with a model.
        deviance: Of each way on the last horizon, by name; empty where none could be judged.
    """

    mean: float
    model: GammaGamma | None = None
    reason: str = ""
    deviance: dict[str, float] = field(default_factory=dict)

    @property
    def valued_by(self) -> ValuedBy:
        """What an order is foretold by."""
        return "mean" if self.model is None else "gamma_gamma"

    @classmethod
    def fit(cls, log: PurchaseLog, as_of_s: float, horizon_days: float) -> Self:
        """Learn what an order brings.

        Args:
            log: Orders with an amount above 0.
            as_of_s: Now, Unix seconds.
            horizon_days: Length of the last stretch, on which the two ways are judged.

        Raises:
            NoRevenue: If there is no such order before now.
        """
        known = log.until(as_of_s)
        if known.n == 0:
            raise NoRevenue(
                "no order on record has an amount.",
                hint="Import orders with revenue_cents, or name margin_cents.",
            )
        mean = _mean(log, as_of_s)
        each = _judge(log, as_of_s - horizon_days * DAY_S, as_of_s)
        if not each:
            return cls(mean, None, "too_few_purchases")
        deviance = {name: float(one.mean()) for name, one in each.items()}
        ahead = each["mean"] - each["gamma_gamma"]
        if ahead.mean() <= _Z * ahead.std(ddof=1) / np.sqrt(len(ahead)):
            return cls(mean, None, "no_better_than_the_mean", deviance)
        return cls(mean, GammaGamma.fit(known), "", deviance)

    def of(self, log: PurchaseLog, units: NDArray[np.integer], as_of_s: float) -> Column:
        """(n,) what the next order of each unit brings.

        Args:
            log: Orders with an amount above 0.
            units: (n,) numbers as in the log; one that never ordered has the mean of all.
            as_of_s: Now, Unix seconds.
        """
        if self.model is None:
            return np.full(len(units), self.mean)
        known = log.until(as_of_s)
        told = np.append(self.model.expected_value(known), self.model.mean)
        place = np.searchsorted(known.unit, units)
        is_known = np.append(known.unit, -1)[place] == units
        found: Column = told[np.where(is_known, place, known.n)]
        return found

    def to_arrays(self) -> Arrays:
        """All of it but the deviances as plain arrays."""
        model = self.model
        return {
            "mean": np.array(self.mean),
            "reason": np.array([*MEAN_REASONS, ""].index(self.reason)),
            "gamma_gamma": np.array(
                [] if model is None else [model.p, model.q, model.v, model.correlation]
            ),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """What `to_arrays` described."""
        numbers = np.array(arrays["gamma_gamma"], np.float64).tolist()
        reason = [*MEAN_REASONS, ""][int(arrays["reason"])]
        return cls(float(arrays["mean"]), GammaGamma(*numbers) if numbers else None, reason)


def _mean(log: PurchaseLog, until_s: float) -> float:
    past = log.day + 1 <= until_s / DAY_S
    return float(log.value[past].mean())


def _judge(log: PurchaseLog, cut_s: float, as_of_s: float) -> dict[str, Column]:
    """Deviance of each way on what each known at a cut paid behind it; empty with too few."""
    known = log.until(cut_s)
    behind = (log.day + 1 > cut_s / DAY_S) & (log.day + 1 <= as_of_s / DAY_S)
    row = log.row[behind]
    n, paid = np.bincount(row, minlength=log.n), np.bincount(row, log.value[behind], log.n)
    place = np.searchsorted(log.unit, known.unit)
    came = n[place] > 0
    if came.sum() < _LEAST:
        return {}
    try:
        model = GammaGamma.fit(known)
    except TooFewPurchases:
        return {}
    truth = paid[place[came]] / n[place[came]]
    ways = {
        "gamma_gamma": model.expected_value(known)[came],
        "mean": np.full(len(truth), _mean(log, cut_s)),
    }
    return {name: _deviance(truth, told) for name, told in ways.items()}


def _deviance(truth: Column, told: Column) -> Column:
    """Of gamma: 0 where all is foretold; a tenth off counts the same of 10 as of 1,000."""
    ratio = truth / told
    found: Column = 2.0 * (ratio - 1.0 - np.log(ratio))
    return found
