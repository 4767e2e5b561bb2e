"""Keep every item's instants in order, and describe all items as of any instant.

Of an item with events at noon and at one, the state as of one o'clock knows one event: only what
happened strictly before the instant counts. Events that came after the training live in a second,
small layer beside the first; counts of the two add up.

Reads: Interactions.  Writes: nothing.
Not here: which instant to ask for (features.instants), the other features (features.matrix).
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import BadInput, Damaged
from settee.events import Interactions
from settee.features.declare import LAYOUT, StaleLoops, column
from settee.features.instants import bucket_start, record_clock
from settee.features.layer import (
    DAY_S,
    Counts,
    Instants,
    Layer,
    add_counts,
    build_layer,
    frozen,
    merge_layers,
)

N_STATE = column("percentile_heat") + 1
"""Columns of ItemState.values: the first N_STATE of FEATURES."""

_WEEK, _MONTH, _HALF_YEAR = column("n_7d"), column("n_30d"), column("n_180d")
_EVER, _HEAT, _SHARE = column("n_all"), column("heat"), column("share_30d")
_TREND_WEEK, _TREND_MONTH = column("trend_week"), column("trend_month")
_AGE, _IDLE = column("age_days"), column("item_idle_days")
_PERCENTILE_ALL, _PERCENTILE_HEAT = column("percentile_all"), column("percentile_heat")

_STORED = {
    "indptr": ("int64",),
    "at_s": ("uint32", "int64"),
    "heat": ("float32",),
    "pulse_s": ("int64",),
}
# The second layer is merged into the first when it outgrows both.
_TAIL_SHARE = 4
_TAIL_LEAST = 65_536


class BadTimeline(BadInput):
    """Events do not fit the timeline's item space."""

    code = "bad_timeline"


class TimelineDamaged(Damaged):
    """Stored arrays are not a timeline."""

    code = "timeline_damaged"


@dataclass(frozen=True)
class ItemState:
    """What is known of every item as of an instant.

    Args:
        at_s: The instant, start of a bucket; only events strictly before it count.
        bucket_s: Width of the bucket.
        values: (n_items, N_STATE) float32, columns as the first of FEATURES; NaN is unknown.
    """

    at_s: int
    bucket_s: int
    values: NDArray[np.float32]

    def column(self, name: str) -> NDArray[np.float32]:
        """One column by its feature name, (n_items,).

        Raises:
            IndexError: If the state has no such column.
            ValueError: If there is no such feature.
        """
        return self.values[:, column(name)]


@dataclass(frozen=True)
class ItemTimeline:
    """Instants of the interest events of every item.

    Args:
        base: Events that were there when the timeline was built.
        tail: Events that came since.
    """

    base: Layer
    tail: Layer

    @classmethod
    def from_interactions(cls, interactions: Interactions) -> Self:
        """The timeline of the interest events among `interactions`."""
        keep = interactions.is_interest
        layer = build_layer(interactions.item[keep], interactions.at_s[keep], interactions.n_items)
        return cls(layer, _empty(interactions.n_items))

    @property
    def n_items(self) -> int:
        """Size of the item space."""
        return self.base.n_items

    def __len__(self) -> int:
        """Number of events."""
        return len(self.base) + len(self.tail)

    def counts(self) -> NDArray[np.int64]:
        """Events of each item, (n_items,)."""
        return np.diff(self.base.indptr) + np.diff(self.tail.indptr)

    @property
    def newest_s(self) -> int | None:
        """Newest event, epoch seconds; None where there is none."""
        newest = [int(layer.pulse_s[-1]) for layer in (self.base, self.tail) if len(layer)]
        return max(newest, default=None)

    def newest_before(self, instant_s: int) -> int | None:
        """Newest event strictly before an instant, epoch seconds; None where there is none."""
        newest = (self.base.newest_before(instant_s), self.tail.newest_before(instant_s))
        return max((one for one in newest if one is not None), default=None)

    def clock(self, as_of_s: int, bucket_s: int) -> int:
        """The instant at which item counters stand for a request, see record_clock.

        Args:
            as_of_s: Instant of the request, epoch seconds.
            bucket_s: RankingSettings.time_bucket_s (changes results).
        """
        newest_s = self.newest_before(bucket_start(as_of_s, bucket_s))
        return record_clock(as_of_s, newest_s, bucket_s)

    def extend(self, item: NDArray[np.int32], at_s: NDArray[np.int64]) -> "ItemTimeline":
        """This timeline and more interest events; this one stays as it is.

        Costs one pass over the events that came since training, so call it with many at a time:
        events of the present bucket do not count yet anyway.

        Args:
            item: (n,) int32 positions in the item space.
            at_s: (n,) int64 epoch seconds, any order.

        Raises:
            BadTimeline: If a position lies outside the item space or the lengths differ.
        """
        if len(item) != len(at_s):
            raise BadTimeline(f"{len(item)} items came with {len(at_s)} instants; give as many.")
        if len(item) == 0:
            return self
        if int(item.min()) < 0 or int(item.max()) >= self.n_items:
            raise BadTimeline(
                f"items {int(item.min())} to {int(item.max())} do not lie "
                f"within 0 to {self.n_items - 1}."
            )
        more = build_layer(item.astype(np.int32), at_s.astype(np.int64), self.n_items)
        tail = merge_layers(self.tail, more)
        if len(tail) > max(_TAIL_LEAST, len(self.base) // _TAIL_SHARE):
            return ItemTimeline(merge_layers(self.base, tail), _empty(self.n_items))
        return ItemTimeline(self.base, tail)

    def state_at(self, as_of_s: int, bucket_s: int) -> ItemState:
        """Describe every item as of the record's clock for a request at `as_of_s`.

        Requests of one bucket share one state, so callers keep it (features.ItemStates does).

        Args:
            as_of_s: Instant of the request, epoch seconds.
            bucket_s: RankingSettings.time_bucket_s (changes results).

        Raises:
            StaleLoops: If numba's cache holds loops of other columns.
        """
        at_s = self.clock(as_of_s, bucket_s)
        counts = Counts.none(self.n_items)
        add_counts(self.base, at_s, counts)
        add_counts(self.tail, at_s, counts)
        values = np.empty((self.n_items, N_STATE), np.float32)
        is_fresh = _describe(
            counts.windows, counts.heat, counts.first_s, counts.last_s, at_s, LAYOUT, values
        )
        if not is_fresh:
            raise StaleLoops
        values[:, _PERCENTILE_ALL] = _midranks(counts.windows[:, 3])
        values[:, _PERCENTILE_HEAT] = _midranks(counts.heat)
        return ItemState(at_s, bucket_s, frozen(values))

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """All events as plain arrays, both layers in one."""
        whole = merge_layers(self.base, self.tail) if len(self.tail) else self.base
        return {
            "indptr": whole.indptr,
            "at_s": whole.at_s,
            "heat": whole.heat,
            "pulse_s": whole.pulse_s,
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.generic]]) -> Self:
        """The timeline that `to_arrays` described; arrays may be read-only memory maps.

        Raises:
            TimelineDamaged: If the arrays do not fit together.
        """
        return cls(_checked_layer(arrays), _empty(len(arrays["indptr"]) - 1))


def _empty(n_items: int) -> Layer:
    return build_layer(np.empty(0, np.int32), np.empty(0, np.int64), n_items)


def _checked_layer(arrays: dict[str, NDArray[np.generic]]) -> Layer:
    for name, accepted in _STORED.items():
        array = arrays.get(name)
        if array is None or array.ndim != 1 or array.dtype.name not in accepted:
            raise TimelineDamaged(f'timeline array "{name}" is not a row of {accepted[0]}.')
    indptr = arrays["indptr"].astype(np.int64, copy=False)
    heat = arrays["heat"].astype(np.float32, copy=False)
    raw = arrays["at_s"]
    at_s: Instants
    if raw.dtype == np.uint32:
        at_s = raw.astype(np.uint32, copy=False)
    else:
        at_s = raw.astype(np.int64, copy=False)
    if len(indptr) == 0 or indptr[0] != 0 or bool(np.any(np.diff(indptr) < 0)):
        raise TimelineDamaged("the timeline's events are not divided among its items.")
    if not indptr[-1] == len(at_s) == len(heat):
        raise TimelineDamaged(
            f"the timeline counts {indptr[-1]} events and holds {len(at_s)} instants and "
            f"{len(heat)} values of heat; all three must be the same."
        )
    pulse_s = arrays["pulse_s"].astype(np.int64, copy=False)
    return Layer(frozen(indptr), frozen(at_s), frozen(heat), frozen(pulse_s))


def _midranks(values: NDArray[Any]) -> NDArray[np.float64]:
    """Share of entries below each entry, equal ones counted half.

    >>> _midranks(np.array([3, 1, 3, 7])).tolist()
    [0.5, 0.125, 0.5, 0.875]
    """
    _, place, sizes = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(sizes)
    ranks: NDArray[np.float64] = ((ends - 0.5 * sizes) / len(values))[place]
    return ranks


@njit(cache=True, nogil=True)
def _describe(
    windows: NDArray[np.int64],
    heat: NDArray[np.float64],
    first_s: NDArray[np.int64],
    last_s: NDArray[np.int64],
    at_s: int,
    layout: int,
    values: NDArray[np.float32],
) -> bool:
    """Fill `values`; False, and nothing filled, when compiled for other columns."""
    if layout != LAYOUT:
        return False
    n_items = len(heat)
    total = 0
    for item in range(n_items):
        total += windows[item, 1]
    for item in range(n_items):
        week, month, half_year = windows[item, 0], windows[item, 1], windows[item, 2]
        values[item, _WEEK] = np.log1p(week)
        values[item, _MONTH] = np.log1p(month)
        values[item, _HALF_YEAR] = np.log1p(half_year)
        values[item, _EVER] = np.log1p(windows[item, 3])
        values[item, _HEAT] = np.log1p(heat[item])
        values[item, _SHARE] = np.log((month + 1.0) / (total + n_items))
        values[item, _TREND_WEEK] = np.log((week + 1.0) / (month * 7.0 / 30.0 + 1.0))
        values[item, _TREND_MONTH] = np.log((month + 1.0) / (half_year / 6.0 + 1.0))
        values[item, _AGE] = np.nan
        values[item, _IDLE] = np.nan
        if windows[item, 3] > 0:
            values[item, _AGE] = (at_s - first_s[item]) / DAY_S
            values[item, _IDLE] = (at_s - last_s[item]) / DAY_S
    return True
