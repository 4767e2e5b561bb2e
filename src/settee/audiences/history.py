"""Hold who did what as units by items, with what tells how active each unit is.

A unit is a person where persons are known, else an account. Ann's .8 of an evening's film is a cell
of weight .8 in her row and .2 in Bob's. A cell also knows how much of it is recent: two purchases
of today count 2, one of 90 days ago a half.

Reads: interactions; whose each event was, where told.  Writes: nothing.
Not here: who was there (people), what an item says of others (audiences.columns).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import BadInput
from settee.events import Histories, Interactions

DAY_S = 86_400
_LEAST_WEIGHT = 0.02  # a cell that counts less says nothing and costs as much

Shares = Callable[[str, NDArray[np.int64]], tuple[tuple[str, ...], NDArray[np.float32]] | None]
"""Whose were the events of an account at these instants, epoch seconds: ids of its persons and
(n_events, n_persons) shares; None where nobody is told apart in it."""


class NoHistory(BadInput):
    """Nothing lies before the instant that is asked about."""

    code = "no_history"


@dataclass(frozen=True)
class Units:
    """Whom an audience is made of.

    Args:
        account_ids: Account of each unit.
        person_ids: Person of each unit; "" is the whole account.
    """

    account_ids: tuple[str, ...]
    person_ids: tuple[str, ...]

    def __len__(self) -> int:
        """Number of units."""
        return len(self.account_ids)


@dataclass(frozen=True)
class Reach:
    """Units by items as of an instant.

    Args:
        units: The rows.
        n_items: Size of the item space.
        as_of_s: Nothing from then on is known, epoch seconds.
        indptr: (n_units + 1,) int64.
        item: (n,) int32 distinct items of a unit, oldest first.
        at_s: (n,) int64 latest instant of each.
        weight: (n,) float32 how much of it is the unit's own, 0 to 1; 1 for all of an account.
        recent: (n,) float32 occasions with that item, each halved every `recent_days`.
        n_days: (n_units,) float32 days with an event.
        last_s: (n_units,) int64 newest event; first_s: the oldest.
        first_s: (n_units,) int64.
        lately: (n_units,) float32 days with an event, each halved every 30 days.
    """

    units: Units
    n_items: int
    as_of_s: int
    indptr: NDArray[np.int64]
    item: NDArray[np.int32]
    at_s: NDArray[np.int64]
    weight: NDArray[np.float32]
    recent: NDArray[np.float32]
    n_days: NDArray[np.float32]
    last_s: NDArray[np.int64]
    first_s: NDArray[np.int64]
    lately: NDArray[np.float32]

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.units)

    @property
    def histories(self) -> Histories:
        """The same as sources take it."""
        return Histories(self.indptr, self.item, self.at_s, self.weight, self.as_of_s)

    def buyers(self) -> NDArray[np.int64]:
        """(n_items,) units that have each item."""
        return np.bincount(self.item, minlength=self.n_items)


def reach_of(
    events: Interactions,
    as_of_s: int,
    *,
    max_items: int = 500,
    recent_days: float = 90.0,
    shares: Shares | None = None,
) -> Reach:
    """What every unit did before an instant.

    Args:
        events: The record, sorted by account; only events of interest before `as_of_s` count.
        as_of_s: Epoch seconds.
        max_items: Latest distinct items kept of a unit, as sources look at (changes results).
        recent_days: Days after which an occasion counts half (changes results).
        shares: Whose each event was; None makes every account a unit.

    Raises:
        NoHistory: If nothing lies before the instant.
    """
    past = events.where(events.is_interest & (events.at_s < as_of_s))
    if len(past) == 0:
        raise NoHistory(
            "no event of interest lies before the instant that is asked about.",
            hint="Import a record, or name a later instant.",
        )
    rows = _rows(past, shares)
    columns = _fold(
        rows.start, past.item[rows.event], past.at_s[rows.event], rows.share,
        past.n_items, as_of_s, max_items, float(recent_days) * DAY_S,
    )  # fmt: skip
    return Reach(rows.units, past.n_items, as_of_s, *columns)


@dataclass(frozen=True)
class _Rows:
    """Events of each unit, in the order of time: `event` is a row of the interactions."""

    units: Units
    start: NDArray[np.int64]
    event: NDArray[np.int64]
    share: NDArray[np.float32]


def _rows(past: Interactions, shares: Shares | None) -> _Rows:
    account, start = np.unique(past.account, return_index=True)
    ends = np.append(start[1:], len(past)).astype(np.int64)
    if shares is None:
        ids = tuple(past.account_ids[number] for number in account.tolist())
        return _Rows(
            Units(ids, ("",) * len(ids)),
            np.append(start, len(past)).astype(np.int64),
            np.arange(len(past)),
            np.ones(len(past), np.float32),
        )
    accounts: list[str] = []
    persons: list[str] = []
    events: list[NDArray[np.int64]] = []
    share: list[NDArray[np.float32]] = []
    for number, begin, end in zip(account.tolist(), start.tolist(), ends.tolist(), strict=True):
        account_id, span = past.account_ids[number], np.arange(begin, end)
        told = shares(account_id, past.at_s[begin:end])
        if told is None or len(told[0]) == 0:
            told = ("",), np.ones((end - begin, 1), np.float32)
        for column, person_id in enumerate(told[0]):
            own = told[1][:, column] >= _LEAST_WEIGHT
            if own.any():
                accounts.append(account_id)
                persons.append(person_id)
                events.append(span[own])
                share.append(told[1][own, column].astype(np.float32))
    sizes = np.array([0, *(len(one) for one in events)], np.int64)
    return _Rows(
        Units(tuple(accounts), tuple(persons)),
        np.cumsum(sizes),
        np.concatenate(events),
        np.concatenate(share),
    )


@njit(cache=True, nogil=True)
def _fold(
    start: NDArray[np.int64],
    item: NDArray[np.int32],
    at_s: NDArray[np.int64],
    share: NDArray[np.float32],
    n_items: int,
    as_of_s: int,
    max_items: int,
    half_s: float,
) -> tuple[
    NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.float32],
    NDArray[np.float32], NDArray[np.float32], NDArray[np.int64], NDArray[np.int64],
    NDArray[np.float32],
]:  # fmt: skip
    n_units = len(start) - 1
    indptr = np.zeros(n_units + 1, np.int64)
    out_item, out_at = np.empty(len(item), np.int32), np.empty(len(item), np.int64)
    weight, recent = np.empty(len(item), np.float32), np.empty(len(item), np.float32)
    n_days, lately = np.zeros(n_units, np.float32), np.zeros(n_units, np.float32)
    last_s, first_s = np.empty(n_units, np.int64), np.empty(n_units, np.int64)
    cell_of = np.full(n_items, -1, np.int64)
    day_of = np.full(n_items, -1, np.int64)
    n = 0
    for unit in range(n_units):
        begin, end = start[unit], start[unit + 1]
        first_s[unit], last_s[unit] = at_s[begin], at_s[end - 1]
        first, day = n, np.int64(-1)
        for place in range(end - 1, begin - 1, -1):  # newest first: the latest instant stays
            today = at_s[place] // 86_400
            if today != day:
                n_days[unit] += share[place]
                lately[unit] += share[place] * 0.5 ** ((as_of_s - at_s[place]) / (30 * 86_400.0))
                day = today
            cell = cell_of[item[place]]
            if cell < first:
                if n - first == max_items:
                    continue
                cell = n
                n += 1
                cell_of[item[place]] = cell
                out_item[cell], out_at[cell] = item[place], at_s[place]
                weight[cell], recent[cell] = share[place], 0.0
                day_of[item[place]] = -1
            weight[cell] = max(weight[cell], share[place])
            if day_of[item[place]] != today:
                recent[cell] += share[place] * 0.5 ** ((as_of_s - at_s[place]) / half_s)
                day_of[item[place]] = today
        for low in range((n - first) // 2):  # oldest first, as sources sum them
            a, b = first + low, n - 1 - low
            out_item[a], out_item[b] = out_item[b], out_item[a]
            out_at[a], out_at[b] = out_at[b], out_at[a]
            weight[a], weight[b] = weight[b], weight[a]
            recent[a], recent[b] = recent[b], recent[a]
        for cell in range(first, n):
            cell_of[out_item[cell]] = -1
        indptr[unit + 1] = n
    return (
        indptr, out_item[:n].copy(), out_at[:n].copy(), weight[:n].copy(), recent[:n].copy(),
        n_days, last_s, first_s, lately,
    )  # fmt: skip
