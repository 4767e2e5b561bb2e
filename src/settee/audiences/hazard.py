"""Foretell purchases from covariates: a hazard per fortnight, learnt at several earlier instants.

At each of `cuts` earlier instants every unit is a row: how long silent, how often and since when it
bought, what it pays; and whether it bought within the next step. Over a horizon of three steps with
hazards .1, .08 and .06 (silence grows from step to step) somebody is active with probability
1 - .9 x .92 x .94 = .22. Nothing is assumed about how people stop, so it bends where BG/NBD cannot.

Reads / Writes: nothing.
Source: Singer, Willett (1993), "It's About Time", Journal of Educational Statistics 18(2).
Not here: the regression (audiences.logistic), which model is used (audiences.activity).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from settee.audiences.logistic import Logistic
from settee.audiences.purchases import (
    DAY_S,
    FADING_DAYS,
    PurchaseLog,
    Purchases,
    TooFewPurchases,
)

Column = NDArray[np.float64]
_SILENT: Final = (14.0, 45.0, 120.0, 300.0)
_AGED: Final = (60.0, 180.0, 540.0)
_OFTEN: Final = (1.5, 4.5)
_YEAR: Final = 365.25
_SEASONS_FROM: Final = 1.5 * _YEAR


@dataclass(frozen=True)
class HazardSettings:
    """How the hazard is learnt; all change results.

    Args:
        step_days: Length of a step; within one the hazard is constant.
        cuts: Most earlier instants, a step apart, that are learnt from.
        ridge: On standardised covariates.
        most_rows: Rows that are learnt from; over it a sample is drawn.
        seed: Of that sample.
        n_fading: How many of the fading counts of purchases are looked at, the fastest first.
    """

    step_days: float = 15.0
    cuts: int = 24
    ridge: float = 30.0
    most_rows: int = 300_000
    seed: int = 7
    n_fading: int = len(FADING_DAYS)


@dataclass(frozen=True)
class Hazard:
    """The model.

    Args:
        step_days: Length of a step.
        has_season: Does the time of the year count? Only once a year and a half was learnt from.
        odds: Log odds of a purchase within a step.
    """

    step_days: float
    has_season: bool
    odds: Logistic

    @classmethod
    def fit(cls, log: PurchaseLog, as_of_s: float, settings: HazardSettings | None = None) -> Self:
        """Learn from what followed earlier instants.

        Args:
            log: All purchases; what came at `as_of_s` or later does not count.
            as_of_s: Unix seconds.
            settings: How; None for the defaults.

        Raises:
            TooFewPurchases: If the record is shorter than two steps, or nobody bought in one.
        """
        chosen = settings or HazardSettings()
        step_s = chosen.step_days * DAY_S
        has_season = chosen.cuts * chosen.step_days >= _SEASONS_FROM
        cuts: Column = as_of_s - step_s * np.arange(1.0, chosen.cuts + 1)
        rng = np.random.default_rng(chosen.seed)
        rows, truth = [], []
        for cut, n_drawn in zip(cuts, _drawn(log, cuts, chosen.most_rows), strict=True):
            past = log.until(cut)
            if not past.n:
                break
            past = replace(past, fading=past.fading[:, : chosen.n_fading])
            if n_drawn < past.n:
                past = past.where(np.sort(rng.choice(past.n, n_drawn, replace=False)))
            rows.append(covariates(past, has_season=has_season))
            truth.append(log.bought(past.unit, cut, cut + step_s))
        y = np.concatenate([np.zeros(0, np.bool_), *truth])
        if not 0 < y.sum() < len(y):
            raise TooFewPurchases(
                f"{int(y.sum())} of {len(y)} rows before the instant ended in a purchase; "
                "some must and some not.",
                hint=f"Import a past of more than two steps of {chosen.step_days:g} days.",
            )
        x = np.concatenate(rows)
        return cls(chosen.step_days, has_season, Logistic.fit(x, y, ridge=chosen.ridge))

    def p_active(self, purchases: Purchases, horizon_days: float) -> Column:
        """(n,) probability of at least one purchase within the horizon.

        Args:
            purchases: What is known of every buyer.
            horizon_days: Any length; a part of a step counts as that part of its hazard.
        """
        log_none = np.zeros(purchases.n)
        left = horizon_days
        while left > 0:
            step = covariates(purchases, has_season=self.has_season)
            survive = -np.logaddexp(0.0, self.odds.log_odds(step))
            log_none += survive * min(1.0, left / self.step_days)
            purchases = purchases.later(self.step_days)
            left -= self.step_days
        found: Column = -np.expm1(log_none)
        return found

    def to_arrays(self) -> dict[str, Column]:
        """All of it as plain arrays."""
        return {
            "shape": np.array([self.step_days, float(self.has_season), self.odds.constant]),
            "weight": self.odds.weight,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Column]) -> Self:
        """The hazard that `to_arrays` described."""
        step_days, has_season, constant = arrays["shape"].tolist()
        return cls(step_days, bool(has_season), Logistic(constant, arrays["weight"]))


def _drawn(log: PurchaseLog, cuts: Column, most_rows: int) -> NDArray[np.int64]:
    """(n_cuts,) rows that are learnt from at each instant: all, or an even share of what is known.

    They are drawn before covariates are made, so that a million people at 24 instants need no
    memory for 24 million rows.
    """
    first = np.sort(log.day[log.indptr[:-1]]) + 1
    n_known = np.searchsorted(first, cuts / DAY_S, side="right")
    share = min(1.0, most_rows / max(int(n_known.sum()), 1))
    n_drawn: NDArray[np.int64] = np.ceil(n_known * share).astype(np.int64)
    return n_drawn


def covariates(purchases: Purchases, *, has_season: bool) -> NDArray[np.float64]:
    """(n, F) what the hazard looks at.

    Silence and age are bent at fixed days, so that the curve needs no form; silence is also taken
    beside the unit's own mean gap, and apart for those who bought once.
    """
    silent, age = purchases.silent_days, purchases.age_days
    often = purchases.frequency
    log_silent, log_age, log_often = np.log1p(silent), np.log1p(age), np.log1p(often)
    once = (often == 0).astype(np.float64)
    own_gap = np.divide(purchases.recency_days, often, out=np.ones(purchases.n), where=often > 0)
    gaps = np.where(often > 0, np.log1p(silent / np.maximum(own_gap, 1.0)), 0.0)
    columns = [
        log_silent,
        *(np.maximum(log_silent - np.log1p(days), 0.0) for days in _SILENT),
        log_age,
        *(np.maximum(log_age - np.log1p(days), 0.0) for days in _AGED),
        log_often,
        *(np.maximum(log_often - np.log1p(times), 0.0) for times in _OFTEN),
        once,
        once * log_silent,
        log_often * log_silent,
        np.log((often + 0.5) / (age + 30.0)),
        gaps,
        np.where(often > 0, np.log1p(own_gap), 0.0),
        np.log1p(np.maximum(purchases.mean_value, 0.0)),
        np.log1p(np.maximum(purchases.value, 0.0)),
        *(np.log(purchases.fading[:, place] + 1e-3) for place in range(purchases.fading.shape[1])),
    ]
    if has_season:
        turn = 2.0 * np.pi * (purchases.as_of_s / DAY_S / _YEAR)
        columns += [np.full(purchases.n, np.sin(turn)), np.full(purchases.n, np.cos(turn))]
    return np.stack(columns, axis=1)
