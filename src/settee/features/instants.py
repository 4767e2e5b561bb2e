"""Say which instant a feature is as of.

Three rules. A feature sees only what happened strictly before its instant. Item counters stand at
the start of a bucket, so that one count serves a whole hour: asked at 12:40 with buckets of 3,600 s
they are as of 12:00. And time does not run on without a record: where the newest event before that
is of 9:20, counters stand at 10:00, the end of its bucket, so that a data set that ended in 2003
and is asked today is not taken for a shop that was silent for decades. What comes after the instant
of the request, even its mere presence, changes nothing.

Reads / Writes: nothing.
Not here: the counting (features.timeline).
"""

from dataclasses import dataclass

from settee.core import DEVICE_TYPES


def bucket_start(at_s: int, bucket_s: int) -> int:
    """Start of the bucket in which an instant lies.

    Args:
        at_s: Epoch seconds.
        bucket_s: Width of a bucket, seconds, at least 1 (changes results).

    >>> bucket_start(7300, 3600), bucket_start(-1, 3600)
    (7200, -3600)
    """
    return at_s // bucket_s * bucket_s


def record_clock(as_of_s: int, newest_s: int | None, bucket_s: int) -> int:
    """The instant at which item counters stand for a request.

    Args:
        as_of_s: Instant of the request, epoch seconds.
        newest_s: Newest event before the bucket of the request, epoch seconds, None without any.
        bucket_s: Width of a bucket, seconds (changes results).

    Returns:
        The start of the request's bucket, or the end of the newest event's where that is earlier.

    >>> record_clock(10_000, 7_100, 3600)
    7200
    >>> record_clock(1_000_000, 7_100, 3600)
    7200
    """
    start_s = bucket_start(as_of_s, bucket_s)
    if newest_s is None:
        return start_s
    return min(start_s, bucket_start(newest_s, bucket_s) + bucket_s)


@dataclass(frozen=True)
class Context:
    """Circumstances of one request.

    Args:
        at_s: Instant of the request, epoch seconds.
        device_type: One of core.DEVICE_TYPES, or None where unknown.
    """

    at_s: int
    device_type: str | None = None

    @property
    def hour(self) -> int:
        """Hour of the day in UTC, 0 to 23."""
        return self.at_s // 3600 % 24

    @property
    def weekday(self) -> int:
        """Day of the week in UTC, 0 is Monday.

        >>> Context(0).weekday  # 1970-01-01 was a Thursday
        3
        """
        return (self.at_s // 86_400 + 3) % 7

    @property
    def device_code(self) -> float:
        """Position in core.DEVICE_TYPES; NaN where the device type is unknown."""
        if self.device_type not in DEVICE_TYPES:
            return float("nan")
        return float(DEVICE_TYPES.index(self.device_type))
