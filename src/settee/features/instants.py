"""Say which instant a feature is as of.

Three rules. A feature sees only what happened strictly before its instant. Item counters stand at
the start of a bucket, so that one count serves a whole hour: asked at 12:40 with buckets of 3,600 s
they are as of 12:00. And time does not run on without a record: a data set that ended in 2003 and
is asked today is answered as of its last event and one bucket, not as a shop silent for decades.

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
    """The instant as of which the record is read: the request's, unless the record ended before.

    Args:
        as_of_s: Instant of the request, epoch seconds.
        newest_s: Newest event known, epoch seconds, or None when there is none.
        bucket_s: Width of a bucket, seconds (changes results).

    >>> record_clock(10_000, 9_990, 3600)
    10000
    >>> record_clock(1_000_000, 9_990, 3600)
    13590
    """
    return as_of_s if newest_s is None else min(as_of_s, newest_s + bucket_s)


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
