"""Say how well the persons that were found are the persons that were there.

Each session was answered with a probability for every person; what is left of 1 is the share of a
guest. Within a household, found persons are matched one to one with true ones by the sessions that
are judged (and, as a stricter variant, by the sessions before them). A household of two that was
told apart in 9 of 10 sessions has an accuracy of .9; calling everything one person has about .5.

Reads / Writes: nothing.
Source: people.agreement; Efron and Tibshirani (1993) for intervals, drawn over whole households,
because the sessions of a household stand or fall together.
Not here: the formulas (people.agreement), answers and truth as files (cli).
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from settee.people.agreement import (
    Numbers,
    Values,
    accuracy_at,
    adjusted_rand,
    auc,
    calibration_error,
    match_columns,
    ranks,
)

Flags = NDArray[np.bool_]

LEVEL = 0.95
"""Share of resamples inside an interval."""
COVERAGE = 0.8
"""The most confident share of sessions for which accuracy is also stated."""
_BINS = 10  # equally wide bins of confidence behind the calibration error


@dataclass(frozen=True)
class PeopleAnswers:
    """What was answered, one row a session.

    Args:
        account: (n,) number of the household.
        probability: (n, n_found) of each person of the household; rows sum to at most 1, the rest
            is the share of a guest. Columns mean something within one household only.
        is_together: (n,) was it called several persons?
        is_unsure: (n,) was it answered with "don't know"?
    """

    account: Numbers
    probability: NDArray[np.float32] | Values
    is_together: Flags
    is_unsure: Flags


@dataclass(frozen=True)
class PeopleTruth:
    """What was so, row by row as `PeopleAnswers`.

    Args:
        is_present: (n, n_true) was that person of the household there? Nobody in guests' sessions.
        is_guest: (n,) was the screen held by somebody who is none of the household's persons?
        is_together: (n,) did several watch? Two who hand the device on are several, not together.
        is_judged: (n,) does the session count? Those before serve the stricter matching.
        is_tv: (n,) was it a television? None: not known.
    """

    is_present: Flags
    is_guest: Flags
    is_together: Flags
    is_judged: Flags
    is_tv: Flags | None = None


@dataclass(frozen=True)
class Estimate:
    """A figure and its interval over households; low and high are None where none was asked."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class PeopleScore:
    """Every figure; None where nothing could be judged.

    Args:
        n_households: Households with a judged session.
        n_sessions: Judged sessions.
        accuracy: Share of sessions without guests whose top person, matched on these sessions, was
            one of those present.
        accuracy_earlier: The same, matched on the sessions before the judged ones.
        accuracy_household: Accuracy of each household, averaged over households.
        adjusted_rand: Agreement of groupings, sessions of one person only, mean over households.
        size_exact: Share of households where as many found persons were on top of at least one
            judged session as true persons were present in at least one.
        size_within_one: The same, one off allowed.
        size_excess: Found persons too many, mean over households; negative: too few.
        brier: Sum of squared differences between probability and truth over all persons and the
            guest share, sessions of one person only: 0 perfect, 2 sure and wrong.
        calibration_error: Between the probability of the top person and how often it was right.
        accuracy_at_80: Accuracy of the most confident 80 % of the sessions.
        accuracy_when_sure: Accuracy where the answer was not "don't know".
        coverage_when_sure: Share of sessions answered so.
        together_precision: Of sessions called together, the share that was.
        together_recall: Of sessions together, the share that was called so.
        together_f1: Harmonic mean of the two.
        together_f1_tv: F1 of calling every television session together.
        guest_auc: Chance that a guest's session has a greater guest share than another.
    """

    n_households: int
    n_sessions: int
    accuracy: Estimate | None
    accuracy_earlier: Estimate | None
    accuracy_household: Estimate | None
    adjusted_rand: Estimate | None
    size_exact: Estimate | None
    size_within_one: Estimate | None
    size_excess: Estimate | None
    brier: Estimate | None
    calibration_error: Estimate | None
    accuracy_at_80: Estimate | None
    accuracy_when_sure: Estimate | None
    coverage_when_sure: Estimate | None
    together_precision: Estimate | None
    together_recall: Estimate | None
    together_f1: Estimate | None
    together_f1_tv: Estimate | None
    guest_auc: Estimate | None

    def estimates(self) -> dict[str, Estimate | None]:
        """Every figure by name, in the order of the class."""
        return {one.name: getattr(self, one.name) for one in fields(self)[2:]}


def judged_from(at_s: Numbers, share: float = 0.25) -> int:
    """First second of the last `share` of the days from the first session to the last.

    Args:
        at_s: (n,) Unix seconds, n at least 1.
        share: Of the days, 0 to 1.

    >>> judged_from(np.array([0, 86_400 * 8]))
    518400
    """
    first, last = int(at_s.min()), int(at_s.max())
    return last - round((last - first) * share)


def score_people(
    told: PeopleAnswers,
    truth: PeopleTruth,
    n_resamples: int = 200,
    rng: np.random.Generator | None = None,
) -> PeopleScore:
    """Judge answers against the truth.

    Args:
        told: What was answered; rows in any order.
        truth: What was so, the same rows.
        n_resamples: Resamples of households behind the intervals; 0 gives no intervals.
        rng: Draws the households; None is seeded with 0.

    Raises:
        ValueError: If the two have a different number of rows.

    >>> told = PeopleAnswers(np.zeros(2, np.int64), np.eye(2), np.zeros(2, bool), np.zeros(2, bool))
    >>> no = np.zeros(2, bool)
    >>> score_people(told, PeopleTruth(np.eye(2) > 0, no, no, ~no), n_resamples=0).accuracy
    Estimate(value=1.0, low=None, high=None)
    """
    if len(told.account) != len(truth.is_judged):
        raise ValueError(
            f"{len(told.account)} answers and {len(truth.is_judged)} truths; there is one each."
        )
    judged = _judge(told, truth)
    n = len(judged.households)
    rng = rng or np.random.default_rng(0)
    drawn: list[Numbers] = list(rng.integers(0, n, size=(n_resamples, n))) if n else []
    resampled = [
        _figures(judged, np.bincount(one, minlength=n).astype(np.float64)) for one in drawn
    ]
    estimates = {
        name: _estimate(value, np.array([one[name] for one in resampled]))
        for name, value in _figures(judged, np.ones(n)).items()
    }
    return PeopleScore(n, judged.n_sessions, **estimates)


def _estimate(value: float, resampled: Values) -> Estimate | None:
    if np.isnan(value):
        return None
    known = resampled[~np.isnan(resampled)]
    if not len(known):
        return Estimate(value)
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high))


@dataclass(frozen=True)
class _Judged:
    """Judged sessions and households; sums are per household, so that weights resample them."""

    households: Values  # (H, columns of _SUMS) sums over the household's sessions
    bins: Values  # (H, 3, _BINS) sessions, confidence, right
    n_sessions: int
    sure: tuple[Numbers, Flags, Numbers]  # rank of confidence, is right, household
    guests: tuple[Numbers, Flags, Numbers]  # rank of guest share, is guest, household


_SUMS = (
    "member", "right", "right_earlier", "has_member", "mean_right", "has_rand", "rand", "has_size",
    "exact", "within", "excess", "single", "brier", "sure", "sure_right",
    "called", "together", "hit", "tv", "tv_hit",
)  # fmt: skip


def _judge(told: PeopleAnswers, truth: PeopleTruth) -> _Judged:
    order = np.argsort(told.account, kind="stable")
    account = told.account[order]
    changes = np.flatnonzero(account[1:] != account[:-1]) + 1
    sums, keep, right = [], [], np.zeros(len(order), np.bool_)
    for rows in np.split(order, changes):
        if truth.is_judged[rows].any():
            row, right[rows] = _household(told, truth, rows)
            sums.append(row)
            keep.append(rows[truth.is_judged[rows]])
    at = np.repeat(np.arange(len(keep)), [len(rows) for rows in keep])
    rows = np.concatenate([np.empty(0, np.int64), *keep])
    return _gather(told, truth, np.array(sums).reshape(-1, len(_SUMS)), rows, at, right)


def _gather(
    told: PeopleAnswers, truth: PeopleTruth, sums: Values, rows: Numbers, at: Numbers, right: Flags
) -> _Judged:
    sure = _confidence(told.probability[rows])
    is_member = ~truth.is_guest[rows] & truth.is_present[rows].any(axis=1)
    cell = at * _BINS + np.minimum((sure * _BINS).astype(np.int64), _BINS - 1)
    size = len(sums) * _BINS
    bins = [
        np.bincount(cell, value * is_member, size).reshape(-1, _BINS)
        for value in (np.ones_like(sure), sure, right[rows].astype(np.float64))
    ]
    guest = 1.0 - told.probability[rows].sum(axis=1, dtype=np.float64)
    return _Judged(
        sums,
        np.stack(bins, axis=1),
        len(rows),
        (ranks(-sure[is_member]), right[rows][is_member], at[is_member]),
        (ranks(guest.round(6)), truth.is_guest[rows], at),
    )


def _confidence(probability: NDArray[np.float32] | Values) -> Values:
    if not probability.shape[1]:
        return np.zeros(len(probability))
    return np.asarray(probability.max(axis=1), np.float64)


def _household(told: PeopleAnswers, truth: PeopleTruth, rows: Numbers) -> tuple[Values, Flags]:
    """Sums of one household in the order of _SUMS, and which of its rows were right."""
    p = np.asarray(told.probability[rows], np.float64)
    used = p.max(axis=0, initial=0.0) > 0
    p = p[:, used]
    judged = truth.is_judged[rows]
    present = truth.is_present[rows] & ~truth.is_guest[rows, None]
    top = _top(p)
    matched = _matched(top, present, judged, p.shape[1])
    right = _is_right(top, matched, present)
    before = _is_right(top, _matched(top, present, ~judged, p.shape[1]), present)
    member, single = present.any(axis=1) & judged, (present.sum(axis=1) == 1) & judged
    sure = member & ~told.is_unsure[rows]
    n_member = member.sum()
    mean_right = right[member].mean() if n_member else 0.0
    flags = _together(told, truth, rows[judged])
    return (
        np.array(
            [
                *(n_member, right[member].sum(), before[member].sum(), n_member > 0, mean_right),
                *_rand(top[single], present[single]),
                *_size(top[judged], present[judged]),
                *(single.sum(), _brier(p[single], matched, present[single])),
                *(sure.sum(), right[sure].sum()),
                *flags,
            ],
            np.float64,
        ),
        right,
    )


def _top(p: Values) -> Numbers:
    """(n,) number of the most probable person, -1 where nobody was named."""
    if not p.shape[1]:
        return np.full(len(p), -1)
    return np.where(p.max(axis=1) > 0, p.argmax(axis=1), -1)


def _matched(top: Numbers, present: Flags, counted: Flags, n_found: int) -> Numbers:
    counts = np.zeros((n_found, present.shape[1]))
    counted = counted & (top >= 0)
    np.add.at(counts, top[counted], present[counted])
    return match_columns(counts)


def _is_right(top: Numbers, matched: Numbers, present: Flags) -> Flags:
    true = np.append(matched, -1)[top]
    there = np.pad(present, ((0, 0), (0, 1)))  # nobody: the last
    is_right: Flags = there[np.arange(len(top)), true]
    return is_right


def _rand(top: Numbers, present: Flags) -> tuple[float, float]:
    if len(top) < 2:  # one session alone is grouped rightly whatever is said
        return 0.0, 0.0
    return 1.0, adjusted_rand(top - top.min(), present.argmax(axis=1))


def _size(top: Numbers, present: Flags) -> tuple[float, ...]:
    n_true = int(present.any(axis=0).sum())
    if not n_true:
        return 0.0, 0.0, 0.0, 0.0
    excess = len(np.unique(top[top >= 0])) - n_true
    return 1.0, float(excess == 0), float(abs(excess) <= 1), float(excess)


def _brier(p: Values, matched: Numbers, present: Flags) -> float:
    """Sum over sessions; a true person whom no found one stands for had probability 0."""
    true = present.argmax(axis=1) if len(p) else np.empty(0, np.int64)
    is_it = matched[None, :] == true[:, None]  # (sessions, found)
    guest = 1.0 - p.sum(axis=1)
    missed = ~is_it.any(axis=1)
    return float(((p - is_it) ** 2).sum() + (guest**2).sum() + missed.sum())


def _together(told: PeopleAnswers, truth: PeopleTruth, rows: Numbers) -> tuple[float, ...]:
    said, so = told.is_together[rows], truth.is_together[rows]
    if truth.is_tv is None:
        return said.sum(), so.sum(), (said & so).sum(), np.nan, np.nan
    tv = truth.is_tv[rows]
    return said.sum(), so.sum(), (said & so).sum(), tv.sum(), (tv & so).sum()


def _figures(judged: _Judged, weight: Values) -> dict[str, float]:
    """Every figure under weights of the households, NaN where there is none."""
    sums = dict(zip(_SUMS, weight @ judged.households, strict=True))

    def share(part: str, of: str) -> float:
        return float(sums[part] / sums[of]) if sums[of] > 0 else float("nan")

    def f1(hit: str, called: str) -> float:
        n = sums[called] + sums["together"]
        return float(2 * sums[hit] / n) if sums["together"] > 0 and n > 0 else float("nan")

    sure, is_right, of = judged.sure
    guest, is_guest, guest_of = judged.guests
    return {
        "accuracy": share("right", "member"),
        "accuracy_earlier": share("right_earlier", "member"),
        "accuracy_household": share("mean_right", "has_member"),
        "adjusted_rand": share("rand", "has_rand"),
        "size_exact": share("exact", "has_size"),
        "size_within_one": share("within", "has_size"),
        "size_excess": share("excess", "has_size"),
        "brier": share("brier", "single"),
        "calibration_error": calibration_error(np.tensordot(weight, judged.bins, 1)),
        "accuracy_at_80": accuracy_at(sure, is_right, weight[of], COVERAGE),
        "accuracy_when_sure": share("sure_right", "sure"),
        "coverage_when_sure": share("sure", "member"),
        "together_precision": share("hit", "called"),
        "together_recall": share("hit", "together"),
        "together_f1": f1("hit", "called"),
        "together_f1_tv": f1("tv_hit", "tv"),
        "guest_auc": auc(guest, is_guest, weight[guest_of]),
    }
