"""Hold what the view of contacts knows as columns, for a look at a million people at once.

Of a million accounts where 20 said no, the columns hold 20 rows: whoever is not among them said
nothing. A word is 1 for yes, 0 for no, -1 for none; what a person said is kept by itself, because
few persons say anything.

Reads / Writes: nothing.
Not here: the file (store.contact_view), who may be addressed (audiences.guard).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

NEVER_S = -(2**62)
"""An instant before any other, for what never happened."""
NO_WORD = -1


@dataclass(frozen=True)
class Contacts:
    """What is known of accounts.

    Args:
        version: Of the view that this was read from.
        account_ids: (accounts,) those of whom something is known, sorted.
        words: What was said of whole accounts, by what it is about: (accounts,) int8.
        of_persons: What was said of a person: by account and person, by what it is about.
        touch_account: (touches,) positions in `account_ids`.
        touch_channel: (touches,) positions in `channels`.
        touch_day: (touches,) days since 1970, UTC.
        n_touches: (touches,) how many in that day.
        channels: Channels of touches, "" for those that name none.
        bought_at_s: (accounts,) last purchase or conversion, NEVER_S for none.
        merges: Accounts that are a part of another now.
    """

    version: int
    account_ids: tuple[str, ...]
    words: Mapping[str, NDArray[np.int8]]
    of_persons: Mapping[tuple[str, str], Mapping[str, bool]]
    touch_account: NDArray[np.int64]
    touch_channel: NDArray[np.int64]
    touch_day: NDArray[np.int64]
    n_touches: NDArray[np.int64]
    channels: tuple[str, ...]
    bought_at_s: NDArray[np.int64]
    merges: Mapping[str, str]
    _places: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def root(self, account_id: str) -> str:
        """The account that this one was merged into, or the account itself."""
        while (into := self.merges.get(account_id)) is not None:
            account_id = into
        return account_id

    def places(self, account_ids: Sequence[str]) -> NDArray[np.int64]:
        """(n,) positions of accounts in `account_ids`, -1 for those of whom nothing is known."""
        if not self._places:
            self._places.update({name: place for place, name in enumerate(self.account_ids)})
        known = self._places.get
        if self.merges:
            return np.array([known(self.root(name), -1) for name in account_ids], np.int64)
        return np.array([known(name, -1) for name in account_ids], np.int64)

    def word(self, about: str, places: NDArray[np.int64]) -> NDArray[np.int8]:
        """(n,) what whole accounts said: 1 yes, 0 no, -1 nothing.

        Args:
            about: Such as ``consent.email``.
            places: (n,) from `places`.
        """
        said = self.words.get(about)
        if said is None:
            return np.full(len(places), NO_WORD, np.int8)
        return np.where(places >= 0, said[places], np.int8(NO_WORD))


def contacts_of(
    version: int,
    said: Sequence[Sequence[Any]],
    touches: Sequence[Sequence[Any]],
    bought: Sequence[Sequence[Any]],
    merges: Mapping[str, str],
) -> Contacts:
    """Lay rows into columns.

    Args:
        version: Of the view.
        said: Rows of account, person, what about, and whether it is so.
        touches: Rows of account, channel, day and how many.
        bought: Rows of account and last instant, epoch seconds.
        merges: Accounts that are a part of another.

    >>> known = contacts_of(1, [("a", "", "consent.email", 1)], [], [], {})
    >>> known.word("consent.email", known.places(["b", "a"])).tolist()
    [-1, 1]
    >>> contacts_of(1, [("a", "p1", "child", 1)], [], [], {}).of_persons
    {('a', 'p1'): {'child': True}}
    """
    names = sorted({str(row[0]) for rows in (said, touches, bought) for row in rows})
    place = {name: number for number, name in enumerate(names)}
    words: dict[str, NDArray[np.int8]] = {}
    persons: dict[tuple[str, str], dict[str, bool]] = {}
    for account_id, person_id, about, is_so in said:
        if person_id:
            persons.setdefault((account_id, person_id), {})[about] = bool(is_so)
        else:
            if about not in words:  # a column is as long as there are accounts: never one a row
                words[about] = np.full(len(names), NO_WORD, np.int8)
            words[about][place[account_id]] = is_so
    channels = tuple(sorted({str(row[1]) for row in touches}))
    number = {name: n for n, name in enumerate(channels)}
    bought_at_s = np.full(len(names), NEVER_S, np.int64)
    for account_id, at_s in bought:
        bought_at_s[place[account_id]] = at_s
    return Contacts(
        version,
        tuple(names),
        words,
        persons,
        np.array([place[row[0]] for row in touches], np.int64),
        np.array([number[row[1]] for row in touches], np.int64),
        np.array([row[2] for row in touches], np.int64),
        np.array([row[3] for row in touches], np.int64),
        channels,
        bought_at_s,
        merges,
        place,
    )
