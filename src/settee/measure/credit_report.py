"""Tell the credit of channels as one report: methods side by side, persons, what a holdout says.

Where contacts are given to persons, figures are those of all drawn worlds together, each interval
is as wide as accounts and worlds ask for, and the credit of whole accounts stands beside. Credit is
never causal; where a holdout is known, each figure also stands scaled to what was really added.

Reads / Writes: nothing.
Not here: the methods (measure.attribution), drawn worlds (measure.persons).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import msgspec
import numpy as np

from settee.core import AttributionSettings
from settee.measure.attribution import Attribution, MethodCredit, attribute
from settee.measure.flows import Flow, flows_of
from settee.measure.games import Floats
from settee.measure.gather import Gathered, Rows
from settee.measure.holdout import Experiment
from settee.measure.journey import explain_journey
from settee.measure.paths import Paths
from settee.measure.persons import Whose, Widened, widened, worlds_of

Unit = Literal["account", "person"]
_MOST_JOURNEYS = 20
PERSONS_CAUTION = (
    "Who was there is not known for sure: contacts and conversions are given to persons as likely "
    "as they were there, and the intervals are as wide as that asks for."
)


class ChannelCredit(msgspec.Struct, frozen=True):
    """Credit of one channel by one method.

    Bounds are those of 95 % intervals, null where none were made; `added` is what is left of the
    conversions when all credit sums to what the holdout says was added.
    """

    channel: str
    conversions: float
    conversions_low: float | None
    conversions_high: float | None
    share: float
    share_low: float | None
    share_high: float | None
    value_cents: float
    added: float | None = None


class MethodTable(msgspec.Struct, frozen=True):
    """Credit by one method; `widening` is the part of the variance that comes of unsure persons."""

    method: str
    channels: list[ChannelCredit]
    widening: float | None = None


class ChannelReach(msgspec.Struct, frozen=True):
    """How many accounts met a channel; of aggregated paths, how many of the paths.

    `spent_cents` is what its contacts of the time cost, null where none carries a cost.
    """

    channel: str
    n_people: float
    spent_cents: float | None = None


class HoldoutSays(msgspec.Struct, frozen=True):
    """What contacts added, by a holdout; null with a `reason` where there is no answer."""

    n_contactable: int
    n_held_out: int
    per_contactable: float | None
    per_held_out: float | None
    added: float | None
    added_low: float | None
    added_high: float | None
    p_value: float | None
    credited_over_added: float | None
    n_held_out_contacted: int
    reason: str


class JourneyStep(msgspec.Struct, frozen=True):
    """One contact of a path: its channel, how long before the end it was, and its credit."""

    channel: str
    before_s: float | None
    credit: dict[str, float]


class JourneyPath(msgspec.Struct, frozen=True):
    """One path of an account, step by step; each method's credit sums to 1 over the steps."""

    conversions: float
    value_cents: float
    steps: list[JourneyStep]
    absent: dict[str, str]


class CreditReport(msgspec.Struct, frozen=True):
    """The credit of channels; `cautions` belong to every figure in it."""

    unit: str
    by: str
    since: datetime | None
    until: datetime | None
    cautions: list[str]
    n_paths: int
    n_conversions: float
    n_credited: float
    n_unmet: float
    credited_value_cents: float
    unmet_value_cents: float
    currency: str
    n_other_currency: int
    n_refunds: int
    order: int | None
    bootstrap: int
    seed: int
    n_suppressed_channels: int
    channels: list[ChannelReach]
    methods: list[MethodTable]
    account_methods: list[MethodTable]
    absent: dict[str, str]
    holdout: HoldoutSays | None
    journeys: list[JourneyPath]
    flows: list[Flow]


@dataclass(frozen=True)
class Asked:
    """What the report is about; stands in it.

    Args:
        by: channel, campaign or path.
        since: First instant of conversions.
        until: Instant before which they lie.
        methods: Only these, all where empty.
        journey: Number of the account whose paths are explained.
        currency: Of the amounts.
        n_other_currency: Conversions in another, which count without their amount.
        spent: Cents that contacts of the time cost, by channel or campaign, as far as known.
    """

    by: str = "channel"
    since: datetime | None = None
    until: datetime | None = None
    methods: tuple[str, ...] = ()
    journey: int | None = None
    currency: str = ""
    n_other_currency: int = 0
    spent: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Worlds:
    """Paths of persons, from drawn worlds.

    Args:
        whose: What was drawn from.
        rows: The draws.
        gathered: Paths of all worlds together.
    """

    whose: Whose
    rows: Rows
    gathered: Gathered


def report_accounts(
    gathered: Gathered,
    settings: AttributionSettings,
    asked: Asked,
    experiment: Experiment | None = None,
) -> CreditReport:
    """Credit by the paths of whole accounts.

    Raises:
        NothingToCredit: If no path ended in a conversion, or a method has no answer.
    """
    found = attribute(gathered.paths, settings)
    tables = _tables(found, asked.methods, experiment)
    flows = flows_of(gathered.paths, found.fold, settings.min_people)
    said = _Said(tables, [], _journeys(gathered, found, asked.journey), flows)
    return _report("account", found, gathered, said, asked, experiment)


def report_persons(
    worlds: Worlds,
    of_accounts: Gathered,
    settings: AttributionSettings,
    asked: Asked,
    experiment: Experiment | None = None,
) -> CreditReport:
    """Credit by the paths of persons, with that of whole accounts beside it.

    Raises:
        NothingToCredit: If no path ended in a conversion, or a method has no answer.
    """
    pooled = attribute(worlds.gathered.paths, settings)
    wide = _worlds(pooled, worlds)
    tables = _tables(pooled, asked.methods, experiment, wide)
    whole = attribute(of_accounts.paths, settings)
    beside = _tables(whole, asked.methods, None)
    flows = flows_of(worlds.gathered.paths, pooled.fold, settings.min_people)
    said = _Said(tables, beside, _journeys(of_accounts, whole, asked.journey), flows)
    return _report("person", pooled, worlds.gathered, said, asked, experiment)


def report_paths(paths: Paths, settings: AttributionSettings, asked: Asked) -> CreditReport:
    """Credit by paths that somebody else counted; each unit of weight is taken for one person.

    Raises:
        NothingToCredit: If no path ended in a conversion, or a method has no answer.
    """
    none = np.empty(0, np.int64)
    gathered = Gathered(paths, none, none, none, paths.n_conversions, 0.0, 0.0, 0)
    return report_accounts(gathered, settings, asked)


_Wide = dict[str, tuple[Widened, Widened]]


def _worlds(pooled: Attribution, worlds: Worlds) -> _Wide:
    """Intervals of conversions and shares by method, widened by how far worlds disagree."""
    paths, scale = worlds.gathered.paths, 1.0 / worlds.rows.weight
    found: dict[str, list[Floats]] = {}
    for is_in in worlds_of(worlds.rows, worlds.whose, worlds.gathered.unit):
        one = paths.weighted(np.where(is_in, scale, 0.0))
        for credit in pooled.crediting.credits(one.collapse(), one, drawn=True):
            found.setdefault(credit.method, []).append(pooled.fold.sum(credit.conversions))
    wide: _Wide = {}
    for method in pooled.methods:
        each = np.stack(found[method.method])
        shares = each / each.sum(axis=1, keepdims=True)
        conversions = widened(
            method.conversions, method.conversions_low, method.conversions_high, each
        )
        share = widened(method.share, method.share_low, method.share_high, shares)
        wide[method.method] = conversions, share
    return wide


def _tables(
    found: Attribution,
    methods: tuple[str, ...],
    experiment: Experiment | None,
    wide: _Wide | None = None,
) -> list[MethodTable]:
    asked = [name for name in methods if name not in found.absent] or methods
    chosen = [found.credit(name) for name in asked] if asked else list(found.methods)
    factor = None if experiment is None else experiment.factor(found.n_conversions)
    scale = None if factor is None else factor.value
    wide = wide or {}
    return [_table(found, one, scale, wide.get(one.method)) for one in chosen]


def _table(
    found: Attribution,
    one: MethodCredit,
    scale: float | None,
    wide: tuple[Widened, Widened] | None,
) -> MethodTable:
    counted: tuple[Floats, Floats] = one.conversions_low, one.conversions_high
    shared: tuple[Floats, Floats] = one.share_low, one.share_high
    widening = None
    if wide is not None:
        counted, shared = (wide[0].low, wide[0].high), (wide[1].low, wide[1].high)
        is_known = bool(np.isfinite(shared[0]).all())
        widening = float(np.mean(wide[1].missing)) if is_known else None
    rows = [
        ChannelCredit(
            channel=name,
            conversions=float(one.conversions[row]),
            conversions_low=_number(counted[0][row]),
            conversions_high=_number(counted[1][row]),
            share=float(one.share[row]),
            share_low=_number(shared[0][row]),
            share_high=_number(min(shared[1][row], 1.0)),
            value_cents=float(one.value[row]),
            added=None if scale is None else float(one.conversions[row] * scale),
        )
        for row, name in enumerate(found.channels)
    ]
    return MethodTable(one.method, rows, widening)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


@dataclass(frozen=True)
class _Said:
    tables: list[MethodTable]
    beside: list[MethodTable]
    journeys: list[JourneyPath]
    flows: list[Flow]


def _journeys(gathered: Gathered, found: Attribution, account: int | None) -> list[JourneyPath]:
    """The paths of one account, explained, the newest first."""
    if account is None:
        return []
    paths, journeys = gathered.paths, []
    mine = np.flatnonzero(gathered.unit == account)
    ends = gathered.step_place[paths.indptr[mine + 1] - 1]
    for path in mine[np.argsort(-ends, kind="stable")][:_MOST_JOURNEYS].tolist():
        one = explain_journey(paths, found, path)
        first = int(paths.indptr[path])
        steps = [
            JourneyStep(
                channel=name,
                before_s=None if paths.before_s is None else float(paths.before_s[first + place]),
                credit={method: float(credit[place]) for method, credit in one.credit.items()},
            )
            for place, name in enumerate(one.steps)
        ]
        journeys.append(
            JourneyPath(
                float(paths.converted[path]), float(paths.value[path]), steps, dict(one.absent)
            )
        )
    return journeys


def _report(
    unit: Unit,
    found: Attribution,
    gathered: Gathered,
    said: _Said,
    asked: Asked,
    experiment: Experiment | None,
) -> CreditReport:
    spent = _spent(found, asked.spent)
    reach = zip(found.channels, found.n_people.tolist(), spent, strict=True)
    return CreditReport(
        unit=unit,
        by=asked.by,
        since=asked.since,
        until=asked.until,
        cautions=[found.caution, *([PERSONS_CAUTION] if unit == "person" else [])],
        n_paths=gathered.paths.n_paths,
        n_conversions=gathered.n_conversions,
        n_credited=found.n_conversions,
        n_unmet=gathered.n_unmet,
        credited_value_cents=found.total_value,
        unmet_value_cents=gathered.unmet_value,
        currency=asked.currency,
        n_other_currency=asked.n_other_currency,
        n_refunds=gathered.n_refunds,
        order=found.order,
        bootstrap=found.bootstrap,
        seed=found.seed,
        n_suppressed_channels=found.n_folded,
        channels=[ChannelReach(*one) for one in reach],
        methods=said.tables,
        account_methods=said.beside,
        absent=dict(sorted(found.absent.items())),
        holdout=None if experiment is None else _holdout(experiment, found.n_conversions),
        journeys=said.journeys,
        flows=said.flows,
    )


def _spent(found: Attribution, spent: Mapping[str, float]) -> list[float | None]:
    """What the contacts of each row cost; None where no contact of it says."""
    rows: list[float | None] = [None] * len(found.channels)
    for name, row in zip(found.all_channels, found.fold.row.tolist(), strict=True):
        if name in spent:
            rows[row] = (rows[row] or 0.0) + spent[name]
    return rows


def _holdout(experiment: Experiment, n_credited: float) -> HoldoutSays:
    lift, added = experiment.lift, experiment.added
    has_ratio = added is not None and added.value > 0
    return HoldoutSays(
        n_contactable=lift.n_treated,
        n_held_out=lift.n_held_out,
        per_contactable=lift.treated,
        per_held_out=lift.held_out,
        added=None if added is None else added.value,
        added_low=None if added is None else added.low,
        added_high=None if added is None else added.high,
        p_value=lift.p_value,
        credited_over_added=n_credited / added.value if added and has_ratio else None,
        n_held_out_contacted=experiment.n_leaked,
        reason=lift.reason,
    )
