"""Turn an account's profile into what the stages need: a history, and what was seen.

A profile is a row of events with the profile's own item numbers. One pass maps the numbers to the
item space of the model, keeps what said "I want this" as history (each item once, at its latest
instant, oldest first, ties by position, as in training) and what hides an item as seen. Items that
the model does not know are passed over.

Reads: profiles.  Writes: its own table of numbers.
Not here: which events say what (core settings: signals.kinds, rules.exclude_seen).
"""

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import KINDS, SignalSettings
from settee.events import Histories
from settee.features import Person, frozen
from settee.respond.offer import Offer
from settee.store import Profiles

_RATE = KINDS.index("rate")
_PLAY = KINDS.index("play")
_VIEW = KINDS.index("view")


@dataclass(frozen=True)
class Known:
    """What is known of an account, in the item space of an offer.

    Args:
        person: Distinct items of interest, oldest first.
        kind: (n,) uint8 what was done with each item of the history last, into core.KINDS.
        seen: (m,) int32 positions that the rules hide.
    """

    person: Person
    kind: NDArray[np.uint8]
    seen: NDArray[np.int32]

    @cached_property
    def histories(self) -> Histories:
        """The history as a batch of one."""
        return Histories.of_one(self.person.item, self.person.at_s)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Names of `kind`."""
        return tuple(KINDS[number] for number in self.kind)


class PersonReader:
    """Reads profiles in the item space of one offer.

    Args:
        profiles: Profiles of all accounts.
        offer: The item space.
        signals: What counts as interest (changes results).
        hides: (256,) bool, which kinds hide an item, from `rules.kinds_that_hide`.
        max_history: Latest distinct items that sources look at (changes results).
    """

    def __init__(
        self,
        profiles: Profiles,
        offer: Offer,
        signals: SignalSettings,
        hides: NDArray[np.bool_],
        max_history: int,
    ) -> None:
        self._profiles = profiles
        self._index = offer.index
        self._n_items = offer.n_items
        self._hides = hides
        self._max_history = max_history
        self._interest = np.zeros(256, np.bool_)
        self._interest[[KINDS.index(kind) for kind in signals.kinds if kind in KINDS]] = True
        # Least value by kind: of a rating, or the seconds of what lasts.
        self._least = np.full(256, -np.inf, np.float32)
        self._least[_RATE] = signals.min_rating
        if signals.min_duration_s > 0:
            self._least[[_PLAY, _VIEW]] = signals.min_duration_s
        self._positions = np.empty(0, np.int32)
        self._growing = threading.Lock()

    def read(self, account_id: str, as_of_s: int) -> Known:
        """What is known of an account as of an instant; nothing, for an unknown one.

        Args:
            account_id: Any id.
            as_of_s: Events after this second are left out, epoch seconds.

        Raises:
            SetteeError: If the profile cannot be read.
        """
        profile = self._profiles.get(account_id)
        numbers = profile["item_no"]
        positions = self._positions
        if len(numbers) and int(numbers.max()) >= len(positions):
            positions = self._grow()
        kind, at_s = np.ascontiguousarray(profile["kind"]), np.ascontiguousarray(profile["at_s"])
        value = np.ascontiguousarray(profile["value"])
        position = positions[numbers]
        rows = _latest_rows(
            position, at_s, _wanted(kind, value, self._interest, self._least), as_of_s,
            self._n_items,
        )[-self._max_history :]  # fmt: skip
        is_seen = self._hides[kind] & (position >= 0) & (at_s <= as_of_s)
        return Known(
            Person(frozen(position[rows]), frozen(at_s[rows])), kind[rows], position[is_seen]
        )

    def interest(self, profile: NDArray[Any]) -> NDArray[np.bool_]:
        """Which rows of a profile say that the account wanted the item."""
        kind, value = np.ascontiguousarray(profile["kind"]), np.ascontiguousarray(profile["value"])
        wanted: NDArray[np.bool_] = _wanted(kind, value, self._interest, self._least)
        return wanted

    def _grow(self) -> NDArray[np.int32]:
        """Number the items that profiles met since the table was made."""
        with self._growing:
            known = len(self._positions)
            more = self._profiles.item_ids()[known:]
            found = np.array([self._index.get(item_id, -1) for item_id in more], np.int32)
            self._positions = np.concatenate([self._positions, found])
            return self._positions


@njit(cache=True, nogil=True)
def _wanted(
    kind: NDArray[np.uint8],
    value: NDArray[np.float32],
    interest: NDArray[np.bool_],
    least: NDArray[np.float32],
) -> NDArray[np.bool_]:
    """Which events say that the account wanted the item."""
    wanted = np.empty(len(kind), np.bool_)
    for row in range(len(kind)):
        # A rating without a value says nothing; a play without a duration is no reproach.
        is_enough = value[row] >= least[kind[row]] or (np.isnan(value[row]) and kind[row] != _RATE)
        wanted[row] = interest[kind[row]] and is_enough
    return wanted


@njit(cache=True, nogil=True)
def _latest_rows(
    position: NDArray[np.int32],
    at_s: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    as_of_s: int,
    n_items: int,
) -> NDArray[np.int32]:
    """Row of each distinct wanted item's latest event, by instant, ties by position."""
    latest = np.full(n_items, -1, np.int32)
    for row in range(len(position)):
        item = position[row]
        if item >= 0 and wanted[row] and at_s[row] <= as_of_s:
            before = latest[item]
            if before < 0 or at_s[row] >= at_s[before]:
                latest[item] = row
    rows = np.empty(len(position), np.int32)
    n = 0
    for row in range(len(position)):
        item = position[row]
        if item < 0 or latest[item] != row:
            continue
        place = n
        while place > 0:
            other = rows[place - 1]
            if at_s[other] < at_s[row] or (at_s[other] == at_s[row] and position[other] < item):
                break
            rows[place] = other
            place -= 1
        rows[place] = row
        n += 1
    return rows[:n].copy()
