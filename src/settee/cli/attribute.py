"""``settee attribute``: what channels are credited with, by every method, with intervals.

Reads: the record and its households, or a file of counted paths.  Writes: stdout.
Not here: paths, methods and intervals (measure), what they mean (docs/attribution.md).
"""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from settee.cli.call import Call
from settee.cli.screen import Screen
from settee.core import BadInput

if TYPE_CHECKING:
    from settee.measure import CreditQuery, CreditReport, DrawnHoldout, MethodTable


class BadAttribution(BadInput):
    """An option about attribution cannot be used."""

    code = "bad_attribution"


class By(StrEnum):
    """What contacts are told apart by."""

    channel = "channel"
    campaign = "campaign"


class Unit(StrEnum):
    """Whose paths they are."""

    account = "account"
    person = "person"


def attribute(
    context: typer.Context,
    by: Annotated[By, typer.Option(help="Tell contacts apart by this.")] = By.channel,
    unit: Annotated[Unit, typer.Option(help="Whose paths they are.")] = Unit.account,
    since: Annotated[
        str | None, typer.Option(help="First instant of conversions.", metavar="INSTANT")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Instant before which they lie.", metavar="INSTANT")
    ] = None,
    method: Annotated[
        list[str] | None, typer.Option(help="Only this method; repeatable.", metavar="NAME")
    ] = None,
    holdout: Annotated[
        str | None,
        typer.Option(
            help="Accounts held out by chance: a file with one id a line, the campaign of an "
            "audience, or CAMPAIGN:SHARE.",
            metavar="FILE",
        ),
    ] = None,
    journey: Annotated[
        str | None, typer.Option(help="Explain the paths of this account.", metavar="ACCOUNT")
    ] = None,
    paths: Annotated[
        Path | None,
        typer.Option(help="Credit counted paths of this CSV, TSV or Parquet.", metavar="FILE"),
    ] = None,
) -> None:
    """Credit channels for conversions, by every method side by side, with intervals.

    Credit along paths is not causal; with a holdout, what contacts really added stands beside it.
    """
    from settee.measure import CreditQuery, checked  # loads numba: not for `settee --help`

    call: Call = context.obj
    held_out, drawn = _holdout(holdout)
    query = checked(
        CreditQuery(
            by=by.value, unit=unit.value, since=_instant(since, "--since"),
            until=_instant(until, "--until"), methods=list(method or ()), held_out=held_out,
            holdout=drawn, journey=journey,
        )
    )  # fmt: skip
    report = _of_file(call, paths, query) if paths is not None else _of_record(call, query)
    if call.screen.is_json:
        call.screen.emit(report)
    else:
        _show(call.screen, report)


def _of_record(call: Call, query: "CreditQuery") -> "CreditReport":
    with call.workspace() as workspace, call.screen.progress() as tell:
        return workspace.attribute(query, tell)


def _of_file(call: Call, paths: Path, query: "CreditQuery") -> "CreditReport":
    from settee.measure import Asked, CreditQuery, read_paths, report_paths

    if query != CreditQuery(methods=query.methods):
        raise BadAttribution(
            "--paths goes with --method alone: counted paths have no record behind them.",
            hint="Leave out the other options, or --paths.",
        )
    asked = Asked("path", methods=tuple(query.methods))
    return report_paths(read_paths(paths), call.settings().attribution, asked)


def _instant(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadAttribution(
            f'{option} "{text}" is no instant; write 2026-09-01 or 2026-09-01T08:00:00Z.',
            place=option,
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _holdout(text: str | None) -> tuple[list[str], "DrawnHoldout | None"]:
    """Ids out of a file, a campaign whose audiences know, or a holdout drawn by hashing."""
    from settee.measure import DrawnHoldout

    if text is None:
        return [], None
    file = Path(text)
    if file.is_file():
        try:
            ids = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
        except (OSError, UnicodeDecodeError) as error:
            raise BadAttribution(f"{file} cannot be read: {error}.", place="--holdout") from None
        return [one for one in ids if one and one != "account_id"], None
    campaign, colon, share = text.rpartition(":")
    if not colon and text and not file.exists():
        return [], DrawnHoldout(text)
    try:
        part = float(share)
    except ValueError:
        part = 0.0
    if not (colon and campaign and 0 < part < 1):
        raise BadAttribution(
            f'--holdout "{text}" is neither a file nor a campaign, with or without its share.',
            hint="Write a file with one account id a line, spring or spring:0.1.",
            place="--holdout",
        )
    return [], DrawnHoldout(campaign, part)


def _show(screen: Screen, report: "CreditReport") -> None:
    _head(screen, report)
    if len(report.methods) > 1:
        _side_by_side(screen, report)
    beside = {one.method: one for one in report.account_methods}
    for one in report.methods:
        _table(screen, report, one, beside.get(one.method))
    for name, reason in report.absent.items():
        screen.line(f"{name} has no answer: {reason}")
    _journeys(screen, report)
    if report.holdout is not None:
        _say_holdout(screen, report)
    for caution in report.cautions:
        screen.line(f"Caution: {caution}", style="yellow")


def _head(screen: Screen, report: "CreditReport") -> None:
    amount = f"{report.credited_value_cents / 100:,.2f} {report.currency}".rstrip()
    screen.line(
        f"{report.n_credited:,.1f} conversions worth {amount} are credited, by {report.by}, "
        f"along the paths of each {report.unit}"
    )
    if report.n_unmet:
        screen.line(
            f"{report.n_unmet:,.1f} more were met by no contact in time and belong to no channel"
        )
    if report.n_other_currency:
        screen.line(f"{report.n_other_currency:,} are in another currency and count no amount")
    if report.n_refunds:
        screen.line(f"{report.n_refunds:,} refunds are no conversions")
    if report.n_suppressed_channels:
        screen.line(
            f"{report.n_suppressed_channels:,} channels that too few people met are one row"
        )


def _side_by_side(screen: Screen, report: "CreditReport") -> None:
    shares = [{row.channel: row.share for row in one.channels} for one in report.methods]
    rows = [
        (reach.channel, *(f"{one[reach.channel]:.3f}" for one in shares))
        for reach in report.channels
    ]
    names = [one.method.replace("_", " ") for one in report.methods]
    screen.table("Shares, method by method", (report.by, *(f"#{one}" for one in names)), rows)


def _table(
    screen: Screen, report: "CreditReport", one: "MethodTable", beside: "MethodTable | None"
) -> None:
    n_people = {reach.channel: reach.n_people for reach in report.channels}
    whole = {row.channel: row.share for row in beside.channels} if beside else {}
    spent = {reach.channel: reach.spent_cents for reach in report.channels}
    has_added = any(row.added is not None for row in one.channels)
    has_spent = any(cents is not None for cents in spent.values())
    columns = [report.by, "#accounts", "#conversions", "#95 %", "#share", "#95 %"]
    columns += ["#by account"] if beside else []
    columns += ["#added"] if has_added else []
    columns += ["#spent"] if has_spent else []
    rows = []
    for row in sorted(one.channels, key=lambda cell: (-cell.conversions, cell.channel)):
        cells = [
            row.channel, f"{n_people.get(row.channel, 0):,.0f}", f"{row.conversions:,.1f}",
            _interval(row.conversions_low, row.conversions_high, 1), f"{row.share:.3f}",
            _interval(row.share_low, row.share_high, 3),
        ]  # fmt: skip
        cells += [f"{whole[row.channel]:.3f}" if row.channel in whole else "-"] if beside else []
        cells += ["-" if row.added is None else f"{row.added:,.1f}"] if has_added else []
        cells += [_money(spent.get(row.channel))] if has_spent else []
        rows.append(cells)
    title = one.method
    if one.method in ("markov", "hybrid"):
        title += f", order {report.order}"
    if one.widening is not None:
        title += f"; unsure persons make {one.widening:.0%} of the variance"
    screen.table(title, columns, rows)


def _money(cents: float | None) -> str:
    return "-" if cents is None else f"{cents / 100:,.2f}"


def _interval(low: float | None, high: float | None, digits: int) -> str:
    return "-" if low is None or high is None else f"[{low:,.{digits}f}, {high:,.{digits}f}]"


def _journeys(screen: Screen, report: "CreditReport") -> None:
    for number, path in enumerate(report.journeys, 1):
        methods = list(path.steps[0].credit) if path.steps else []
        rows = [
            (step.channel, "-" if step.before_s is None else f"{step.before_s / 86_400:.2f}",
             *(f"{step.credit[name]:.3f}" for name in methods))
            for step in path.steps
        ]  # fmt: skip
        end = f"{path.conversions:g} conversions" if path.conversions else "no conversion"
        screen.table(
            f"path {number}, {end}",
            (report.by, "#days before", *(f"#{name}" for name in methods)),
            rows,
        )


def _say_holdout(screen: Screen, report: "CreditReport") -> None:
    one = report.holdout
    if one is None:
        return
    if one.added is None or one.added_low is None or one.added_high is None:
        screen.line(f"The holdout has no answer: {one.reason}")
        return
    screen.line(
        f"Holdout: {one.n_contactable:,} accounts that might be contacted converted "
        f"{one.per_contactable:.4f} times each, {one.n_held_out:,} held out "
        f"{one.per_held_out:.4f}; contacts added {one.added:,.1f} "
        f"[{one.added_low:,.1f}, {one.added_high:,.1f}] conversions"
    )
    if one.credited_over_added is not None:
        screen.line(
            f"Credited are {one.credited_over_added:.2f} times what was added; the column "
            '"added" is credit scaled to that'
        )
    if one.n_held_out_contacted:
        screen.line(
            f"{one.n_held_out_contacted:,} of those held out were contacted all the same, so too "
            "little is read as added"
        )
