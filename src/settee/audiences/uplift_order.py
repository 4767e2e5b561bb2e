"""Rank people by whom a contact moves: by uplift, by response, or by both added up.

An uplift is a small difference of two large numbers, so its order is shaky; the order by response
is steady, and often near. Added up, each brought to spread 1, they err less than either. Both is
taken unless cross-validated Qini says that one alone is better by more than chance: with 3 visits
in 1,000 gained by both and 4 by uplift, an interval of the difference from -2 to 1 says it does
not. What a score means is learnt in the end as well, so that it is told as a difference: .03 is
three more responses among a hundred who are addressed.

Reads / Writes: nothing.
Source: Nie, Wager (2021), "Quasi-oracle estimation", Biometrika 108(2) (the loss of R, by which
scores are made differences); Radcliffe (2007) (Qini).
Not here: the ways to learn uplift (audiences.uplift), trials out of campaigns (audiences.trials).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from settee.audiences.logistic import Logistic
from settee.audiences.uplift import (
    Ridge,
    TooFewInTrial,
    Trial,
    Uplift,
    choose_uplift,
    even_folds,
    fit_outcome,
    mean_without_own,
    told_by,
)
from settee.audiences.uplift_curves import Qini, qini
from settee.candidates import Arrays

Column = NDArray[np.float64]
UpliftOrder = Literal["both", "uplift", "response"]
UPLIFT_ORDERS: Final[tuple[UpliftOrder, ...]] = get_args(UpliftOrder)
"""By what people are ranked; the first is taken unless another is clearly better."""
_FOLDS: Final = 3
_DRAWS: Final = 100
_MOST: Final = 100_000
_RIDGE: Final = 10.0
LEAST: Final = 200
"""Of those addressed, and of those not: thirds are held back three times over, and 50 must stay."""


@dataclass(frozen=True)
class _Parts:
    """An uplift and a response of the same rows, each with its middle and spread."""

    uplift: Uplift
    response: Ridge | Logistic
    middle: Column  # (2,) of uplift and response
    spread: Column  # (2,)

    @classmethod
    def fit(cls, trial: Trial, seed: int) -> Self:
        uplift = choose_uplift(trial, seed=seed, may_be_alike=False)
        those = trial.treated
        response = fit_outcome(
            trial.x[those], trial.outcome[those], _RIDGE, is_binary=trial.is_binary
        )
        told = np.stack([uplift.score(trial.x), told_by(response, trial.x)])
        spread = told.std(axis=1)
        spread[spread < 1e-12] = np.inf  # says nothing, and weighs nothing
        return cls(uplift, response, told.mean(axis=1), spread)

    def scores(self, x: Column) -> dict[UpliftOrder, Column]:
        told = np.stack([self.uplift.score(x), told_by(self.response, x)], axis=1)
        uplift, response = ((told - self.middle) / self.spread).T
        return {"both": uplift + response, "uplift": uplift, "response": response}


@dataclass(frozen=True)
class MovedModel:
    """Whom a contact moves, and by how much.

    Args:
        order: By what people are ranked.
        parts: What was learnt of them.
        constant: Difference that a contact makes where the score is 0.
        slope: What one more of the score adds; 0 where nothing tells people apart.
        qini: Cross-validated, of each order and of their differences; empty once it was stored.
    """

    order: UpliftOrder
    parts: _Parts
    constant: float
    slope: float
    qini: dict[str, Qini] = field(default_factory=dict)

    @property
    def n_columns(self) -> int:
        """Columns that it looks at."""
        return len(self.parts.response.weight)

    @property
    def is_alike(self) -> bool:
        """Is everybody moved by the same, as far as the trial tells?"""
        return self.slope == 0

    def score(self, x: Column) -> Column:
        """(n,) what addressing adds to the outcome of every unit, (n, F)."""
        return self.constant + self.slope * self.parts.scores(x)[self.order]

    def to_arrays(self) -> Arrays:
        """All of it but the Qini figures as plain arrays."""
        response = self.parts.response
        kind = "odds" if isinstance(response, Logistic) else "sum"
        return {
            "order": np.array(UPLIFT_ORDERS.index(self.order)),
            "scale": np.concatenate([self.parts.middle, self.parts.spread]),
            "told_as": np.array([self.constant, self.slope]),
            f"response_{kind}": np.append(response.constant, response.weight),
            **{f"uplift_{name}": one for name, one in self.parts.uplift.to_arrays().items()},
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The model that `to_arrays` described."""
        is_odds = "response_odds" in arrays
        numbers = np.array(arrays["response_odds" if is_odds else "response_sum"], np.float64)
        model = Logistic if is_odds else Ridge
        uplift = {
            name.removeprefix("uplift_"): one
            for name, one in arrays.items()
            if name.startswith("uplift_")
        }
        scale = np.array(arrays["scale"], np.float64)
        parts = _Parts(
            Uplift.from_arrays(uplift), model(float(numbers[0]), numbers[1:]), scale[:2], scale[2:]
        )
        constant, slope = np.array(arrays["told_as"], np.float64).tolist()
        return cls(UPLIFT_ORDERS[int(arrays["order"])], parts, constant, slope)


def learn_moved(trial: Trial, seed: int = 7) -> MovedModel:
    """Learn whom a contact moves.

    Args:
        trial: A randomised one; of over 50,000 on one side an even sample of that side is taken.
        seed: Of the parts and draws (changes results).

    Raises:
        TooFewInTrial: If fewer than 200 were addressed, or fewer than 200 were not.
    """
    check_size(trial)
    return _learn(trial, seed)


def check_size(trial: Trial) -> None:
    """Refuse a trial that is too small to tell people apart by.

    Args:
        trial: Any.

    Raises:
        TooFewInTrial: If fewer than 200 were addressed, or fewer than 200 were not.
    """
    n_treated = int(trial.treated.sum())
    n_others = len(trial.treated) - n_treated
    if min(n_treated, n_others) < LEAST:
        raise TooFewInTrial(
            f"{n_treated} were addressed and {n_others} were not; at least {LEAST} of each are "
            "needed to tell people apart.",
            hint="Hold a larger share out, or wait for another audience of the campaign.",
        )


def _learn(trial: Trial, seed: int) -> MovedModel:
    rows = _even(trial)
    folds = even_folds(rows, _FOLDS, seed)
    held: dict[str, Column] = {name: np.zeros(len(folds)) for name in UPLIFT_ORDERS}
    for fold in range(_FOLDS):
        inside = folds == fold
        parts = _Parts.fit(rows.where(~inside), seed)
        for name, told in parts.scores(rows.x[inside]).items():
            held[name][inside] = told
    found = qini(held, rows, _DRAWS, seed)
    order = better(found)
    constant, slope = _as_difference(rows, held[order], folds)
    return MovedModel(order, _Parts.fit(rows, seed), constant, slope, found)


def judge_moved(
    trial: Trial, others: Mapping[str, Column], n_draws: int = 300, seed: int = 7
) -> dict[str, Qini]:
    """Qini of `learn_moved` on rows that it did not learn from, choice included, beside others.

    Args:
        trial: A randomised one; of over 50,000 on one side an even sample of that side is taken.
        others: (n,) scores of other orders by name; a response learnt among those addressed, and
            chance, stand beside them in any case.
        n_draws: For the intervals (changes them only).
        seed: Of parts and draws.

    Returns:
        Figures of `chosen`, `response`, `chance` and the others, and of `chosen - OTHER`.

    Raises:
        TooFewInTrial: If fewer than 200 were addressed, or fewer than 200 were not.
    """
    check_size(trial)
    rows = _even(trial)
    few = _places(trial)
    folds = even_folds(rows, _FOLDS, seed + 1)
    chosen, response = np.zeros(len(folds)), np.zeros(len(folds))
    for fold in range(_FOLDS):
        inside = folds == fold
        model = _learn(rows.where(~inside), seed)
        scores = model.parts.scores(rows.x[inside])
        chosen[inside], response[inside] = scores[model.order], scores["response"]
    chance = np.random.default_rng(seed).random(len(folds))
    beside = {name: score[few] for name, score in others.items()}
    scored = {"chosen": chosen, "response": response, **beside, "chance": chance}
    return qini(scored, rows, n_draws, seed)


def better(found: Mapping[str, Qini]) -> UpliftOrder:
    """The first order, unless another is better by more than chance.

    Args:
        found: Qini of the first less each other, as `FIRST - OTHER`.
    """
    first, *rest = UPLIFT_ORDERS
    ahead = {one: found[f"{first} - {one}"] for one in rest}
    clear = [one for one in rest if ahead[one].high < 0]
    return min(clear, key=lambda one: ahead[one].value, default=first)


def _as_difference(trial: Trial, held: Column, folds: NDArray[np.int64]) -> tuple[float, float]:
    """Constant and slope that make scores of rows held back differences, by the loss of R."""
    rest_y = trial.outcome - mean_without_own(trial, _RIDGE, folds)
    rest_t = trial.treated.astype(np.float64) - trial.share
    columns = np.stack([rest_t, held * rest_t], axis=1)
    (constant, slope), *_ = np.linalg.lstsq(columns, rest_y, rcond=None)
    if slope > 0:
        return float(constant), float(slope)
    return float(rest_y @ rest_t / (rest_t @ rest_t)), 0.0  # the order must never turn round


def _places(trial: Trial) -> NDArray[np.int64]:
    """Rows that are learnt from: of each side up to half of the most, evenly."""
    sides = (np.flatnonzero(trial.treated), np.flatnonzero(~trial.treated))
    few = [side[np.linspace(0, len(side) - 1, min(len(side), _MOST // 2)).astype(np.int64)]
           for side in sides]  # fmt: skip
    return np.sort(np.concatenate(few))


def _even(trial: Trial) -> Trial:
    few = _places(trial)
    if len(few) == len(trial.treated):
        return trial
    return replace(trial, x=trial.x[few], treated=trial.treated[few], outcome=trial.outcome[few])
