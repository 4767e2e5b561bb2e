"""Turn an account's profile into what the stages need: a history, and what was seen.

A profile is a row of events with the profile's own item numbers. One pass maps the numbers to the
item space of the model, keeps what said "I want this" as history (each item once, at its latest
instant, oldest first, ties by position, as in training) and what hides an item as seen. Items that
the model does not know are passed over. Where the list is for some of an account's persons, an item
counts as much as its events are theirs: a title that was .8 Ann's counts .8 for her.

Reads: profiles.  Writes: its own table of numbers.
Not here: which events say what (core settings: signals.kinds, rules.exclude_seen), for whom the
list is (respond.whom).
"""

import threading
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import KINDS, SignalSettings
from settee.events import Histories
from settee.features import Person, frozen
from settee.respond.offer import Offer
from settee.respond.whom import EVERYBODY, Listener, Whom

_RATE = KINDS.index("rate")
_PLAY = KINDS.index("play")
_VIEW = KINDS.index("view")
_LIKE, _DISLIKE = KINDS.index("like"), KINDS.index("dislike")
_LEAST_WEIGHT = 0.02
"""Items that count less are left out of a history: they would say nothing and cost as much."""
_OWN = 0.5
"""From which weight on an item is a person's own, where it can only be theirs or not."""


@dataclass(frozen=True)
class History:
    """What sources look at for one listener.

    Args:
        person: Distinct items of interest, oldest first.
        kind: (n,) uint8 what was done with each item last, into core.KINDS.
        weight: (n,) float32 how much each item counts; None is 1 for all.
    """

    person: Person
    kind: NDArray[np.uint8]
    weight: NDArray[np.float32] | None = None

    @cached_property
    def histories(self) -> Histories:
        """The history as a batch of one."""
        return Histories.of_one(self.person.item, self.person.at_s, self.weight)

    @cached_property
    def own(self) -> Person:
        """The items that are the listener's own, for features that cannot count in part."""
        if self.weight is None:
            return self.person
        mine = self.weight >= _OWN
        if not mine.any():
            return self.person
        return Person(frozen(self.person.item[mine]), frozen(self.person.at_s[mine]))

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Names of `kind`."""
        return tuple(KINDS[number] for number in self.kind)


@dataclass(frozen=True)
class Known:
    """What is known of those whom a list is for, in the item space of an offer.

    Args:
        history: Of all of them.
        seen: (m,) int32 positions that the rules hide.
        members: Each one's history where several watch together, else none.
        disliked: (m,) int32 positions that were disliked and not liked since.
    """

    history: History
    seen: NDArray[np.int32]
    members: tuple[History, ...] = ()
    disliked: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))

    @property
    def person(self) -> Person:
        """Distinct items of interest, oldest first."""
        return self.history.person

    @cached_property
    def histories(self) -> Histories:
        """The histories of all members, or the one there is, as a batch."""
        if not self.members:
            return self.history.histories
        each = [one.histories for one in self.members]
        sizes = np.array([0, *(len(one.item) for one in each)], np.int64)
        weight = [np.ones(len(one.item), np.float32) if one.weight is None else one.weight
                  for one in each]  # fmt: skip
        return Histories(
            np.cumsum(sizes),
            np.concatenate([one.item for one in each]),
            np.concatenate([one.at_s for one in each]),
            np.concatenate(weight),
        )


class ProfilesLike(Protocol):
    """Where profiles come from; `store.Profiles`, or those that are supposed for one answer."""

    def get(self, account_id: str) -> NDArray[Any]:
        """Events of an account, as `store.Profiles.get`."""
        ...

    def item_ids(self) -> list[str]:
        """Ids of all items that have a number; the position is the number."""
        ...


class PersonReader:
    """Reads profiles in the item space of one offer.

    Args:
        profiles: Profiles of all accounts.
        offer: The item space.
        signals: What counts as interest (changes results).
        hides: (256,) bool, which kinds hide an item, from `rules.kinds_that_hide`.
        max_history: Latest distinct items that sources look at (changes results).
        others_seen: Probability of having been seen from which an item of a person's list is
            hidden (changes results).
    """

    def __init__(
        self,
        profiles: ProfilesLike,
        offer: Offer,
        signals: SignalSettings,
        hides: NDArray[np.bool_],
        max_history: int,
        others_seen: float = 0.0,
    ) -> None:
        self._profiles = profiles
        self._others_seen = others_seen
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

    def among(self, offer: Offer) -> "PersonReader":
        """The same reader in another item space."""
        other = copy(self)
        other._index, other._n_items = offer.index, offer.n_items
        other._positions, other._growing = np.empty(0, np.int32), threading.Lock()
        return other

    def over(self, profiles: ProfilesLike) -> "PersonReader":
        """The same reader of other profiles."""
        other = copy(self)
        other._profiles = profiles
        other._positions, other._growing = np.empty(0, np.int32), threading.Lock()
        return other

    def read(self, account_id: str, as_of_s: int, whom: Whom = EVERYBODY) -> Known:
        """What is known of an account as of an instant; nothing, for an unknown one.

        Args:
            account_id: Any id.
            as_of_s: Events after this second are left out, epoch seconds.
            whom: For whom of the account.

        Raises:
            SetteeError: If the profile cannot be read.
        """
        profile = self._profiles.get(account_id)
        numbers = profile["item_no"]
        positions = self._positions
        if len(numbers) and int(numbers.max()) >= len(positions):
            positions = self._grow()
        # Copies, also of nothing: for other kinds of arrays the loops would be compiled once more.
        kind, at_s, value = profile["kind"].copy(), profile["at_s"].copy(), profile["value"].copy()
        position = positions[numbers]
        wanted = _wanted(kind, value, self._interest, self._least)
        events = _Events(position, kind, at_s, wanted, as_of_s)
        is_past = (position >= 0) & (at_s <= as_of_s)
        is_seen = self._hides[kind] & is_past
        is_disliked = is_past & (kind == _DISLIKE) & self._hides[_DISLIKE]
        if is_disliked.any():
            is_seen &= kind != _DISLIKE
            is_disliked = _not_liked_since(position, kind, is_past)
        if whom.household is None or len(at_s) == 0:
            past = self._history(events, None)
            return Known(past, position[is_seen], disliked=position[is_disliked])
        shares = whom.household.shares(at_s)
        nobodys = np.maximum(1.0 - shares.sum(axis=1), 0.0)
        is_running = at_s >= whom.since_s  # that session is of whoever is there
        is_theirs = is_running | (shares @ whom.seen + nobodys >= self._others_seen)
        seen, disliked = position[is_seen & is_theirs], position[is_disliked & is_theirs]
        heard = [_heard(shares, nobodys, one) for one in whom.listeners]
        for one in heard:
            one[is_running] = 1.0
        each = [self._history(events, one) for one in heard]
        if len(each) == 1:
            return Known(each[0], seen, disliked=disliked)
        loudest = np.max(heard, axis=0)
        return Known(self._history(events, loudest), seen, tuple(each), disliked)

    def _history(self, events: "_Events", heard: NDArray[np.float32] | None) -> History:
        wanted = events.wanted if heard is None else events.wanted & (heard >= _LEAST_WEIGHT)
        position, at_s = events.position, events.at_s
        rows = _latest_rows(position, at_s, wanted, events.as_of_s, self._n_items)
        rows = rows[-self._max_history :]
        weight = None
        if heard is not None:
            most = _most(position, at_s, wanted, heard, events.as_of_s, self._n_items)
            weight = frozen(most[position[rows]])
        return History(
            Person(frozen(position[rows]), frozen(at_s[rows])), events.kind[rows], weight
        )

    def interest(self, profile: NDArray[Any]) -> NDArray[np.bool_]:
        """Which rows of a profile say that the account wanted the item."""
        kind, value = profile["kind"].copy(), profile["value"].copy()
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


@dataclass(frozen=True)
class _Events:
    """The events of a profile in the item space; `wanted` is their interest."""

    position: NDArray[np.int32]
    kind: NDArray[np.uint8]
    at_s: NDArray[np.int64]
    wanted: NDArray[np.bool_]
    as_of_s: int


def _not_liked_since(
    position: NDArray[np.int32], kind: NDArray[np.uint8], is_past: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Rows of dislikes that are the last word on their item."""
    last: dict[int, int] = {}
    for row in np.flatnonzero(is_past & ((kind == _DISLIKE) | (kind == _LIKE))).tolist():
        last[int(position[row])] = row
    found = np.zeros(len(kind), np.bool_)
    found[[row for row in last.values() if kind[row] == _DISLIKE]] = True
    return found


def _heard(
    shares: NDArray[np.float32], nobodys: NDArray[np.float32], listener: Listener
) -> NDArray[np.float32]:
    """How much each event counts for a listener, (m,)."""
    heard: NDArray[np.float32] = shares @ listener.weight + nobodys * np.float32(listener.rest)
    return heard


@njit(cache=True, nogil=True)
def _most(
    position: NDArray[np.int32],
    at_s: NDArray[np.int64],
    wanted: NDArray[np.bool_],
    heard: NDArray[np.float32],
    as_of_s: int,
    n_items: int,
) -> NDArray[np.float32]:
    """The most that any event of each item counts."""
    most = np.zeros(n_items, np.float32)
    for row in range(len(position)):
        item = position[row]
        if item >= 0 and wanted[row] and at_s[row] <= as_of_s and heard[row] > most[item]:
            most[item] = heard[row]
    return most


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
