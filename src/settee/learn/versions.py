"""Tell of trained versions: a line for each, and everything that was measured of one.

A line sets the system that serves beside the most popular items: ndcg@10 .120 (.110 to .131)
beside .036. A version whose training left no report has its name alone; nothing is guessed.

Reads: a model, reports, releases.  Writes: nothing.
Not here: the page for people (learn.cards), judging (learn.evaluation), releasing (release).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from settee.learn.lists import MOST_POPULAR
from settee.ranking import Model
from settee.store import Release, Report

Told = Mapping[str, Any]


class Interval(msgspec.Struct, frozen=True):
    """A figure with the bounds of its 95 % interval; null where it has none."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


class SystemFigures(msgspec.Struct, frozen=True):
    """What one system was worth to one group of people; null where a metric has no answer."""

    system: str
    role: str
    group: str
    n_requests: int
    metrics: dict[str, Interval | None]


class Duel(msgspec.Struct, frozen=True):
    """The system that serves against a rival: mean difference, people by people."""

    metric: str
    group: str
    rival: str
    difference: Interval | None
    is_won: bool
    excludes_zero: bool


class VersionLine(msgspec.Struct, frozen=True):
    """A version in the list; figures are those of its training, over all people."""

    version: str
    is_in_use: bool
    trained_at: datetime | None = None
    data: dict[str, Any] = {}
    serving: str = ""
    figures: dict[str, Interval | None] = {}
    popular: dict[str, Interval | None] = {}


class ReleaseLine(msgspec.Struct, frozen=True):
    """A move of the pointer."""

    version: str
    at: datetime
    reason: str


class VersionList(msgspec.Struct, frozen=True):
    """Versions, the newest first; releases, the newest first, the first of which is in use."""

    in_use: str | None
    versions: list[VersionLine]
    releases: list[ReleaseLine]


class ReliabilityBin(msgspec.Struct, frozen=True):
    """Of `n` items that were told the probability `told`, the share `true` was wanted.

    `low` and `high` are the bounds of the 95 % interval of that share.
    """

    n: int
    told: float
    true: float
    low: float
    high: float


class JudgedAgain(msgspec.Struct, frozen=True):
    """An evaluation after the training; `how` says on what: later_events or recorded."""

    at: datetime
    how: str
    table: list[SystemFigures]
    reliability: list[ReliabilityBin]


class VersionView(msgspec.Struct, frozen=True):
    """Everything that was measured of a version.

    `importance` says how often each feature splits in the ranker, empty without one; `weights` are
    those of the sources in the blend for short and for long histories. `reliability` is of the
    system that serves, by rising probability; empty where nobody measured it.
    """

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
    reliability: list[ReliabilityBin]


def list_versions(
    names: Sequence[str], trainings: Sequence[Report], releases: Sequence[Release]
) -> VersionList:
    """All versions.

    Args:
        names: Versions whose bundles are there.
        trainings: Reports of trainings, newest first.
        releases: Moves of the pointer, newest first.
    """
    in_use = releases[0].version if releases else None
    told = _by_version(trainings)
    order = sorted(names, key=lambda one: (-_trained(told.get(one)), one))
    return VersionList(
        in_use,
        [_line(name, in_use, told.get(name)) for name in order],
        [ReleaseLine(one.version, one.at, one.reason) for one in releases],
    )


def show_version(
    model: Model,
    trainings: Sequence[Report],
    evaluations: Sequence[Report],
    in_use: str | None,
) -> VersionView:
    """Everything about one version.

    Args:
        model: Opened from its bundle.
        trainings: Reports of trainings, newest first.
        evaluations: Reports of evaluations, newest first.
        in_use: The version in use.
    """
    told = model.manifest
    judged: Told = told.get("judged", {})
    report = _by_version(trainings).get(model.version)
    promotion: Told = judged.get("promotion", {})
    return VersionView(
        version=model.version,
        is_in_use=model.version == in_use,
        trained_at=None if report is None else report.at,
        sources=list(model.sources),
        serving=judged.get("serving", "fusion"),
        why=promotion.get("reason", "it was judged on no later period."),
        data=dict(told.get("data", {})),
        protocol=dict(judged.get("protocol", {})),
        table=_table(judged),
        duels=msgspec.convert(promotion.get("comparisons", []), list[Duel]),
        importance={} if model.ranker is None else model.ranker.importance(),
        weights=msgspec.convert(
            judged.get("blending", {}).get("weights", {}), dict[str, list[float]]
        ),
        seconds={} if report is None else dict(report.body.get("seconds", {})),
        evaluations=[
            JudgedAgain(one.at, str(one.body.get("how", "")), _table(one.body), _bins(one.body))
            for one in evaluations
            if one.body.get("version") == model.version
        ],
        reliability=_bins(judged),
    )


def _line(name: str, in_use: str | None, report: Report | None) -> VersionLine:
    if report is None:
        return VersionLine(name, name == in_use)
    serving = str(report.body.get("serving", "fusion"))
    rows = {one.system: one.metrics for one in _table(report.body) if one.group == "all"}
    return VersionLine(
        name,
        name == in_use,
        report.at,
        dict(report.body.get("data", {})),
        serving,
        rows.get(serving, {}),
        rows.get(MOST_POPULAR, {}),
    )


def _table(judged: Told) -> list[SystemFigures]:
    return msgspec.convert(judged.get("table", []), list[SystemFigures])


def _bins(judged: Told) -> list[ReliabilityBin]:
    return msgspec.convert(judged.get("reliability", []), list[ReliabilityBin])


def _by_version(trainings: Sequence[Report]) -> dict[str, Report]:
    """The newest report of each version."""
    return {str(one.body.get("version", "")): one for one in reversed(trainings)}


def _trained(report: Report | None) -> float:
    return 0.0 if report is None else report.at.timestamp()
