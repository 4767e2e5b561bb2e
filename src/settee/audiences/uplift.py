"""Foretell whom a campaign moves: who responds because of it, not who responds anyway.

Of those who were addressed 18 in 100 visit, of those who were not 11: seven were moved. Three ways
to say who they are, each on plain regressions. T: one model of those addressed, one of the others,
and the difference. X: what each group would have done by the other's model, learnt on its own.
R: what is left of the outcome once its mean is taken out, beside what is left of the treatment.
X and R take out means that were learnt without the row itself (`folds`). `choose_uplift` judges
ways and ridges by the loss of R on rows held back; "everybody alike" stands among them.

Reads / Writes: nothing.
Source: Künzel et al. (2019), "Metalearners", PNAS 116(10); Nie, Wager (2021), "Quasi-oracle
estimation of heterogeneous treatment effects", Biometrika 108(2).
Not here: what an order of people is worth (audiences.uplift_curves).
"""

from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from settee.audiences.logistic import Logistic, OneOutcome
from settee.candidates import Arrays
from settee.core import BadInput, ChecksFailed

Column = NDArray[np.float64]
KINDS: Final = ("t", "x", "r")
RIDGES: Final = (10.0, 100.0, 1_000.0, 10_000.0)
_ALL_KINDS: Final = (*KINDS, "alike")
_LEAST: Final = 50
_FOLDS: Final = 3


class BadTrial(BadInput):
    """Columns that are no trial."""

    code = "bad_trial"


class TooFewInTrial(ChecksFailed):
    """A trial too small to tell people apart by."""

    code = "too_few_in_trial"


@dataclass(frozen=True)
class Trial:
    """Who was addressed at random, and what came of it.

    Args:
        x: (n, F) what was known of every unit before.
        treated: (n,) was it addressed?
        outcome: (n,) what came: true or false, or an amount.

    Raises:
        BadTrial: If columns differ in length or hold something that is no number.
        TooFewInTrial: If fewer than 50 were addressed, or fewer than 50 were not.
    """

    x: Column
    treated: NDArray[np.bool_]
    outcome: Column

    def __post_init__(self) -> None:
        n = len(self.treated)
        if self.x.ndim != 2 or len(self.x) != n or self.outcome.shape != (n,):
            raise BadTrial(
                f"covariates, treatment and outcome have shapes {self.x.shape}, "
                f"{self.treated.shape} and {self.outcome.shape}; they need as many rows."
            )
        if not (np.isfinite(self.x).all() and np.isfinite(self.outcome).all()):
            raise BadTrial("a covariate or an outcome is not finite; fill or leave out such rows.")
        n_treated = int(self.treated.sum())
        if min(n_treated, n - n_treated) < _LEAST:
            raise TooFewInTrial(
                f"{n_treated} were addressed and {n - n_treated} were not; at least {_LEAST} of "
                "each are needed.",
                hint="Hold a larger share out.",
            )

    @property
    def is_binary(self) -> bool:
        """Is the outcome true or false?"""
        return bool(np.isin(self.outcome, (0.0, 1.0)).all())

    @property
    def share(self) -> float:
        """Part of the units that was addressed."""
        return float(self.treated.mean())

    def where(self, rows: NDArray[np.bool_]) -> Self:
        """Some of the rows."""
        return type(self)(self.x[rows], self.treated[rows], self.outcome[rows])


@dataclass(frozen=True)
class UpliftSettings:
    """How uplift is learnt; all change results.

    Args:
        kind: `t`, `x` or `r`.
        ridge: On standardised covariates; the larger, the more all are alike.
        folds: Parts for means that are learnt without the row itself (x and r).
        seed: Of the parts.
    """

    kind: str = "r"
    ridge: float = 100.0
    folds: int = 3
    seed: int = 7


@dataclass(frozen=True)
class Ridge:
    """A weighted sum of columns.

    Args:
        constant: Where every column is 0.
        weight: (F,) of each column as it is given.
    """

    constant: float
    weight: Column

    @classmethod
    def fit(cls, x: Column, y: Column, w: Column, ridge: float) -> Self:
        """Least squares of rows (n, F) that count w, with a ridge on standardised columns."""
        mean = np.average(x, axis=0, weights=w)
        spread = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=w))
        spread[spread < 1e-9] = np.inf
        z = (x - mean) / spread
        middle = float(np.average(y, weights=w))
        gram = (z * w[:, np.newaxis]).T @ z + (ridge + 1e-9) * np.eye(x.shape[1])
        weight = np.linalg.solve(gram, z.T @ (w * (y - middle))) / spread
        return cls(middle - float(weight @ mean), weight)

    def value(self, x: Column) -> Column:
        """(n,) of rows, (n, F)."""
        found: Column = self.constant + x @ self.weight
        return found


def fit_outcome(x: Column, y: Column, ridge: float, *, is_binary: bool) -> "Ridge | Logistic":
    """A model of the mean outcome.

    Args:
        x: (n, F) what was known before.
        y: (n,) what came.
        ridge: On standardised columns.
        is_binary: Is it true or false?
    """
    if is_binary:
        try:
            return Logistic.fit(x, y > 0, ridge=ridge)
        except OneOutcome:  # nobody or everybody: the mean says all there is
            pass
    return Ridge.fit(x, y, np.ones(len(y)), ridge)


def told_by(model: "Ridge | Logistic", x: Column) -> Column:
    """(n,) mean outcome that a model foretells of rows, (n, F)."""
    return model.probability(x) if isinstance(model, Logistic) else model.value(x)


@dataclass(frozen=True)
class Uplift:
    """A fitted way of saying whom a campaign moves.

    Args:
        kind: `t`, `x`, `r`, or `alike` where everybody is moved by the same.
        parts: Models whose differences or means are the uplift.
        share: Part of the trial that was addressed.
        loss: Of every way that was tried on rows held back, by name; empty when none was.
    """

    kind: str
    parts: "tuple[Ridge | Logistic, ...]"
    share: float
    loss: dict[str, float] = field(default_factory=dict)

    @classmethod
    def fit(cls, trial: Trial, settings: UpliftSettings | None = None) -> Self:
        """Learn who is moved.

        Args:
            trial: A randomised one; otherwise uplift is not told from who was chosen.
            settings: How; None for the defaults.

        Raises:
            BadTrial: If the kind is not known.
        """
        chosen = settings or UpliftSettings()
        if chosen.kind not in KINDS:
            raise BadTrial(f'"{chosen.kind}" is no kind of uplift; there are {", ".join(KINDS)}.')
        learn = {"t": _t_parts, "x": _x_parts, "r": _r_parts}[chosen.kind]
        return cls(chosen.kind, learn(trial, chosen), trial.share)

    def to_arrays(self) -> Arrays:
        """All of it but the losses as plain arrays."""
        return {
            "kind": np.array(_ALL_KINDS.index(self.kind)),
            "share": np.array(self.share),
            **{
                f"part_{number}_{'odds' if isinstance(part, Logistic) else 'sum'}": np.append(
                    part.constant, part.weight
                )
                for number, part in enumerate(self.parts)
            },
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The uplift that `to_arrays` described."""
        parts: list[Ridge | Logistic] = []
        for name in sorted(one for one in arrays if one.startswith("part_")):
            numbers = np.array(arrays[name], np.float64)
            model = Logistic if name.endswith("_odds") else Ridge
            parts.append(model(float(numbers[0]), numbers[1:]))
        kind = _ALL_KINDS[int(arrays["kind"])]
        return cls(kind, tuple(parts), float(arrays["share"]))

    def score(self, x: Column) -> Column:
        """(n,) what addressing adds to the outcome of every unit, (n, F)."""
        if self.kind == "t":
            return told_by(self.parts[1], x) - told_by(self.parts[0], x)
        if self.kind == "x":
            by_others, by_treated = (told_by(part, x) for part in self.parts)
            return self.share * by_others + (1.0 - self.share) * by_treated
        return told_by(self.parts[0], x)


def choose_uplift(
    trial: Trial,
    kinds: tuple[str, ...] = KINDS,
    ridges: tuple[float, ...] = RIDGES,
    seed: int = 7,
    *,
    may_be_alike: bool = True,
) -> Uplift:
    """Find the way and the ridge that hold up best on rows held back, and fit it on all.

    Args:
        trial: A randomised one.
        kinds: Ways that are tried.
        ridges: Ridges that are tried for each.
        seed: Of the parts.
        may_be_alike: May the answer be that everybody is moved by the same?
    """
    folds = even_folds(trial, _FOLDS, seed)
    rest_y = trial.outcome - mean_without_own(trial, 10.0, folds)
    rest_t = trial.treated.astype(np.float64) - trial.share
    alike = float(rest_y @ rest_t / (rest_t @ rest_t))
    losses = {"alike": float(np.mean((rest_y - alike * rest_t) ** 2))}
    ways = {f"{kind}, ridge {ridge:g}": (kind, ridge) for kind in kinds for ridge in ridges}
    for name, (kind, ridge) in ways.items():
        told = np.zeros(len(folds))
        for fold in range(_FOLDS):
            inside = folds == fold
            model = Uplift.fit(trial.where(~inside), UpliftSettings(kind, ridge, seed=seed))
            told[inside] = model.score(trial.x[inside])
        losses[name] = float(np.mean((rest_y - told * rest_t) ** 2))
    best = min(losses if may_be_alike else ways, key=lambda name: losses[name])
    if best == "alike":
        flat = Ridge(alike, np.zeros(trial.x.shape[1]))
        return Uplift("alike", (flat,), trial.share, losses)
    kind, ridge = ways[best]
    found = Uplift.fit(trial, UpliftSettings(kind, ridge, seed=seed))
    return Uplift(found.kind, found.parts, found.share, losses)


def even_folds(trial: Trial, n: int, seed: int) -> NDArray[np.int64]:
    """(rows,) part of every row, even within both groups.

    Args:
        trial: Any.
        n: How many parts.
        seed: Of the drawing.
    """
    folds = np.empty(len(trial.treated), np.int64)
    rng = np.random.default_rng(seed)
    for group in (trial.treated, ~trial.treated):
        rows = np.flatnonzero(group)
        folds[rows] = rng.permutation(len(rows)) % n
    return folds


def mean_without_own(
    trial: Trial, ridge: float, folds: NDArray[np.int64], only: bool | None = None
) -> Column:
    """(n,) expected outcome of every row, learnt without its part.

    Args:
        trial: Any.
        ridge: Of the models.
        folds: (n,) parts of the rows.
        only: Learn from those addressed alone, or from the others alone; None is all.
    """
    told = np.zeros(len(folds))
    for fold in np.unique(folds):
        inside = folds == fold
        learn = ~inside if only is None else ~inside & (trial.treated == only)
        model = fit_outcome(trial.x[learn], trial.outcome[learn], ridge, is_binary=trial.is_binary)
        told[inside] = told_by(model, trial.x[inside])
    return told


def _t_parts(trial: Trial, settings: UpliftSettings) -> "tuple[Ridge | Logistic, ...]":
    return tuple(
        fit_outcome(trial.x[group], trial.outcome[group], settings.ridge, is_binary=trial.is_binary)
        for group in (~trial.treated, trial.treated)
    )


def _x_parts(trial: Trial, settings: UpliftSettings) -> "tuple[Ridge | Logistic, ...]":
    folds = even_folds(trial, settings.folds, settings.seed)
    without = mean_without_own(trial, 10.0, folds, only=False)
    with_it = mean_without_own(trial, 10.0, folds, only=True)
    parts = []
    for group, moved in (
        (~trial.treated, with_it - trial.outcome),
        (trial.treated, trial.outcome - without),
    ):
        ones = np.ones(int(group.sum()))
        parts.append(Ridge.fit(trial.x[group], moved[group], ones, settings.ridge))
    return tuple(parts)


def _r_parts(trial: Trial, settings: UpliftSettings) -> "tuple[Ridge | Logistic, ...]":
    folds = even_folds(trial, settings.folds, settings.seed)
    rest_y = trial.outcome - mean_without_own(trial, 10.0, folds)
    rest_t = trial.treated.astype(np.float64) - trial.share
    # the ridge is in rows of a whole trial, the weights sum to share * (1 - share) of it
    ridge = settings.ridge * trial.share * (1.0 - trial.share)
    return (Ridge.fit(trial.x, rest_y / rest_t, rest_t**2, ridge),)
