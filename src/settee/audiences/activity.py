"""Choose the model of activity that foretold best, and say how sure it is to be right.

The last horizon before now is held back: every model is fitted on what came before it, foretells
it, and is judged by its log loss. The winner is bent by two numbers (log odds = a + b x log odds)
to the shares that really came, and is fitted again on the whole record. Beside them stands the
plain share of units that bought: a model that does not beat it is not used.

Reads / Writes: nothing.
Source: Platt (1999), "Probabilistic Outputs for Support Vector Machines".
Not here: the models (audiences.bgnbd, audiences.pareto_nbd, audiences.hazard).
"""

from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from settee.audiences.bgnbd import BgNbd
from settee.audiences.hazard import Hazard, HazardSettings
from settee.audiences.logistic import Logistic, OneOutcome, sigmoid
from settee.audiences.pareto_nbd import ParetoNbd
from settee.audiences.purchases import DAY_S, PurchaseLog, Purchases, TooFewPurchases

Column = NDArray[np.float64]
MODELS: Final = ("bgnbd", "pareto_nbd", "hazard")
_EDGE: Final = 1e-6
_RIDGE: Final = 1e-3


class ActivityModel(Protocol):
    """Foretells who is active."""

    def p_active(self, purchases: Purchases, horizon_days: float) -> Column:
        """(n,) probability of at least one purchase within the horizon."""
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


@dataclass(frozen=True)
class Activity:
    """The chosen model, calibrated.

    Args:
        kind: `bgnbd`, `pareto_nbd`, `hazard`, or `share` where no model was better than that.
        model: It, fitted on the whole record.
        constant: Added to its log odds.
        slope: Times its log odds.
        horizon_days: For which it was chosen and calibrated.
        log_loss: Of each model on the horizon that was held back, as it is before calibration.
        reason: Why `share`: `too_few_purchases`, `no_better_than_the_share`; "" otherwise.
    """

    kind: str
    model: ActivityModel
    constant: float
    slope: float
    horizon_days: float
    log_loss: dict[str, float] = field(default_factory=dict)
    reason: str = ""

    def p_active(self, purchases: Purchases, horizon_days: float) -> Column:
        """(n,) calibrated probability of at least one purchase within the horizon."""
        raw = _log_odds(self.model.p_active(purchases, horizon_days))
        return sigmoid(self.constant + self.slope * raw)


def choose_activity(
    log: PurchaseLog,
    as_of_s: float,
    horizon_days: float,
    models: tuple[str, ...] = MODELS,
    hazard: HazardSettings | None = None,
) -> Activity:
    """Find the model that foretold the last horizon best.

    Args:
        log: All purchases; what came at `as_of_s` or later does not count.
        as_of_s: Unix seconds.
        horizon_days: How far ahead it will be asked.
        models: Which are tried.
        hazard: How the hazard is learnt; None for the defaults.
    """
    cut = as_of_s - horizon_days * DAY_S
    past = log.until(cut)
    truth = log.bought(past.unit, cut, as_of_s)
    share = _share(truth, horizon_days)
    if not 0 < truth.sum() < len(truth):
        return Activity("share", share, 0.0, 1.0, horizon_days, reason="too_few_purchases")
    told, losses = {}, {"share": _loss(truth, share.p_active(past, horizon_days))}
    for kind in models:
        try:
            told[kind] = _fit(kind, log, cut, hazard).p_active(past, horizon_days)
        except (TooFewPurchases, OneOutcome):
            continue
        losses[kind] = _loss(truth, told[kind])
    kind = min(losses, key=lambda name: losses[name])
    if kind == "share":
        reason = "no_better_than_the_share" if told else "too_few_purchases"
        return Activity("share", share, 0.0, 1.0, horizon_days, losses, reason)
    bend = Logistic.fit(_log_odds(told[kind])[:, np.newaxis], truth, ridge=_RIDGE)
    slope = float(bend.weight[0])
    model = _fit(kind, log, as_of_s, hazard)
    if slope <= 0:  # calibration must not turn the order around
        return Activity(kind, model, 0.0, 1.0, horizon_days, losses)
    return Activity(kind, model, bend.constant, slope, horizon_days, losses)


def _fit(
    kind: str, log: PurchaseLog, as_of_s: float, hazard: HazardSettings | None
) -> ActivityModel:
    if kind == "hazard":
        return Hazard.fit(log, as_of_s, hazard)
    known = log.until(as_of_s)
    return BgNbd.fit(known) if kind == "bgnbd" else ParetoNbd.fit(known)


def _share(truth: NDArray[np.bool_], horizon_days: float) -> Share:
    share = (truth.sum() + 0.5) / (len(truth) + 1.0)  # never 0 or 1: half a unit each way
    return Share(float(-np.log1p(-share)) / horizon_days)


def _log_odds(p: Column) -> Column:
    clipped = np.clip(p, _EDGE, 1.0 - _EDGE)
    found: Column = np.log(clipped) - np.log1p(-clipped)
    return found


def _loss(truth: NDArray[np.bool_], p: Column) -> float:
    clipped = np.clip(p, _EDGE, 1.0 - _EDGE)
    return float(-np.where(truth, np.log(clipped), np.log1p(-clipped)).mean())
