from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from settee.events.simulate_zones import PLAIN_ZONES, SAVING_ZONES, Zone, to_utc

PLACES = {
    Zone(-8, "US"): "America/Los_Angeles",
    Zone(-6, "US"): "America/Chicago",
    Zone(-5, "US"): "America/New_York",
    Zone(0, "EU"): "Europe/London",
    Zone(1, "EU"): "Europe/Berlin",
    Zone(2, "EU"): "Europe/Helsinki",
}


@pytest.mark.parametrize("zone", SAVING_ZONES)
@pytest.mark.parametrize("year", [2023, 2024, 2026, 2027])
def test_clocks_change_on_the_days_that_the_public_tables_name(zone: Zone, year: int) -> None:
    place = ZoneInfo(PLACES[zone])
    # Noon of every day, and the evenings around the changes.
    walls = [datetime(year, 1, 1, hour, tzinfo=UTC) + timedelta(days=day) for day in range(365)
             for hour in (5, 12, 20)]  # fmt: skip
    wall_s = np.array([int(wall.timestamp()) for wall in walls])
    expected = [int(wall.replace(tzinfo=place).timestamp()) for wall in walls]
    assert to_utc(zone, wall_s).tolist() == expected


def test_a_zone_without_the_rule_keeps_its_offset_all_year() -> None:
    for zone in PLAIN_ZONES:
        wall_s = np.arange(0, 365 * 86_400, 86_400)
        assert set((wall_s - to_utc(zone, wall_s)).tolist()) == {int(zone.offset_h * 3600)}


def test_no_instants_need_no_year() -> None:
    assert len(to_utc(Zone(1, "EU"), np.empty(0, np.int64))) == 0
