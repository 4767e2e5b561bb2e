"""Say how likely each unit of a reach comes within the horizon, by the model that foretold best.

Recency and frequency of the record (a logistic over seven columns), BG/NBD, Pareto/NBD and the
hazard foretell the last horizon from what lay before it, beside the plain share of units that came.
With log losses of .412, .431, .425, .409 and .52 the hazard is used: it is fitted again on all and
asked from then on. What a reach knows is what the models of purchases ask for: days with an event
less one, the first and the last of them, and how many there were lately.

Reads: a reach.  Writes: nothing.
Not here: the models and their fit (audiences.activity), what an item adds (audiences.response).
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from settee.audiences.activity import (
    MODELS,
    ActivityModel,
    fit_model,
    log_loss,
    open_model,
    share_of,
)
from settee.audiences.hazard import HazardSettings
from settee.audiences.history import Reach
from settee.audiences.logistic import Logistic, OneOutcome
from settee.audiences.purchases import DAY_S, PurchaseLog, Purchases, TooFewPurchases
from settee.events import Interactions

Column = NDArray[np.float64]
PLAIN: Final = "recency_frequency"
KINDS: Final = (PLAIN, *MODELS, "share")
UNIT_FEATURES: Final = (
    "log_days_since_last", "log_days_since_first", "log_days_with_events", "log_lately",
    "log_items_a_day", "last_by_frequency", "last_squared",
)  # fmt: skip
_HAZARD: Final = HazardSettings(n_fading=1)
_BLOCK: Final = 1 << 16
_MODEL: Final = "activity."


@dataclass(frozen=True)
class UnitActivity:
    """How likely units come, and how that was found.

    Args:
        plain: Log odds of coming, of UNIT_FEATURES.
        kind: Which model is asked: one of KINDS.
        model: It; None where that is `recency_frequency`.
        horizon_days: Within which somebody comes.
        log_loss: Of each model on the horizon that was held back; empty in models from before the
            choice was made, which were `recency_frequency`.
        reason: Why another was not taken: `too_few_purchases` (asked for by name, and it could not
            be fitted), `no_better_than_the_share`; "" otherwise.
    """

    plain: Logistic
    kind: str = PLAIN
    model: ActivityModel | None = None
    horizon_days: float = 30.0
    log_loss: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""

    def probability(self, reach: Reach) -> Column:
        """(n_units,) of any event of interest within the horizon; in blocks, in bounded memory."""
        if self.model is None:
            return self.plain.probability(unit_features(reach))
        known, p = purchases_of_reach(reach), np.empty(reach.n_units)
        for start in range(0, reach.n_units, _BLOCK):
            block = np.arange(start, min(start + _BLOCK, reach.n_units))
            p[block] = self.model.p_active(known.where(block), self.horizon_days)
        return p

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """All of it as plain arrays."""
        losses = [self.log_loss.get(kind, np.nan) for kind in KINDS]
        found: dict[str, NDArray[np.generic]] = {
            "active": np.append(self.plain.constant, self.plain.weight),
            f"{_MODEL}kind": np.array(self.kind),
            f"{_MODEL}reason": np.array(self.reason),
            f"{_MODEL}log_loss": np.array(losses),
        }
        model = {} if self.model is None else self.model.to_arrays()
        return found | {f"{_MODEL}{self.kind}.{name}": part for name, part in model.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]], horizon_days: float) -> Self:
        """What `to_arrays` described; `recency_frequency` where it was written before the choice.

        Args:
            arrays: From `to_arrays`.
            horizon_days: Within which somebody comes.
        """
        active = np.array(arrays["active"], np.float64)
        plain = Logistic(float(active[0]), active[1:])
        if f"{_MODEL}kind" not in arrays:
            return cls(plain, horizon_days=horizon_days)
        kind, losses = str(arrays[f"{_MODEL}kind"]), arrays[f"{_MODEL}log_loss"].tolist()
        own = f"{_MODEL}{kind}."
        parts = {
            name.removeprefix(own): np.array(part, np.float64)
            for name, part in arrays.items()
            if name.startswith(own)
        }
        model = None if kind == PLAIN else open_model(kind, parts)
        told = {one: loss for one, loss in zip(KINDS, losses, strict=True) if np.isfinite(loss)}
        return cls(plain, kind, model, horizon_days, told, str(arrays[f"{_MODEL}reason"]))


@dataclass(frozen=True)
class HeldBack:
    """The last horizon, and what is asked of it.

    Args:
        events: The record.
        end_s: Its end, epoch seconds.
        cut_s: Where the horizon begins.
        horizon_days: Its length.
        known: What was known of everybody at the cut.
        came: (n_units,) who came within it.
        plain: (n_units,) what recency and frequency, learnt without it, say of that.
    """

    events: Interactions
    end_s: int
    cut_s: int
    horizon_days: float
    known: Purchases
    came: NDArray[np.bool_]
    plain: Column


def purchases_of_reach(reach: Reach) -> Purchases:
    """What models of purchases ask of everybody: a day with an event is a purchase of no value.

    Args:
        reach: As of the instant from which it is foretold.
    """
    age = np.ceil((reach.as_of_s - reach.first_s) / DAY_S)
    silent = np.ceil((reach.as_of_s - reach.last_s) / DAY_S)
    nothing = np.zeros(reach.n_units)
    return Purchases(
        unit=np.arange(reach.n_units),
        frequency=np.maximum(reach.n_days.astype(np.float64) - 1.0, 0.0),
        recency_days=age - silent,
        age_days=age,
        value=nothing,
        mean_value=nothing,
        fading=reach.lately.astype(np.float64)[:, np.newaxis],
        as_of_s=float(reach.as_of_s),
    )


def unit_features(reach: Reach) -> NDArray[np.float64]:
    """(n_units, 7) recency, age and frequency of every unit, in logs: UNIT_FEATURES."""
    since = np.log1p((reach.as_of_s - reach.last_s) / DAY_S)
    age = np.log1p((reach.as_of_s - reach.first_s) / DAY_S)
    days = np.maximum(reach.n_days.astype(np.float64), 0.02)
    often = np.log(days)
    broad = np.log(np.maximum(np.diff(reach.indptr), 0.02) / days)
    lately = np.log1p(reach.lately.astype(np.float64))
    return np.column_stack([since, age, often, lately, broad, since * often, since**2])


def choose(held: HeldBack, plain: Logistic, wanted: str) -> tuple[UnitActivity, Column]:
    """Find the model with the least log loss on the horizon that was held back.

    Args:
        held: It.
        plain: Recency and frequency, learnt from all.
        wanted: ``auto``, or the one of KINDS that is to be used whatever its loss; then only it
            is held against recency and frequency and the share.

    Returns:
        The model, fitted on the whole record, and (n_units,) what it said of the horizon before.
    """
    shift_s = held.end_s % int(DAY_S)
    kept = held.events.is_interest & (held.events.at_s < held.end_s)
    # Days begin at the second of the day at which the record ends: none is cut in two.
    at_s = (held.events.at_s[kept] - shift_s).astype(np.float64)
    log = PurchaseLog.of(held.events.account[kept], at_s)
    share = share_of(held.came, held.horizon_days)
    told = {PLAIN: held.plain, "share": share.p_active(held.known, held.horizon_days)}
    for kind in MODELS if wanted == "auto" else {wanted} & set(MODELS):
        with suppress(TooFewPurchases, OneOutcome):
            model = fit_model(kind, log, float(held.cut_s - shift_s), _HAZARD)
            told[kind] = model.p_active(held.known, held.horizon_days)
    losses: dict[str, float] = {one: log_loss(held.came, told[one]) for one in KINDS if one in told}
    kind = min(losses, key=lambda one: losses[one]) if wanted == "auto" else wanted
    reason = "no_better_than_the_share" if (wanted, kind) == ("auto", "share") else ""
    if kind not in told:
        kind, reason = PLAIN, "too_few_purchases"
    used: ActivityModel | None = share if kind == "share" else None
    if kind in MODELS:
        used = fit_model(kind, log, float(held.end_s - shift_s), _HAZARD)
    return UnitActivity(plain, kind, used, held.horizon_days, losses, reason), told[kind]
