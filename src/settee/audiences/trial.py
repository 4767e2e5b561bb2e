"""Try the order of people on the record's own last days: learn before them, judge on them.

A record that ends on 30 June is cut on 31 May. Who responds is learnt from what lies before, people
are ranked as an audience of 31 May would have ranked them, and June says who responded. Items are
those that most people had in May, so that what came in June chooses none of them.

Reads: interactions.  Writes: nothing.
Not here: what an order was worth (audiences.comparing), what is learnt (audiences.response).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.audiences.activity_score import ActivityScore, recency_frequency_value
from settee.audiences.comparing import OWN, OrderCurve, Resampling, Scores, compare_orders
from settee.audiences.curves import calibration_error
from settee.audiences.history import DAY_S, NoHistory, Reach, reach_of
from settee.audiences.learnt import train_responses
from settee.audiences.purchases import Purchases
from settee.audiences.reaching import Ready, prepare, probabilities
from settee.audiences.response import TooShort
from settee.audiences.targets import Target, target_of
from settee.candidates import fit_sources
from settee.core import Settings
from settee.events import Catalogue, Interactions, Progress, no_progress

_LEAST_HORIZONS = 3
_MOST_CELLS = 4_000_000
_ROUND = 6


class CalibrationBin(msgspec.Struct, frozen=True):
    """People whose probability was alike.

    Args:
        foretold: Mean of what was said of them.
        came: Share of them that responded.
        n: How many, an item each.
    """

    foretold: float
    came: float
    n: int


class AudienceCurves(msgspec.Struct, frozen=True):
    """What settee's order of people was worth on the last days of the record, beside plain ones.

    Args:
        learnt_until: Nothing from then on was known when people were ranked.
        judged_until: Responses up to then were counted.
        horizon_days: Days in between.
        item_ids: For which items people were ranked.
        n_people: How many people were ranked.
        n_responses: How many of them responded to one of the items, item by item.
        n_resamples: Behind each interval.
        orders: What each order was worth; settee's is the first.
        calibration_error: Mean distance of what was foretold from what came.
        calibration_low: Lower end of its 95 % interval over people.
        calibration_high: Upper end.
        calibration: Both, by tenths of what was foretold.
        reason: ``nobody_responded`` where there are no curves, else empty.
    """

    learnt_until: datetime
    judged_until: datetime
    horizon_days: float
    item_ids: list[str]
    n_people: int
    n_responses: int
    n_resamples: int
    orders: list[OrderCurve]
    calibration_error: float
    calibration_low: float
    calibration_high: float
    calibration: list[CalibrationBin]
    reason: str = ""


@dataclass(frozen=True)
class AskedCurves:
    """What is tried.

    Args:
        item_ids: For these items; none for those that most people lately had.
        n_items: How many of those.
        sizes: Numbers of people at which precision and recall are told.
        resampling: How intervals are drawn.
    """

    item_ids: tuple[str, ...] = ()
    n_items: int = 20
    sizes: tuple[int, ...] = (100, 1000)
    resampling: Resampling = field(default_factory=Resampling)


def try_past(
    events: Interactions,
    catalogue: Catalogue,
    settings: Settings,
    asked: AskedCurves,
    *,
    responses: Interactions | None = None,
    progress: Progress = no_progress,
) -> AudienceCurves:
    """Learn before the last horizon of a record, rank everybody, and hold that against what came.

    Args:
        events: The whole record.
        catalogue: In the same item space.
        settings: `response`, `sources` and `train.seed`; the horizon is `response.horizon_days`.
        asked: What is tried.
        responses: The same rows with `is_interest` where an event is a response; None is `events`.
        progress: Told what is being done.

    Raises:
        TooShort: If the record is too short for a past, a horizon to learn and one to judge.
        BadTarget: If an item is not known.
        NothingKnown: If nothing before the cut says who would want an item.
    """
    answers = events if responses is None else responses
    horizon_s = int(settings.response.horizon_days * DAY_S)
    end_s, cut_s = _cut(events, horizon_s)
    is_past = events.at_s < cut_s
    past = events.where(is_past)
    model = train_responses(
        past, catalogue, settings, responses=answers.where(is_past), progress=progress
    )
    sources = fit_sources(past, catalogue, settings.sources)
    reach = reach_of(
        past, cut_s, max_items=settings.sources.max_history,
        recent_days=settings.response.recent_days,
    )  # fmt: skip
    ready = prepare(reach, model, sources, catalogue, settings.response)
    targets = _targets(ready, asked)
    came = _came(reach, answers.where(answers.is_interest & ~is_past), targets)
    named = [catalogue.item_ids[one.items[0]] for one in targets]
    about = (
        datetime.fromtimestamp(cut_s, UTC), datetime.fromtimestamp(end_s, UTC),
        settings.response.horizon_days, named, reach.n_units, int(came.sum()),
    )  # fmt: skip
    if not came.any():
        return AudienceCurves(*about, 0, [], 0.0, 0.0, 0.0, [], "nobody_responded")
    chance = np.empty(came.shape, np.float32)
    for row, target in enumerate(targets):
        chance[row] = probabilities(ready, target)[0]
    scores: dict[str, Scores] = {OWN: chance, **plain_orders(reach, asked.resampling.seed)}
    orders = compare_orders(scores, came, asked.sizes, asked.resampling, progress)
    return AudienceCurves(*about, asked.resampling.n, orders, *_calibration(chance, came, asked))


def plain_orders(reach: Reach, seed: int) -> dict[str, NDArray[np.float64]]:
    """Orders that know nothing of the item: (n_units,) each.

    Args:
        reach: The people.
        seed: Of the order by lot.
    """
    zeros = np.zeros(reach.n_units)
    lived = Purchases(
        np.arange(reach.n_units),
        np.maximum(reach.n_days.astype(np.float64) - 1.0, 0.0),
        (reach.last_s - reach.first_s) / DAY_S,
        (reach.as_of_s - reach.first_s) / DAY_S,
        zeros,
        zeros,
        np.zeros((reach.n_units, 2)),
        float(reach.as_of_s),
    )
    return {
        "random": np.random.default_rng(seed).random(reach.n_units),
        "popularity": np.diff(reach.indptr).astype(np.float64),
        "activity_score": ActivityScore().score(lived),
        "recency_frequency": recency_frequency_value(lived),
    }


def _cut(events: Interactions, horizon_s: int) -> tuple[int, int]:
    """End of the record and where it is cut, epoch seconds."""
    if len(events) == 0:
        raise TooShort("the record is empty.", hint="Import a record.")
    first_s, end_s = int(events.at_s.min()), int(events.at_s.max()) + 1
    days, horizon = (end_s - first_s) / DAY_S, horizon_s / DAY_S
    if days <= _LEAST_HORIZONS * horizon:
        raise TooShort(
            f"the record spans {days:.1f} days; curves at a horizon of {horizon:g} days need more "
            f"than {_LEAST_HORIZONS * horizon:g}: a past, a horizon to learn and one to judge.",
            hint=f"Ask for --horizon-days {days / (_LEAST_HORIZONS + 1):.1f}, or import more.",
            place="horizon_days",
        )
    return end_s, end_s - horizon_s


def _targets(ready: Ready, asked: AskedCurves) -> list[Target]:
    """One for each item; by default those that most people had in the horizon before the cut."""
    if asked.item_ids:
        return [target_of(ready.catalogue, item_ids=[one]) for one in asked.item_ids]
    lately = ready.counts.lately
    has = np.flatnonzero(lately > 0)
    if len(has) == 0:
        raise NoHistory(
            "nobody had any item in the horizon before the cut; curves need items.",
            hint="Name items, or ask for a longer --horizon-days.",
        )
    best = has[np.argsort(-lately[has], kind="stable")][: asked.n_items]
    return [Target(np.array([item], np.int32)) for item in best]


def _came(reach: Reach, behind: Interactions, targets: Sequence[Target]) -> NDArray[np.bool_]:
    """(n_targets, n_units) who responded behind the cut, of those who were known before it."""
    unit_of = {account: place for place, account in enumerate(reach.units.account_ids)}
    number = np.array([unit_of.get(one, -1) for one in behind.account_ids], np.int64)
    unit = number[behind.account]
    came = np.zeros((len(targets), reach.n_units), np.bool_)
    for row, target in enumerate(targets):
        hit = np.isin(behind.item, target.items) & (unit >= 0)
        came[row, unit[hit]] = True
    return came


def _calibration(
    chance: NDArray[np.float32], came: NDArray[np.bool_], asked: AskedCurves
) -> tuple[float, float, float, list[CalibrationBin]]:
    n_items, n_people = came.shape
    found = calibration_error(
        chance.ravel().astype(np.float64),
        came.ravel(),
        n_resamples=min(asked.resampling.n, max(_MOST_CELLS * 10 // chance.size, 20)),
        seed=asked.resampling.seed,
        people=np.tile(np.arange(n_people), n_items),
    )
    bins = [
        CalibrationBin(round(foretold, _ROUND), round(share, _ROUND), n)
        for foretold, share, n in zip(
            found.foretold.tolist(), found.came.tolist(), found.n.tolist(), strict=True
        )
    ]
    return found.error, found.low, found.high, bins
