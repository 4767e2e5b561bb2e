"""Say whether a rule counts for a question: where, for whom, on what, and when.

A boost for the slot "home" from 1 to 26 December counts on 26 December at 23:59:59 UTC in "home",
and neither a second later nor in "search".

Reads / Writes: nothing.
Not here: which items a rule is about (rules.select), what it does (rules.compiled).
"""

import fnmatch
import math
import re
import time
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Self

from settee.core import BadInput
from settee.events import NO_END, NO_INSTANT
from settee.rules.fields import season_days
from settee.rules.words import Rule


@dataclass(frozen=True)
class Asking:
    """A question, as far as rules look at it.

    Args:
        as_of_s: Its instant, epoch seconds.
        slot: Where the answer will be shown, None where unknown.
        segments: Segments that whoever asks is in.
        device_type: One of core.DEVICE_TYPES, or None.
        profile_id: The profile that was picked, or None.
        max_age: Items rated above are removed, unknown ones being adult; None for no limit.
        languages: Items known to be in other languages are removed; none for no limit.
        k: Items wanted, at least 0.
        account_id: For whom; it chooses which of many new titles get the places kept for them.
    """

    as_of_s: int
    slot: str | None = None
    segments: tuple[str, ...] = ()
    device_type: str | None = None
    profile_id: str | None = None
    max_age: int | None = None
    languages: tuple[str, ...] = ()
    k: int = 20
    account_id: str = ""

    def __post_init__(self) -> None:
        if self.k < 0:
            raise BadInput(f"k is {self.k}; 0 or more is accepted.", place="k")

    @cached_property
    def day(self) -> int:
        """Day of the year in UTC as month times 100 plus day.

        >>> Asking(as_of_s=0).day
        101
        """
        at = time.gmtime(self.as_of_s)
        return at.tm_mon * 100 + at.tm_mday


@dataclass(frozen=True)
class When:
    """The conditions of one rule.

    Args:
        rule: The rule.
        first_s: First second at which it counts.
        end_s: The second from which it no longer counts.
        season: First and last day of the year, None for all days.
        profiles: What the id of the profile must look like, None for any.
    """

    rule: Rule
    first_s: int
    end_s: int
    season: tuple[int, int] | None
    profiles: re.Pattern[str] | None

    @classmethod
    def of(cls, rule: Rule) -> Self:
        """The conditions, ready to be asked many times."""
        patterns = "|".join(fnmatch.translate(one.lower()) for one in rule.profiles)
        return cls(
            rule,
            NO_INSTANT if rule.starts_at is None else whole_second(rule.starts_at),
            NO_END if rule.expires_at is None else whole_second(rule.expires_at),
            season_days(rule.season) if rule.season else None,
            re.compile(patterns) if patterns else None,
        )

    def holds(self, asking: Asking) -> bool:
        """Does the rule count for this question?"""
        rule = self.rule
        return (
            rule.is_active
            and self.first_s <= asking.as_of_s < self.end_s
            and (not rule.slots or asking.slot in rule.slots)
            and (not rule.devices or asking.device_type in rule.devices)
            and (not rule.segments or any(one in rule.segments for one in asking.segments))
            and (self.profiles is None or _fits(self.profiles, asking.profile_id))
            and (self.season is None or is_between(self.season, asking.day))
        )


def whole_second(at: datetime) -> int:
    """The first whole second that is not before an instant.

    >>> whole_second(datetime.fromisoformat("1970-01-01T00:00:00.5+00:00"))
    1
    """
    return math.ceil(at.timestamp())


def is_between(season: tuple[int, int], day: int) -> bool:
    """Does a day, as month times 100 plus day, belong to a season? It may run past New Year.

    >>> is_between((1201, 106), 102), is_between((1201, 106), 107)
    (True, False)
    """
    first, last = season
    return first <= day <= last if first <= last else day >= first or day <= last


def _fits(profiles: re.Pattern[str], profile_id: str | None) -> bool:
    return profile_id is not None and profiles.match(profile_id.lower()) is not None
