"""Say whether two rules can ever count for one and the same question.

A pin for "home" and one for "search" never meet; one for June and one for all summer do. Segments
never keep rules apart, for somebody may be in both.

Reads / Writes: nothing.
Not here: whether a rule counts for a given question (rules.when).
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from settee.rules.fields import season_days
from settee.rules.when import is_between
from settee.rules.words import Rule

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 1, 1, tzinfo=UTC)
_LEAP_YEAR = datetime(2000, 1, 1, tzinfo=UTC)  # every day that there is
_DAY = timedelta(days=1)
_EVERY_DAY = frozenset(
    at.month * 100 + at.day for at in (_LEAP_YEAR + n * _DAY for n in range(366))
)
_NINE_YEARS = 9 * 366  # days in which every day of the year comes, 29 February too


def may_meet(one: Rule, other: Rule) -> bool:
    """Is there a question for which both rules count?

    >>> may_meet(
    ...     Rule(name="a", kind="pin", season="06-01..08-31"),
    ...     Rule(name="b", kind="pin", season="08-31..09-01"),
    ... )
    True
    """
    for ours, theirs in ((one.slots, other.slots), (one.devices, other.devices)):
        if ours and theirs and not set(ours) & set(theirs):
            return False
    start = max(one.starts_at or _FIRST, other.starts_at or _FIRST)
    end = min(one.expires_at or _LAST, other.expires_at or _LAST)
    return bool(_days_between(start, end) & _days_of(one.season) & _days_of(other.season))


def comes_never(rule: Rule) -> bool:
    """Is there no day between start and end of the rule that its season has?"""
    return not may_meet(rule, rule)


@lru_cache(maxsize=512)
def _days_of(season: str) -> frozenset[int]:
    """Days of the year, as month times 100 plus day; all of them where there is no season."""
    if not season:
        return _EVERY_DAY
    days = season_days(season)
    return frozenset(day for day in _EVERY_DAY if is_between(days, day))


def _days_between(start: datetime, end: datetime) -> frozenset[int]:
    """Days of the year that lie between two instants, the last of which is out."""
    if start >= end:
        return frozenset()
    first = start.replace(hour=0, minute=0, second=0, microsecond=0)
    n_days = -(-(end - first) // _DAY)
    if n_days > _NINE_YEARS:
        return _EVERY_DAY
    days = (first + n * _DAY for n in range(n_days))
    return frozenset(at.month * 100 + at.day for at in days)
