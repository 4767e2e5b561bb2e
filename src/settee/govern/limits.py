"""Hold callers to their rate and their quota, in all workers together.

A rate of 10 a second is a promise that the next request may come 100 ms after the last; one number
per key, the earliest instant of the next, says it all. A burst of 5 lets a caller be 500 ms ahead.
The numbers lie in memory that all workers share (store.slots), so a limit holds for the service and
not for each worker, and a check costs a microsecond. Day and count of a quota lie beside them.

Reads / Writes: one shared file of counters.
Source: ITU-T I.371 (generic cell rate algorithm); RFC 6585 (429), RFC 9110 10.2.3 (Retry-After).
Not here: which limits a key has (govern.keys).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from settee.core import Overloaded, from_epoch_s
from settee.govern.caller import Caller
from settee.store import Key, Slots

MAX_KEYS = 16_384
"""Keys that may work at one time, of all tenants together."""
_N_ADDRESSES = 16_384
_N_USERS = 131_072
_PER_KEY = 3  # earliest next request, day and count, last use
_USERS = _N_ADDRESSES
_KEYS = _USERS + _N_USERS
_N = _KEYS + _PER_KEY * MAX_KEYS
_SECOND_US = 1_000_000
_DAY_US = 86_400 * _SECOND_US
_COUNT_BITS = 40
_COUNT = (1 << _COUNT_BITS) - 1


class TooManyRequests(Overloaded):
    """The caller is over their rate."""

    code = "too_many_requests"


class QuotaUsed(Overloaded):
    """The key has made all the requests that it may make today."""

    code = "quota_used"


class TooManyFailures(Overloaded):
    """Too many wrong credentials came from one address."""

    code = "too_many_failures"


@dataclass(frozen=True)
class Used:
    """How much a key was used: requests today (UTC), and the last one, None for never."""

    n_today: int
    last_at: datetime | None


class Limits:
    """Rates, quotas and failures of one home; one object for each process.

    Args:
        path: The file of counters; made when missing.
        max_failures: Wrong credentials from one address, at once and a minute.

    Raises:
        SetteeError: If the file cannot be used.
    """

    def __init__(self, path: Path, max_failures: int) -> None:
        self._slots = Slots(path, _N)
        self._numbers = self._slots.numbers
        self._failure_us = 60 * _SECOND_US // max_failures
        self._failures_us = self._failure_us * max_failures

    def close(self) -> None:
        """Let the file go; closing twice is harmless."""
        self._slots.close()

    def take(self, caller: Caller, now_us: int) -> None:
        """Count one request of a caller.

        Args:
            caller: Who asks.
            now_us: The present instant, microseconds since 1970.

        Raises:
            TooManyRequests: If it comes too early; it is not counted.
            QuotaUsed: If the day's are used up.
        """
        place = caller.place
        if caller.interval_us:
            wait_us = self._pace(place, caller.interval_us, caller.window_us, now_us)
            if wait_us:
                raise TooManyRequests(
                    f"{caller.name} may ask {_SECOND_US / caller.interval_us:g} times a second, "
                    f"{caller.window_us // caller.interval_us} at once.",
                    retry_after_s=-(-wait_us // _SECOND_US),
                    hint="Wait as long as Retry-After says.",
                )
        if caller.key is not None:
            numbers, day = self._numbers, now_us // _DAY_US
            used = numbers[place + 1]
            n_today = (used & _COUNT) + 1 if used >> _COUNT_BITS == day else 1
            if n_today > caller.quota_per_day > 0:
                raise QuotaUsed(
                    f"{caller.name} may ask {caller.quota_per_day:,} times a day, and has.",
                    retry_after_s=-(-((day + 1) * _DAY_US - now_us) // _SECOND_US),
                    hint="Ask again after midnight UTC, or have the quota raised.",
                )
            numbers[place + 1] = day << _COUNT_BITS | n_today
            numbers[place + 2] = now_us

    def failed(self, address: str, now_us: int) -> None:
        """Count a wrong credential; right ones are never held up, whoever else fails beside.

        Args:
            address: Where it came from, such as ``10.0.0.7`` or ``2001:db8::/64``.
            now_us: The present instant.

        Raises:
            TooManyFailures: If there were too many from there.
        """
        place = _number(address) % _N_ADDRESSES
        wait_us = self._pace(place, self._failure_us, self._failures_us, now_us)
        if wait_us:
            raise TooManyFailures(
                "too many wrong credentials came from this address.",
                retry_after_s=-(-wait_us // _SECOND_US),
                hint="Check the key or token that is sent.",
            )

    def start_key(self, key: Key) -> None:
        """Let the counters of a key that was just made start from nothing."""
        place = place_of_key(key)
        for number in range(place, place + _PER_KEY):
            self._numbers[number] = 0

    def used(self, key: Key, now_us: int) -> Used:
        """How much a key was used."""
        place = place_of_key(key)
        used, last_us = self._numbers[place + 1], self._numbers[place + 2]
        is_today = used >> _COUNT_BITS == now_us // _DAY_US
        return Used(
            used & _COUNT if is_today else 0,
            from_epoch_s(last_us / _SECOND_US) if last_us else None,
        )

    def _pace(self, place: int, interval_us: int, window_us: int, now_us: int) -> int:
        """Take a turn: 0, or the microseconds to wait for one."""
        numbers = self._numbers
        next_us = numbers[place]
        if next_us < now_us:
            next_us = now_us
        elif next_us > now_us + window_us:  # written before the clock was set back
            next_us = numbers[place] = now_us + window_us
        next_us += interval_us
        wait_us = next_us - now_us - window_us
        if wait_us > 0:
            return wait_us
        numbers[place] = next_us
        return 0


def place_of_key(key: Key) -> int:
    """Where the requests of a key are counted."""
    return _KEYS + _PER_KEY * (key.slot % MAX_KEYS)


def place_of_user(tenant_id: str, account_id: str) -> int:
    """Where the requests of an account's sessions are counted.

    Two accounts share a counter once in 131,072 pairs; they then share a rate.
    """
    return _USERS + _number(f"{tenant_id}\0{account_id}") % _N_USERS


def _number(text: str) -> int:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big")
