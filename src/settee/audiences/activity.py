"""Choose the model of activity that foretold best, and say how sure it is to be right.

The last horizon before now is held back: every model is fitted on what came before it, foretells
it, and is judged by its log loss. Beside them stands the plain share of units that bought: a model
that does not beat it is not used. The winner is fitted again on the whole record. Two numbers that
would bend it (log odds = a + b x log odds) are learnt from the horizon before the last, and are
kept only if they lower the loss on the last: of CD buyers they would have raised it from .342 to
.351, because a model that was fitted on less errs otherwise than one fitted on all.

Reads / Writes: nothing.
Source: Platt (1999), "Probabilistic Outputs for Support Vector Machines".
Not here: the models (audiences.bgnbd, audiences.pareto_nbd, audiences.hazard), the choice for a
reach (audiences.activity_of_reach).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from settee.audiences.hazard import Hazard, HazardSettings
from settee.audiences.logistic import Logistic, OneOutcome, sigmoid
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
        return self.bent(self.model.p_active(purchases, horizon_days))

    def by(self, bend: tuple[float, float]) -> Self:
        """The same, bent by a constant and a slope."""
        return replace(self, constant=bend[0], slope=bend[1])

    def bent(self, p: Column) -> Column:
        """(n,) what the model says, brought to the shares that really came."""
        if (self.constant, self.slope) == (0.0, 1.0):
            return p
        return sigmoid(self.constant + self.slope * _log_odds(p))


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
    share = share_of(truth, horizon_days)
    if not 0 < truth.sum() < len(truth):
        return Activity("share", share, 0.0, 1.0, horizon_days, reason="too_few_purchases")
    told, losses = {}, {"share": log_loss(truth, share.p_active(past, horizon_days))}
    for kind in models:
        try:
            told[kind] = fit_model(kind, log, cut, hazard).p_active(past, horizon_days)
        except (TooFewPurchases, OneOutcome):
            continue
        losses[kind] = log_loss(truth, told[kind])
    kind = min(losses, key=lambda name: losses[name])
    if kind == "share":
        reason = "no_better_than_the_share" if told else "too_few_purchases"
        return Activity("share", share, 0.0, 1.0, horizon_days, losses, reason)
    chosen = Activity(kind, fit_model(kind, log, as_of_s, hazard), 0.0, 1.0, horizon_days, losses)
    before = _bend(log, cut, horizon_days, kind, hazard)
    if before is None or log_loss(truth, chosen.by(before).bent(told[kind])) >= losses[kind]:
        return chosen
    return chosen.by(_platt(told[kind], truth) or before)


def _bend(
    log: PurchaseLog, cut: float, horizon_days: float, kind: str, hazard: HazardSettings | None
) -> tuple[float, float] | None:
    """What would have bent the model to the horizon before `cut`; None if that cannot be told."""
    earlier = cut - horizon_days * DAY_S
    past = log.until(earlier)
    try:
        told = fit_model(kind, log, earlier, hazard).p_active(past, horizon_days)
    except (TooFewPurchases, OneOutcome):
        return None
    return _platt(told, log.bought(past.unit, earlier, cut))


def _platt(p: Column, truth: NDArray[np.bool_]) -> tuple[float, float] | None:
    try:
        bend = Logistic.fit(_log_odds(p)[:, np.newaxis], truth, ridge=_RIDGE)
    except OneOutcome:
        return None
    slope = float(bend.weight[0])  # calibration must not turn the order around
    return (bend.constant, slope) if slope > 0 else None


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


def _log_odds(p: Column) -> Column:
    clipped = np.clip(p, _EDGE, 1.0 - _EDGE)
    found: Column = np.log(clipped) - np.log1p(-clipped)
    return found
