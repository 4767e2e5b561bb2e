"""Which versions of the model there are, and what was measured of one.

Reads / Writes: nothing.
Source: docs/models.md for each metric.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct


class Interval(Struct, frozen=True):
    """A figure with the bounds of its 95 % interval; None where it has none."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


class SystemFigures(Struct, frozen=True):
    """What one system was worth to one group of people."""

    system: str
    role: str
    group: str
    n_requests: int
    metrics: dict[str, Interval | None]


class Duel(Struct, frozen=True):
    """The system that serves against a rival: mean difference, people by people."""

    metric: str
    group: str
    rival: str
    difference: Interval | None
    is_won: bool
    excludes_zero: bool


class VersionLine(Struct, frozen=True):
    """A version in the list; figures are those of its training, over all people."""

    version: str
    is_in_use: bool
    trained_at: datetime | None = None
    data: dict[str, Any] = {}
    serving: str = ""
    figures: dict[str, Interval | None] = {}
    popular: dict[str, Interval | None] = {}


class ReleaseLine(Struct, frozen=True):
    """A move of the pointer."""

    version: str
    at: datetime
    reason: str


class VersionList(Struct, frozen=True):
    """Versions and releases, the newest first; the first release is in use."""

    in_use: str | None
    versions: list[VersionLine]
    releases: list[ReleaseLine]


class ReliabilityBin(Struct, frozen=True):
    """Of `n` items that were told the probability `told`, the share `true` was wanted."""

    n: int
    told: float
    true: float
    low: float
    high: float


class JudgedAgain(Struct, frozen=True):
    """An evaluation after the training."""

    at: datetime
    how: str
    table: list[SystemFigures]
    reliability: list[ReliabilityBin] = []


class VersionView(Struct, frozen=True):
    """Everything that was measured of a version."""

    version: str
    is_in_use: bool
    trained_at: datetime | None
    sources: list[str]
    serving: str
    why: str
    data: dict[str, Any]
    protocol: dict[str, Any]
    table: list[SystemFigures]
    duels: list[Duel]
    importance: dict[str, int]
    weights: dict[str, list[float]]
    seconds: dict[str, float]
    evaluations: list[JudgedAgain]
    reliability: list[ReliabilityBin] = []
