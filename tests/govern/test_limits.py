import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.govern import (
    KEYLESS,
    Caller,
    Key,
    Limits,
    QuotaUsed,
    TooManyFailures,
    TooManyRequests,
    Used,
)
from settee.govern.keys import caller_of
from settee.govern.limits import MAX_KEYS, place_of_key, place_of_user
from tests.govern.world import NOON, NOW_S

NOW_US = int(NOW_S * 1_000_000)
SECOND = 1_000_000
HOUR = 3600 * SECOND


@pytest.fixture
def limits(tmp_path: Path) -> Iterator[Limits]:
    opened = Limits(tmp_path / "limits.bin", max_failures=3)
    yield opened
    opened.close()
    opened.close()


def caller(**terms: object) -> Caller:
    return caller_of(replace(Key("k", "web", "ab" * 32, NOON), **terms))  # type: ignore[arg-type]  # terms of a key


def n_let_in(limits: Limits, who: Caller, times: list[int]) -> int:
    n = 0
    for now_us in times:
        try:
            limits.take(who, now_us)
            n += 1
        except TooManyRequests:
            pass
    return n


def test_a_burst_passes_at_once_and_then_the_rate_holds(limits: Limits) -> None:
    who = caller(rate_per_s=2.0, burst=5)
    assert n_let_in(limits, who, [NOW_US] * 20) == 5
    with pytest.raises(TooManyRequests, match="2 times a second, 5 at once") as caught:
        limits.take(who, NOW_US)
    assert caught.value.retry_after_s == 1
    assert n_let_in(limits, who, [NOW_US + 10 * SECOND] * 20) == 5, "a pause gives a burst again"
    steady = [NOW_US + 20 * SECOND + n * SECOND // 20 for n in range(200)]  # 20 a second for 10 s
    assert n_let_in(limits, who, steady) == 5 + 19


def test_waiting_as_long_as_retry_after_says_is_enough(limits: Limits) -> None:
    who = caller(rate_per_s=0.1)
    limits.take(who, NOW_US)
    with pytest.raises(TooManyRequests) as caught:
        limits.take(who, NOW_US + SECOND)
    assert caught.value.retry_after_s == 9
    limits.take(who, NOW_US + 10 * SECOND)


def test_without_limits_everything_passes(limits: Limits) -> None:
    assert n_let_in(limits, caller(), [NOW_US] * 500) == 500
    assert n_let_in(limits, KEYLESS, [NOW_US] * 500) == 500


def test_keys_do_not_spend_each_others_rate(limits: Limits) -> None:
    one, two = caller(rate_per_s=1.0, slot=0), caller(rate_per_s=1.0, slot=1)
    assert n_let_in(limits, one, [NOW_US] * 9) == 1
    assert n_let_in(limits, two, [NOW_US] * 9) == 1


def test_a_clock_that_was_set_back_locks_nobody_out_for_longer_than_a_burst_lasts(
    limits: Limits,
) -> None:
    who = caller(rate_per_s=1.0, burst=3)
    limits.take(who, NOW_US + 1000 * HOUR)
    with pytest.raises(TooManyRequests) as caught:
        limits.take(who, NOW_US)
    assert caught.value.retry_after_s == 1
    limits.take(who, NOW_US + SECOND)


@settings(max_examples=60, deadline=None)
@given(
    gaps=st.lists(st.integers(0, 3 * SECOND), max_size=60),
    rate=st.floats(0.1, 50),
    burst=st.integers(1, 10),
)
def test_no_pattern_of_requests_gets_more_than_burst_and_rate(
    tmp_path_factory: pytest.TempPathFactory, gaps: list[int], rate: float, burst: int
) -> None:
    limits = Limits(tmp_path_factory.mktemp("limits") / "limits.bin", 3)
    times = [NOW_US + sum(gaps[: n + 1]) for n in range(len(gaps))]
    n = n_let_in(limits, caller(rate_per_s=rate, burst=burst), times)
    limits.close()
    lasted_s = (times[-1] - times[0]) / SECOND if times else 0
    assert n <= burst + lasted_s * rate * 1.001
    assert n >= min(len(times), 1)


def test_a_quota_holds_for_a_day_and_says_when_the_next_begins(limits: Limits) -> None:
    who = caller(quota_per_day=3)
    for _ in range(3):
        limits.take(who, NOW_US)
    with pytest.raises(QuotaUsed, match="3 times a day, and has") as caught:
        limits.take(who, NOW_US)
    assert caught.value.retry_after_s == 12 * 3600
    limits.take(who, NOW_US + 12 * HOUR)
    assert who.key is not None
    assert limits.used(who.key, NOW_US + 12 * HOUR).n_today == 1


def test_what_is_refused_for_its_rate_spends_no_quota(limits: Limits) -> None:
    who = caller(rate_per_s=1.0, quota_per_day=2)
    assert n_let_in(limits, who, [NOW_US] * 9) == 1
    limits.take(who, NOW_US + SECOND)
    with pytest.raises(QuotaUsed):
        limits.take(who, NOW_US + 2 * SECOND)


def test_uses_are_counted_for_all_workers_and_outlive_them(limits: Limits, tmp_path: Path) -> None:
    who = caller(quota_per_day=4, slot=7)
    assert who.key is not None
    other = Limits(tmp_path / "limits.bin", 3)
    for worker in (limits, other, limits):
        worker.take(who, NOW_US)
    assert other.used(who.key, NOW_US) == limits.used(who.key, NOW_US) == Used(3, NOON)
    other.take(who, NOW_US)
    other.close()
    with pytest.raises(QuotaUsed):
        limits.take(who, NOW_US)
    limits.start_key(who.key)
    assert limits.used(who.key, NOW_US) == Used(0, None), "a key in a place that was left is new"


def test_rates_hold_for_all_workers_together(limits: Limits, tmp_path: Path) -> None:
    who = caller(rate_per_s=1.0, burst=6)
    other = Limits(tmp_path / "limits.bin", 3)
    assert n_let_in(limits, who, [NOW_US] * 4) + n_let_in(other, who, [NOW_US] * 4) == 6
    other.close()


def test_wrong_credentials_are_held_up_by_their_address_alone(limits: Limits) -> None:
    for _ in range(3):
        limits.failed("10.0.0.1", NOW_US)
    with pytest.raises(TooManyFailures) as caught:
        limits.failed("10.0.0.1", NOW_US)
    assert caught.value.retry_after_s == 20
    limits.failed("10.0.0.2", NOW_US)
    limits.failed("10.0.0.1", NOW_US + 20 * SECOND)


def test_however_many_addresses_fail_the_file_stays_as_large(
    limits: Limits, tmp_path: Path
) -> None:
    size = (tmp_path / "limits.bin").stat().st_size
    for number in range(5000):
        with contextlib.suppress(TooManyFailures):  # two addresses may share a counter
            limits.failed(f"2001:db8:{number:x}::/64", NOW_US)
    assert (tmp_path / "limits.bin").stat().st_size == size < 2_000_000


def test_no_two_counters_share_a_place() -> None:
    keys = [place_of_key(replace(Key("k", "n", "ab", NOON), slot=slot)) for slot in range(MAX_KEYS)]
    assert len(set(keys)) == MAX_KEYS
    users = {place_of_user("acme", f"a{number}") for number in range(2000)}
    assert len(users) > 1950
    assert max(users) < min(keys)
    assert place_of_user("acme", "a1") != place_of_user("other", "a1")
