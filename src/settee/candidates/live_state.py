"""The arrays of the live counts, in groups that compiled loops take as they are.

A row holds where people went from one item: `row[item]` is its start, its size and its room in an
arena of cells. Rooms are 4, 8, 16, ... cells; a block that a grown row left is chained to the free
ones of its size. Streams live in a table of buckets of 8, so that finding one costs 8 looks.

Reads / Writes: nothing.
Not here: what is counted (candidates.live_loops), who may touch it when (candidates.live).
"""

from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from settee.candidates.source import Arrays
from settee.core import Damaged, LiveSettings

LEAST_ROOM: Final = 4
"""Cells of the smallest block."""
WAYS: Final = 8
"""Places of the table of streams that one stream may take."""
NEVER: Final = np.iinfo(np.int64).max
"""Stands where an item was not met yet."""
USED, TAKEN = 0, 1
"""Positions in `Counts.counters`: cells of the arena in use, events taken."""
_N_SIZES: Final = 32
Scalar = TypeVar("Scalar", bound=np.generic)


class LiveDamaged(Damaged):
    """Stored arrays are not the state of live sources."""

    code = "live_damaged"


class Pace(NamedTuple):
    """What is counted how much; from the settings, never changed.

    Args:
        half_life_s: (speeds,) float64, fastest first.
        lag_weight: (lags,) float64, 1 for the last item.
        back_weight: What a transition counts against time.
        later_weight: What it counts over a long silence.
        gap_s: Silence that is not long, seconds.
        max_room: Most cells of a row.
        max_cells: Most cells of the arena.
    """

    half_life_s: NDArray[np.float64]
    lag_weight: NDArray[np.float64]
    back_weight: float
    later_weight: float
    gap_s: int
    max_room: int
    max_cells: int

    @classmethod
    def of(cls, settings: LiveSettings) -> "Pace":
        """What the settings say."""
        return cls(
            np.sort(np.array(settings.half_lives_s, np.float64)),
            np.array(settings.lag_weights, np.float64),
            settings.back_weight,
            settings.later_weight,
            settings.gap_s,
            settings.max_partners,
            settings.max_pairs,
        )


class Counts(NamedTuple):
    """How much was going on.

    Args:
        base_s: (speeds,) int64 the instant in whose units a speed counts.
        total: (speeds,) float64 all events.
        counters: (2,) int64 at USED and TAKEN.
        heat: (items, speeds) float32 events by item.
        first_s: (items,) int64 first event, NEVER where there was none.
        n_events: (items,) int32 events ever, without decay.
    """

    base_s: NDArray[np.int64]
    total: NDArray[np.float64]
    counters: NDArray[np.int64]
    heat: NDArray[np.float32]
    first_s: NDArray[np.int64]
    n_events: NDArray[np.int32]


class Rows(NamedTuple):
    """Where people went.

    Args:
        row: (items, 3) int64 start, size and room.
        free: (sizes,) int64 first free block of each size, -1 for none.
        item: (cells,) int32 where to.
        weight: (cells, speeds) float32 how much.
    """

    row: NDArray[np.int64]
    free: NDArray[np.int64]
    item: NDArray[np.int32]
    weight: NDArray[np.float32]


class Streams(NamedTuple):
    """Who was where last.

    Args:
        key: (places,) uint64, 0 for nobody.
        item: (places, lags) int32 last items, newest first, -1 for none.
        at_s: (places, lags) int64 when.
    """

    key: NDArray[np.uint64]
    item: NDArray[np.int32]
    at_s: NDArray[np.int64]


class State(NamedTuple):
    """All of it."""

    counts: Counts
    rows: Rows
    streams: Streams


def empty_state(n_items: int, settings: LiveSettings) -> State:
    """Nothing happened yet."""
    n_speeds, n_lags = len(settings.half_lives_s), len(settings.lag_weights)
    places = WAYS
    while places < settings.max_streams:
        places *= 2
    return State(
        Counts(
            np.zeros(n_speeds, np.int64), np.zeros(n_speeds), np.zeros(2, np.int64),
            np.zeros((n_items, n_speeds), np.float32), np.full(n_items, NEVER, np.int64),
            np.zeros(n_items, np.int32),
        ),
        Rows(
            np.zeros((n_items, 3), np.int64), np.full(_N_SIZES, -1, np.int64),
            np.zeros(0, np.int32), np.zeros((0, n_speeds), np.float32),
        ),
        Streams(
            np.zeros(places, np.uint64), np.full((places, n_lags), -1, np.int32),
            np.zeros((places, n_lags), np.int64),
        ),
    )  # fmt: skip


def with_items(state: State, n_items: int) -> State:
    """The same state with room for so many items; more than asked for, so that it is rare."""
    counts, rows, _ = state
    room = max(n_items, 2 * len(counts.first_s), 64)
    return state._replace(
        counts=counts._replace(
            heat=_longer(counts.heat, room, 0),
            first_s=_longer(counts.first_s, room, NEVER),
            n_events=_longer(counts.n_events, room, 0),
        ),
        rows=rows._replace(row=_longer(rows.row, room, 0)),
    )


def with_cells(state: State, least: int, most: int) -> State:
    """The same state with a larger arena: at least `least` more cells where `most` allows it."""
    rows = state.rows
    room = min(most, max(len(rows.item) + least, 2 * len(rows.item)))
    return state._replace(
        rows=rows._replace(item=_longer(rows.item, room, 0), weight=_longer(rows.weight, room, 0))
    )


def state_arrays(state: State, n_items: int) -> Arrays:
    """What was used of the state, as plain arrays."""
    counts, rows, streams = state
    used = int(counts.counters[USED])
    places = np.flatnonzero(streams.key)
    return {
        "base_s": counts.base_s.copy(),
        "total": counts.total.copy(),
        "counters": counts.counters.copy(),
        "heat": counts.heat[:n_items].copy(),
        "first_s": counts.first_s[:n_items].copy(),
        "n_events": counts.n_events[:n_items].copy(),
        "row": rows.row[:n_items].copy(),
        "free": rows.free.copy(),
        "cell_item": rows.item[:used].copy(),
        "cell_weight": rows.weight[:used].copy(),
        "n_places": np.array([len(streams.key)], np.int64),
        "place": places,
        "stream": streams.key[places],
        "stream_item": streams.item[places],
        "stream_at_s": streams.at_s[places],
    }


def state_from(arrays: Arrays, settings: LiveSettings) -> State:
    """The state that `state_arrays` described, in arrays of its own.

    Raises:
        LiveDamaged: If the arrays do not make one, or are of other speeds, lags or streams.
    """
    n_items = len(arrays["first_s"])
    state = empty_state(n_items, settings)
    counts, _, streams = state
    used, place = len(arrays["cell_item"]), arrays["place"]
    wanted = [
        (arrays["heat"].shape, counts.heat.shape),
        (arrays["cell_weight"].shape, (used, len(counts.base_s))),
        (arrays["stream_item"].shape, (len(place), streams.item.shape[1])),
        (int(arrays["n_places"][0]), len(streams.key)),
        (int(arrays["counters"][USED]), used),
    ]
    for has, needs in wanted:
        if has != needs:
            raise LiveDamaged(
                f"live counts have the shape {has}; with these settings it must be {needs}.",
                hint="Train again with these settings of [live].",
            )
    row = arrays["row"].astype(np.int64)
    cells = arrays["cell_item"].astype(np.int32)
    free = arrays["free"].astype(np.int64)
    _check_rows(row, cells, free)
    streams.key[place] = arrays["stream"]
    streams.item[place] = arrays["stream_item"]
    streams.at_s[place] = arrays["stream_at_s"]
    return State(
        Counts(
            arrays["base_s"].astype(np.int64), arrays["total"].astype(np.float64),
            arrays["counters"].astype(np.int64), arrays["heat"].astype(np.float32),
            arrays["first_s"].astype(np.int64), arrays["n_events"].astype(np.int32),
        ),
        Rows(row, free, cells,
             arrays["cell_weight"].astype(np.float32)),
        streams,
    )  # fmt: skip


def _check_rows(row: NDArray[np.int64], cells: NDArray[np.int32], free: NDArray[np.int64]) -> None:
    """Refuse what would send a compiled loop out of its arrays."""
    start, size, room = row.T
    is_inside = bool((row >= 0).all() and (size <= room).all() and (free < len(cells)).all())
    if not (is_inside and (start + room <= len(cells)).all()):
        raise LiveDamaged("a row of the live counts lies outside their arena.")
    is_item = np.zeros(len(cells), np.bool_)
    for first, n in zip(start[size > 0], size[size > 0], strict=True):
        is_item[first : first + n] = True
    most = np.where(is_item, len(row) - 1, len(cells))  # a free block names the next one
    if ((cells < 0) | (cells > most)).any():
        raise LiveDamaged("a row of the live counts leads to an item that there is none of.")


def _longer(array: NDArray[Scalar], room: int, fill: int) -> NDArray[Scalar]:
    longer = np.full((room, *array.shape[1:]), fill, array.dtype)
    longer[: len(array)] = array
    return longer
