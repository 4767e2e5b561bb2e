from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import from_epoch_s, instant_text, system_clock

# Fixed offsets: in a zone with summer time, some wall-clock readings name no instant or two.
ZONES = st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))
ANY_INSTANT = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001 -- the zone follows


def test_system_clock_is_aware_and_in_utc() -> None:
    assert system_clock().utcoffset() == timedelta(0)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        instant_text(datetime(2026, 11, 21))  # noqa: DTZ001 -- that is what is refused


def test_an_instant_in_another_zone_is_written_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    assert instant_text(datetime(2026, 11, 21, 21, 14, 3, tzinfo=berlin)) == "2026-11-21T20:14:03Z"


def test_a_fraction_of_a_second_is_kept() -> None:
    at = datetime(2026, 11, 21, 20, 14, 3, 250_000, tzinfo=UTC)
    assert instant_text(at) == "2026-11-21T20:14:03.250000Z"


@given(ANY_INSTANT)
def test_the_text_of_an_instant_reads_back_as_the_same_instant(at: datetime) -> None:
    assert datetime.fromisoformat(instant_text(at)) == at


@given(st.integers(0, 253_402_300_799))
def test_epoch_seconds_there_and_back(seconds: int) -> None:
    assert from_epoch_s(seconds).timestamp() == seconds
