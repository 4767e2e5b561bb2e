"""Compute features in compiled loops: one pass over the history, one over the pool.

Column numbers come from features.declare, so a kernel cannot write into a column that says
something else. The matrix is laid out column by column, (F, m): trees compare one column at a time.

Reads / Writes: the arrays it is handed.
Source: Friedman (2001) for trees that take NaN as a value of its own.
Not here: checks and types of what comes in (features.matrix).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.features.declare import FEATURES, LAYOUT, SOURCE_FEATURES, column
from settee.features.layer import DAY_S

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

FILLED, OUTSIDE, STALE = 0, 1, 2

_YEAR_S = 31_556_952.0
_RECENT_ITEMS = 10.0
"""An item of the history counts half as much as the one ten items later."""

_N_STATE = column("percentile_heat") + 1
_PERCENTILE = column("percentile_all")
_YEAR_AGE = column("year_age")
_N_HISTORY = column("n_history")
_TENURE = column("tenure_days")
_IDLE = column("idle_days")
_N_DAY = column("n_history_1d")
_N_MONTH = column("n_history_30d")
_BREADTH = column("tag_breadth")
_TASTE_PERCENTILE = column("taste_percentile")
_TASTE_YEAR = column("taste_year")
_AFFINITY = column("tag_affinity")
_AFFINITY_RECENT = column("tag_affinity_recent")
_LIFT = column("tag_lift")
_MATCH_LAST = column("tag_match_last")
_YEAR_GAP = column("year_gap")
_YEAR_GAP_RECENT = column("year_gap_recent")
_PERCENTILE_GAP = column("percentile_gap")
_HOUR = column("hour")
_N_SOURCES = column("n_sources")
_FUSED_SHARE = column("fused_share")
_FIRST_SOURCE = len(FEATURES)
_PER_SOURCE = len(SOURCE_FEATURES)


@njit(cache=True, nogil=True)
def _lie_within(items: I32, n_items: int) -> bool:
    for item in items:  # noqa: SIM110 -- numba knows no all()
        if item < 0 or item >= n_items:
            return False
    return True


@njit(cache=True, nogil=True)
def fill(
    out: F32,
    items: I32,
    scores: F32,
    ranks: I32,
    fused: F32,
    history: I32,
    history_at: I64,
    n_before: int,
    clock_s: int,
    state_at_s: int,
    state: F32,
    tag_indptr: I64,
    tag_index: I32,
    tag_share: F32,
    year: F32,
    context: F32,
    layout: int,
) -> int:
    """Fill `out`, (F, m) float32, for one request; see features.matrix for the arguments.

    Returns:
        FILLED; or nothing is filled, and OUTSIDE says that an item lies outside the item space,
        STALE that this loop was compiled for other columns.
    """
    if layout != LAYOUT:
        return STALE
    if not (_lie_within(items, len(year)) and _lie_within(history, len(year))):
        return OUTSIDE
    _fill_items(out, items, state, year, 1970.0 + state_at_s / _YEAR_S)
    _fill_person(out, history_at, n_before, clock_s)
    tags, recent_tags, n_tagged = _tag_weights(
        out, history, n_before, tag_indptr, tag_index, len(tag_share)
    )
    _fill_tags(
        out, items, tags, recent_tags, n_tagged, tag_indptr, tag_index, tag_share,
        history[n_before - 1] if n_before > 0 else -1,
    )  # fmt: skip
    _fill_taste(out, items, history, n_before, state, year)
    for place in range(len(context)):
        out[_HOUR + place, :] = context[place]
    _fill_sources(out, scores, ranks, fused)
    return FILLED


@njit(cache=True, nogil=True)
def _fill_items(
    out: F32,
    items: I32,
    state: F32,
    year: F32,
    now_year: float,
) -> None:
    for row in range(len(items)):
        item = items[row]
        for place in range(_N_STATE):
            out[place, row] = state[item, place]
        out[_YEAR_AGE, row] = now_year - (year[item] + 0.5)


@njit(cache=True, nogil=True)
def _fill_person(
    out: F32,
    history_at: I64,
    n_before: int,
    clock_s: int,
) -> None:
    tenure, idle = np.nan, np.nan
    n_day, n_month = 0, 0
    if n_before > 0:
        tenure = (clock_s - history_at[0]) / DAY_S
        idle = (clock_s - history_at[n_before - 1]) / DAY_S
    for place in range(n_before):
        age_s = clock_s - history_at[place]
        n_day += age_s <= DAY_S
        n_month += age_s <= 30 * DAY_S
    out[_N_HISTORY, :] = np.log1p(n_before)
    out[_TENURE, :] = tenure
    out[_IDLE, :] = idle
    out[_N_DAY, :] = np.log1p(n_day)
    out[_N_MONTH, :] = np.log1p(n_month)


@njit(cache=True, nogil=True)
def _recency_weight(
    place: int,
    n_before: int,
) -> float:
    weight: float = 2.0 ** (-(n_before - 1 - place) / _RECENT_ITEMS)
    return weight


@njit(cache=True, nogil=True)
def _tag_weights(
    out: F32,
    history: I32,
    n_before: int,
    tag_indptr: I64,
    tag_index: I32,
    n_tags: int,
) -> tuple[F64, F64, int]:
    """Share of the tagged history that has each tag, plain and by recency; writes the breadth."""
    tags = np.zeros(n_tags, np.float64)
    recent = np.zeros(n_tags, np.float64)
    n_tagged, n_marks, weights = 0, 0, 0.0
    for place in range(n_before):
        start, end = tag_indptr[history[place]], tag_indptr[history[place] + 1]
        if end == start:
            continue
        weight = _recency_weight(place, n_before)
        n_tagged += 1
        n_marks += end - start
        weights += weight
        for position in range(start, end):
            tags[tag_index[position]] += 1.0
            recent[tag_index[position]] += weight
    out[_BREADTH, :] = np.nan
    if n_tagged > 0:
        entropy = 0.0
        for tag in range(n_tags):
            if tags[tag] > 0.0:
                entropy -= tags[tag] / n_marks * np.log(tags[tag] / n_marks)
                tags[tag] /= n_tagged
                recent[tag] /= weights
        out[_BREADTH, :] = np.exp(entropy)
    return tags, recent, n_tagged


@njit(cache=True, nogil=True)
def _n_common(
    item: int,
    other: int,
    tag_indptr: I64,
    tag_index: I32,
) -> int:
    common = 0
    for left in range(tag_indptr[item], tag_indptr[item + 1]):
        for right in range(tag_indptr[other], tag_indptr[other + 1]):
            common += tag_index[left] == tag_index[right]
    return common


@njit(cache=True, nogil=True)
def _fill_tags(
    out: F32,
    items: I32,
    tags: F64,
    recent: F64,
    n_tagged: int,
    tag_indptr: I64,
    tag_index: I32,
    tag_share: F32,
    last: int,
) -> None:
    for row in range(len(items)):
        start, end = tag_indptr[items[row]], tag_indptr[items[row] + 1]
        for place in range(_AFFINITY, _MATCH_LAST + 1):
            out[place, row] = np.nan
        if end == start or n_tagged == 0:
            continue
        plain, by_recency, usual = 0.0, 0.0, 0.0
        for position in range(start, end):
            plain += tags[tag_index[position]]
            by_recency += recent[tag_index[position]]
            usual += tag_share[tag_index[position]]
        n = end - start
        out[_AFFINITY, row] = plain / n
        out[_AFFINITY_RECENT, row] = by_recency / n
        out[_LIFT, row] = np.log((plain + 0.01) / (usual + 0.01))
        n_last = tag_indptr[last + 1] - tag_indptr[last]
        if n_last > 0:
            common = _n_common(items[row], last, tag_indptr, tag_index)
            out[_MATCH_LAST, row] = common / (n + n_last - common)


@njit(cache=True, nogil=True)
def _fill_taste(
    out: F32,
    items: I32,
    history: I32,
    n_before: int,
    state: F32,
    year: F32,
) -> None:
    years, recent_years, n_years, weights, percentiles = 0.0, 0.0, 0, 0.0, 0.0
    for place in range(n_before):
        item = history[place]
        percentiles += state[item, _PERCENTILE]
        if not np.isnan(year[item]):
            weight = _recency_weight(place, n_before)
            years += year[item]
            recent_years += weight * year[item]
            weights += weight
            n_years += 1
    taste_year = years / n_years if n_years > 0 else np.nan
    taste_recent = recent_years / weights if n_years > 0 else np.nan
    taste_percentile = percentiles / n_before if n_before > 0 else np.nan
    out[_TASTE_PERCENTILE, :] = taste_percentile
    out[_TASTE_YEAR, :] = taste_year
    for row in range(len(items)):
        item = items[row]
        out[_YEAR_GAP, row] = year[item] - taste_year
        out[_YEAR_GAP_RECENT, row] = year[item] - taste_recent
        out[_PERCENTILE_GAP, row] = state[item, _PERCENTILE] - taste_percentile


@njit(cache=True, nogil=True)
def _spread(
    scores: F32,
    source: int,
) -> tuple[float, float, float]:
    """Best, mean and standard deviation of the known scores of one source; NaN without any."""
    n, best, total, squares = 0, -np.inf, 0.0, 0.0
    for row in range(len(scores)):
        score = np.float64(scores[row, source])
        if not np.isnan(score):
            n += 1
            total += score
            best = max(best, score)
    if n == 0:
        return np.nan, np.nan, np.nan
    mean = total / n
    for row in range(len(scores)):
        score = np.float64(scores[row, source])
        if not np.isnan(score):
            squares += (score - mean) ** 2
    return best, mean, np.sqrt(squares / n)


@njit(cache=True, nogil=True)
def _fill_sources(
    out: F32,
    scores: F32,
    ranks: I32,
    fused: F32,
) -> None:
    for row in range(len(fused)):
        out[_N_SOURCES, row] = 0.0
        out[_FUSED_SHARE, row] = fused[row] / fused[0] if fused[0] > 0 else np.nan
    for source in range(scores.shape[1]):
        best, mean, deviation = _spread(scores, source)
        first = _FIRST_SOURCE + source * _PER_SOURCE
        for row in range(len(fused)):
            score, rank = np.float64(scores[row, source]), ranks[row, source]
            out[first, row] = score / best if best > 0.0 else np.nan
            out[first + 1, row] = (score - mean) / deviation if deviation > 0.0 else np.nan
            out[first + 2, row] = 1.0 / (rank + 1.0) if rank >= 0 else 0.0
            out[_N_SOURCES, row] += rank >= 0
