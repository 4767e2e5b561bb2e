"""Turn the clock on a household's wall into instants in UTC, with clocks that change twice a year.

Ten zones, from Los Angeles to Sydney, are offsets and one of two rules, written here and not asked
of the system, so that the same seed gives the same bytes everywhere. In a zone of offset +1 with
the European rule, 20:00 is 19:00 UTC in January and 18:00 UTC in July.

Reads / Writes: nothing.
Source: Directive 2000/84/EC; Energy Policy Act of 2005, section 110.
Not here: who lives where (events.simulate_homes).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

_HOUR_S = 3600
_DAY_S = 86_400
Rule = Literal["", "EU", "US"]


@dataclass(frozen=True)
class Zone:
    """Hours ahead of UTC in winter, and the rule of its summer time ("" has none)."""

    offset_h: float
    rule: Rule


PLAIN_ZONES = tuple(Zone(hours, "") for hours in (-7, -5, -3, 3, 5.5, 8, 9))
"""Zones that keep one offset all year."""
SAVING_ZONES = (
    Zone(-8, "US"), Zone(-6, "US"), Zone(-5, "US"), Zone(0, "EU"), Zone(1, "EU"), Zone(2, "EU"),
)  # fmt: skip
"""Zones that change their clocks."""


def to_utc(zone: Zone, wall_s: NDArray[np.int64]) -> NDArray[np.int64]:
    """Seconds since 1970 in UTC of clocks on the wall.

    Args:
        zone: Where the wall is.
        wall_s: (n,) seconds since 1970 as that clock counts them.

    >>> winter, summer = (int(datetime(2026, m, 5, 20, tzinfo=UTC).timestamp()) for m in (1, 7))
    >>> ((to_utc(Zone(1, "EU"), np.array([winter, summer])) - [winter, summer]) // 3600).tolist()
    [-1, -2]
    """
    plain = wall_s - int(zone.offset_h * _HOUR_S)
    if not zone.rule or not len(wall_s):
        return plain
    is_summer = np.zeros(len(wall_s), dtype=np.bool_)
    years = [datetime.fromtimestamp(int(one), UTC).year for one in (plain.min(), plain.max())]
    for year in range(years[0], years[1] + 1):
        begin_s, end_s = _summer(zone, year)
        is_summer |= (plain >= begin_s) & (plain < end_s)
    return plain - _HOUR_S * is_summer


def _summer(zone: Zone, year: int) -> tuple[int, int]:
    """First and last second of summer time of a year, in UTC."""
    if zone.rule == "EU":
        return _sunday(year, 3, 31, back=True) + _HOUR_S, _sunday(year, 10, 31, back=True) + _HOUR_S
    offset_s = int(zone.offset_h * _HOUR_S)
    begin_s = _sunday(year, 3, 8, back=False) + 2 * _HOUR_S - offset_s
    return begin_s, _sunday(year, 11, 1, back=False) + _HOUR_S - offset_s


def _sunday(year: int, month: int, day: int, *, back: bool) -> int:
    """Midnight of the nearest Sunday before or after a day, the day itself included."""
    at = datetime(year, month, day, tzinfo=UTC)
    to_sunday = (6 - at.weekday()) % 7
    at += timedelta(days=-((7 - to_sunday) % 7) if back else to_sunday)
    return int(at.timestamp())
