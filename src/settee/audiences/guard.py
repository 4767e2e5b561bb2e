"""Say who may not be addressed, and why: a child, a refusal, a list, too many touches of late.

The first reason that holds is told: a child is left out as a child, whatever else there is. A word
for a channel goes before one for all channels, and a person's own word before the account's. This
is asked when an audience is made and again whenever it is read or leaves the house, so that a
refusal of this morning counts for an audience of last week.

Reads: the view of contacts as columns.  Writes: nothing.
Not here: how many may leave together (audiences.floor), who is worth a contact (audiences.sizing).
"""

import fnmatch
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from settee.audiences.definition import ANY_CHANNEL
from settee.audiences.suppression import Suppressed, is_suppressed
from settee.core import AudienceSettings
from settee.store import CHILD, CONSENT, NO_WORD, Contacts

Kept = Literal["child", "suppressed", "no_consent", "capped", "quiet"]
KEPT_OUT: tuple[Kept, ...] = get_args(Kept)
"""Why somebody may not be addressed; number i of `Guard.look` is KEPT_OUT[i - 1]."""
MAY = 0
"""Number of those who may be addressed."""
_DAY_S = 86_400


def _nobody(_account_id: str) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True)
class Guard:
    """Everything that decides who may be addressed, as of one look at the record.

    Args:
        contacts: What is known.
        settings: What follows from it.
        listed: Entries of the suppression list.
        salt: Of those entries.
        child_profiles: More patterns that name children, from the rules.
        profiled: Accounts that picked a child's profile, and whether they picked no other.
        child_persons: Which persons of such an account are mostly there under a child's profile.
    """

    contacts: Contacts
    settings: AudienceSettings = field(default_factory=AudienceSettings)
    listed: Suppressed = frozenset()
    salt: bytes = bytes(32)
    child_profiles: tuple[str, ...] = ()
    profiled: Mapping[str, bool] = field(default_factory=dict)
    child_persons: Callable[[str], frozenset[str]] = _nobody

    def look(
        self,
        account_ids: Sequence[str],
        person_ids: Sequence[str],
        *,
        as_of_s: int,
        channel: str | None = None,
    ) -> NDArray[np.int8]:
        """(n,) MAY, or the number of the reason why somebody may not be addressed.

        Args:
            account_ids: (n,) accounts.
            person_ids: (n,) persons, "" for whole accounts.
            as_of_s: The instant, epoch seconds.
            channel: By which they would be addressed; None for any.
        """
        places = self.contacts.places(account_ids)
        own = self._own(account_ids, person_ids)
        reasons = (
            self._is_child(account_ids, person_ids, places, own),
            is_suppressed(account_ids, person_ids, self.listed, self.salt),
            ~self._may_consent(places, own, channel or ANY_CHANNEL),
            self._is_capped(places, as_of_s, channel),
            self._is_quiet(places, as_of_s),
        )
        found = np.zeros(len(account_ids), np.int8)
        for number, holds in reversed(list(enumerate(reasons, start=1))):
            found[holds] = number
        return found

    def _own(
        self, account_ids: Sequence[str], person_ids: Sequence[str]
    ) -> dict[int, dict[str, bool]]:
        """What persons said themselves, by position; few say anything."""
        said = self.contacts.of_persons
        if not said:
            return {}
        root = self.contacts.root
        return {
            place: dict(words)
            for place, (account_id, person_id) in enumerate(
                zip(account_ids, person_ids, strict=True)
            )
            if person_id and (words := said.get((root(account_id), person_id)))
        }

    def _is_child(
        self,
        account_ids: Sequence[str],
        person_ids: Sequence[str],
        places: NDArray[np.int64],
        own: dict[int, dict[str, bool]],
    ) -> NDArray[np.bool_]:
        child: NDArray[np.bool_] = self.contacts.word(CHILD, places) == 1
        for place, words in own.items():
            child[place] |= words.get(CHILD, False)
        pattern = child_pattern((*self.settings.child_profiles, *self.child_profiles))
        if pattern is not None:
            for names in (account_ids, person_ids):
                for place, name in enumerate(names):
                    if name and pattern.match(name.lower()):
                        child[place] = True
        if self.profiled:
            self._add_by_profile(account_ids, person_ids, child)
        return child

    def _add_by_profile(
        self,
        account_ids: Sequence[str],
        person_ids: Sequence[str],
        child: NDArray[np.bool_],
    ) -> None:
        """Children by the profiles that were picked: a whole account, or a person in it."""
        root, known = self.contacts.root, dict[str, frozenset[str]]()
        for place, account_id in enumerate(account_ids):
            is_only = self.profiled.get(root(account_id))
            if is_only is None or child[place]:
                continue
            if is_only:
                child[place] = True
            elif person_ids[place]:
                if account_id not in known:
                    known[account_id] = self.child_persons(account_id)
                child[place] = person_ids[place] in known[account_id]

    def _may_consent(
        self, places: NDArray[np.int64], own: dict[int, dict[str, bool]], channel: str
    ) -> NDArray[np.bool_]:
        word = self.contacts.word(CONSENT + ANY_CHANNEL, places)
        particular = self.contacts.word(CONSENT + channel, places)
        word = np.where(particular == NO_WORD, word, particular)
        for place, words in own.items():
            said = words.get(CONSENT + channel, words.get(CONSENT + ANY_CHANNEL))
            if said is not None:
                word[place] = said
        may: NDArray[np.bool_] = word == 1 if self.settings.consent == "required" else word != 0
        return may

    def _is_capped(
        self, places: NDArray[np.int64], as_of_s: int, channel: str | None
    ) -> NDArray[np.bool_]:
        most = self.settings.cap_contacts
        if not most:
            return np.zeros(len(places), np.bool_)
        known = self.contacts
        counts = self._touched(as_of_s, self.settings.cap_days)
        if self.settings.cap_per_channel and channel is not None:
            counts &= known.touch_channel == (
                known.channels.index(channel) if channel in known.channels else -1
            )
        n = np.bincount(
            known.touch_account[counts],
            weights=known.n_touches[counts],
            minlength=len(known.account_ids),
        )
        return _at(n >= most, places)

    def _is_quiet(self, places: NDArray[np.int64], as_of_s: int) -> NDArray[np.bool_]:
        known = self.contacts
        quiet = np.zeros(len(known.account_ids), np.bool_)
        if days := self.settings.quiet_days_touch:
            quiet[known.touch_account[self._touched(as_of_s, days)]] = True
        if days := self.settings.quiet_days_purchase:
            since = as_of_s - days * _DAY_S
            quiet |= (known.bought_at_s >= since) & (known.bought_at_s <= as_of_s)
        return _at(quiet, places)

    def _touched(self, as_of_s: int, days: int) -> NDArray[np.bool_]:
        """(touches,) those of the last days; the day in which those begin counts whole."""
        day = self.contacts.touch_day
        return (day >= (as_of_s - days * _DAY_S) // _DAY_S) & (day <= as_of_s // _DAY_S)


def child_pattern(patterns: Sequence[str]) -> re.Pattern[str] | None:
    """What the id of a child looks like, None where nothing says so.

    Args:
        patterns: With * and ? for any letters, as rules name profiles.

    >>> pattern = child_pattern(("kids*",))
    >>> pattern is not None and bool(pattern.match("kids-2"))
    True
    """
    if not patterns:
        return None
    return re.compile("|".join(fnmatch.translate(one.lower()) for one in patterns))


def count_kept_out(found: NDArray[np.int8]) -> dict[str, int]:
    """How many were kept out by each reason; reasons that kept nobody out are not named.

    Args:
        found: (n,) from `Guard.look`.

    >>> count_kept_out(np.array([0, 1, 3, 3], np.int8))
    {'child': 1, 'no_consent': 2}
    """
    n = np.bincount(found, minlength=len(KEPT_OUT) + 1)
    return {reason: int(n[i]) for i, reason in enumerate(KEPT_OUT, start=1) if n[i]}


def _at(column: NDArray[np.bool_], places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n,) the column at positions, false where there is none."""
    if not len(column):
        return np.zeros(len(places), np.bool_)
    return column[places] & (places >= 0)
