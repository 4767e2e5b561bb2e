"""Learn how likely somebody responds to an item within a horizon, and say it as a probability.

P(response) = P(active in the horizon) x P(wants the item, once active). Somebody who comes with .4
and then takes the item with .05 responds with .02. The first part is the model of activity that
foretold the latest horizon best; the second is a logistic regression learnt at earlier instants,
from what sources fitted before each said and what then happened. The latest horizon, which neither
saw, calibrates the product, and then everything learns from it too.

Reads: interactions.  Writes: nothing.
Source: Fader, Hardie, Lee (2005), "RFM and CLV" (recency, frequency); Platt (1999),
"Probabilistic Outputs for Support Vector Machines" (calibration).
Not here: columns of a target (audiences.targets), of activity (audiences.activity_of_reach).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.audiences.activity_of_reach import (
    HeldBack,
    UnitActivity,
    choose,
    purchases_of_reach,
    unit_features,
)
from settee.audiences.history import DAY_S, NoHistory, Reach, reach_of
from settee.audiences.logistic import Logistic, OneOutcome, sigmoid
from settee.audiences.purchases import Purchases
from settee.audiences.targets import SIGNALS, Aim, Counts, Target, take_aim
from settee.candidates import Arrays, Source
from settee.core import BadInput, ResponseSettings
from settee.events import Catalogue, Interactions

Fitter = Callable[[Interactions], Mapping[str, Source]]
"""Fits the sources on what lies before a cut."""

PAIR_FEATURES: Final = (*SIGNALS, "own_recent", "has_own", "popularity")
OWN: Final = np.float32(5.0)
"""What one purchase of today counts beside the 1 that logs start from."""
_LEAST_TAGS = 2


class TooShort(BadInput):
    """The record is too short to learn who responds."""

    code = "too_short"


@dataclass(frozen=True)
class ResponseModel:
    """What was learnt.

    Args:
        active: How likely units are active, and which model says so.
        wants: Log odds of the item once active, of PAIR_FEATURES and UNIT_FEATURES.
        calibration: (2,) constant and slope on the log odds of the product.
        horizon_days: What "responds" means.
    """

    active: UnitActivity
    wants: Logistic
    calibration: NDArray[np.float64]
    horizon_days: float

    @classmethod
    def fit(
        cls,
        events: Interactions,
        catalogue: Catalogue,
        fit_sources: Fitter,
        settings: ResponseSettings,
        *,
        seed: int = 7,
        responses: Interactions | None = None,
    ) -> Self:
        """Learn from earlier instants of the record; the same input gives the same model.

        Args:
            events: The record up to now.
            catalogue: In the same item space.
            fit_sources: Called with what lies before each cut.
            settings: `horizon_days`, `cuts`, `targets`, `pairs`, `ridge`, `recent_days`,
                `activity`.
            seed: Draws items and people.
            responses: The same rows with `is_interest` true where an event is a response; None is
                `events`.

        Raises:
            TooShort: If no cut leaves both a past and responses behind it.
        """
        answers = events if responses is None else responses
        horizon_s = int(settings.horizon_days * DAY_S)
        end_s = int(events.at_s.max()) + 1 if len(events) else 0
        rng = np.random.default_rng(seed)
        found = []
        for number in range(1, settings.cuts + 2):
            cut_s = end_s - number * horizon_s
            found += _lesson(events, answers, catalogue, fit_sources, settings, cut_s, rng)
        if not found:
            raise TooShort(
                f"the record holds no past with responses in the {settings.horizon_days:g} days "
                "behind it.",
                hint="Import more of the past, or lower response.horizon_days.",
            )
        try:
            _, earlier = _fit_parts(found[1:] or found, settings.ridge)
            plain, wants = _fit_parts(found, settings.ridge)
            latest = found[0]
            held = HeldBack(
                events, end_s, latest.cut_s, settings.horizon_days,
                latest.known, latest.is_active, _without_latest(found, settings.ridge),
            )  # fmt: skip
            active, told = choose(held, plain, settings.activity)
            calibration = _calibrate(told, earlier, latest)
        except OneOutcome as error:
            raise TooShort(
                f"responses cannot be told from silence: {error.message}", hint=error.hint
            ) from error
        return cls(active, wants, calibration, settings.horizon_days)

    def p_active(self, reach: Reach) -> NDArray[np.float64]:
        """(n_units,) probability of any event of interest within the horizon."""
        return self.active.probability(reach)

    def to_arrays(self) -> Arrays:
        """All of it as plain arrays."""
        return {
            **self.active.to_arrays(),
            "wants": np.append(self.wants.constant, self.wants.weight),
            "calibration": self.calibration,
            "horizon_days": np.array(self.horizon_days),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The model that `to_arrays` described, or that was written before activity was chosen."""
        wants, calibration = (
            np.array(arrays[name], np.float64) for name in ("wants", "calibration")
        )
        horizon_days = float(arrays["horizon_days"])
        return cls(
            UnitActivity.from_arrays(arrays, horizon_days),
            Logistic(float(wants[0]), wants[1:]),
            calibration,
            horizon_days,
        )


def pair_features(reach: Reach, aim: Aim) -> NDArray[np.float64]:
    """(n_units, 6) what each unit's history says of a target: PAIR_FEATURES."""
    raw = gather(reach.indptr, reach.item, reach.weight, reach.recent, aim.columns)
    out = np.empty((reach.n_units, len(PAIR_FEATURES)))
    out[:, :3] = np.log1p(np.maximum(raw[:, :3], 0.0))
    out[:, 3] = np.log1p(OWN * raw[:, 3])
    out[:, 4] = raw[:, 3] > 0
    out[:, 5] = aim.popularity
    return out


@njit(cache=True, nogil=True)
def gather(
    indptr: NDArray[np.int64],
    item: NDArray[np.int32],
    weight: NDArray[np.float32],
    recent: NDArray[np.float32],
    columns: NDArray[np.float32],
) -> NDArray[np.float32]:
    """(n_units, 4) sums of the columns over each history, the last by how recent."""
    out = np.zeros((len(indptr) - 1, 4), np.float32)
    for unit in range(len(indptr) - 1):
        a, b, c, d = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
        for place in range(indptr[unit], indptr[unit + 1]):
            line = columns[item[place]]
            a += weight[place] * line[0]
            b += weight[place] * line[1]
            c += weight[place] * line[2]
            d += recent[place] * line[3]
        out[unit, 0], out[unit, 1], out[unit, 2], out[unit, 3] = a, b, c, d
    return out


@dataclass(frozen=True)
class _Lesson:
    """One cut: every unit's activity, and rows of (drawn unit, target) among all units."""

    cut_s: int
    known: Purchases
    units: NDArray[np.float64]
    is_active: NDArray[np.bool_]
    drawn: NDArray[np.int64]
    pairs: NDArray[np.float32]
    responded: NDArray[np.bool_]

    def wants_rows(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Columns and outcomes of those who were active."""
        keep = self.is_active[self.drawn]
        x = np.column_stack([self.pairs[keep], self.units[self.drawn[keep]]])
        return x, self.responded[keep]


def _lesson(
    events: Interactions,
    answers: Interactions,
    catalogue: Catalogue,
    fit_sources: Fitter,
    settings: ResponseSettings,
    cut_s: int,
    rng: np.random.Generator,
) -> list[_Lesson]:  # fmt: skip
    """What happened behind one cut; nothing where there was no past or no response."""
    past = events.where(events.at_s < cut_s)
    try:
        reach = reach_of(past, cut_s, recent_days=settings.recent_days)
    except NoHistory:
        return []
    end_s = cut_s + int(settings.horizon_days * DAY_S)
    is_inside = (events.at_s >= cut_s) & (events.at_s < end_s)
    is_active, _ = _who(reach, events, is_inside & events.is_interest)
    _, cells = _who(reach, answers, is_inside & answers.is_interest)
    targets = _targets(reach, catalogue, settings, rng)
    if not targets or len(cells) == 0 or not is_active.any():
        return []
    sources, counts = fit_sources(past), Counts.of(reach, settings.horizon_days)
    per_target = max(settings.pairs // len(targets), 10)
    pairs, drawn, responded = [], [], []
    for target in targets:
        aim = take_aim(reach, counts, sources, catalogue, target, settings)
        hit = np.zeros(reach.n_units, np.bool_)
        hit[cells[np.isin(cells[:, 1], target.items), 0]] = True
        few = min(per_target, reach.n_units)
        chosen = np.sort(rng.choice(reach.n_units, few, replace=False))
        pairs.append(pair_features(reach, aim)[chosen].astype(np.float32))
        drawn.append(chosen)
        responded.append(hit[chosen])
    return [
        _Lesson(
            cut_s,
            purchases_of_reach(reach),
            unit_features(reach),
            is_active,
            np.concatenate(drawn),
            np.concatenate(pairs),
            np.concatenate(responded),
        )
    ]


def _who(
    reach: Reach, events: Interactions, keep: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """(n_units,) did it anything, and (m, 2) units with items: accounts known before."""
    unit_of = {account: place for place, account in enumerate(reach.units.account_ids)}
    number = np.array([unit_of.get(one, -1) for one in events.account_ids], np.int64)
    unit = number[events.account[keep]]
    known = unit >= 0
    is_active = np.zeros(reach.n_units, np.bool_)
    is_active[unit[known]] = True
    return is_active, np.column_stack([unit[known], events.item[keep][known]])


def _targets(
    reach: Reach, catalogue: Catalogue, settings: ResponseSettings, rng: np.random.Generator
) -> list[Target]:
    """Items with buyers, and tags, drawn evenly."""
    items = np.flatnonzero(reach.buyers() >= settings.min_buyers).astype(np.int32)
    if len(items) > settings.targets:
        items = np.sort(rng.choice(items, settings.targets, replace=False))
    targets = [Target(np.array([item], np.int32)) for item in items]
    tags = np.arange(len(catalogue.tag_names))
    most = max(settings.targets // 4, 1)
    if len(tags) > most:
        tags = np.sort(rng.choice(tags, most, replace=False))
    of_item = np.repeat(np.arange(catalogue.n_items), np.diff(catalogue.tag_indptr))
    for tag in tags:
        those = np.unique(of_item[catalogue.tag_index == tag]).astype(np.int32)
        if len(those) >= _LEAST_TAGS:
            targets.append(Target(those))
    return targets


def _fit_parts(lessons: Sequence[_Lesson], ridge: float) -> tuple[Logistic, Logistic]:
    rows = [one.wants_rows() for one in lessons]
    x, y = (np.concatenate(part) for part in zip(*rows, strict=True))
    return _fit_active(lessons, ridge), Logistic.fit(x, y, ridge=ridge)


def _fit_active(lessons: Sequence[_Lesson], ridge: float) -> Logistic:
    x = np.concatenate([one.units for one in lessons])
    return _told_apart(x, np.concatenate([one.is_active for one in lessons]), ridge)


def _told_apart(x: NDArray[np.float64], y: NDArray[np.bool_], ridge: float) -> Logistic:
    """Who comes, by habits; where all did, or nobody, the same share for each."""
    if 0 < y.sum() < len(y):
        return Logistic.fit(x, y, ridge=ridge)
    share = (y.sum() + 0.5) / (len(y) + 1.0)  # never 0 or 1: half a unit each way
    return Logistic(float(np.log(share / (1.0 - share))), np.zeros(x.shape[1]))


def _without_latest(lessons: Sequence[_Lesson], ridge: float) -> NDArray[np.float64]:
    """What recency and frequency say of the latest horizon, learnt from the earlier ones.

    Without an earlier one either half of the units is told what the other half teaches.
    """
    x, y = lessons[0].units, lessons[0].is_active
    if len(lessons) > 1:
        return _fit_active(lessons[1:], ridge).probability(x)
    is_even, told = np.arange(len(y)) % 2 == 0, np.empty(len(y))
    for half in (is_even, ~is_even):
        told[half] = _told_apart(x[~half], y[~half], ridge).probability(x[half])
    return told


def _calibrate(
    p_active: NDArray[np.float64], wants: Logistic, latest: _Lesson
) -> NDArray[np.float64]:
    """Constant and slope that make the product as often right as it says."""
    x = np.column_stack([latest.pairs, latest.units[latest.drawn]])
    p = p_active[latest.drawn] * wants.probability(x)
    fitted = Logistic.fit(log_odds(p)[:, np.newaxis], latest.responded, ridge=0.0)
    slope = max(float(fitted.weight[0]), 0.05)  # the order must never turn round
    return np.array([fitted.constant, slope])


def log_odds(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds of probabilities, finite for 0 and 1."""
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return np.log(p / (1 - p))


def calibrated(p: NDArray[np.float64], calibration: NDArray[np.float64]) -> NDArray[np.float64]:
    """The product as a probability that holds what it says."""
    return sigmoid(calibration[0] + calibration[1] * log_odds(p))
