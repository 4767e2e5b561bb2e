"""``settee campaign``: what did a campaign change, and was it worth its contacts?

Reads: audiences, the record.  Writes: stdout.
Not here: the comparison (measure.campaign).
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from settee.cli.call import Call
from settee.core import instant_text

if TYPE_CHECKING:
    from settee.measure import Estimate, Lift


def campaign(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The campaign, as on its audience and its touches.")],
    margin: Annotated[
        float, typer.Option(help="Share of revenue that is kept before contacts.", min=0, max=1)
    ] = 1.0,
    confidence: Annotated[
        float, typer.Option(help="Of the intervals.", min=0.5, max=0.9999)
    ] = 0.95,
) -> None:
    """Compare all who were chosen for a campaign with all who were held out by chance."""
    from settee.measure import CAMPAIGN_CAUTIONS  # loads numba: not for `settee --help`

    call: Call = context.obj
    with call.workspace() as workspace, call.screen.progress() as tell:
        read = workspace.campaign(name, margin=margin, confidence=confidence, progress=tell)
    if call.screen.is_json:
        call.screen.emit(asdict(read))
        return
    effect = read.effect
    state = "over" if read.is_over else "still running"
    call.screen.line(
        f"{read.campaign}: {read.n_accounts:,} accounts chosen since "
        f"{instant_text(read.from_at)}, {effect.conversion.n_held_out:,} of them held out; {state}"
    )
    call.screen.table(
        "",
        ("outcome an account", "#chosen", "#held out", "#difference", "#low", "#high"),
        [
            _row("converted", effect.conversion),
            _row("revenue, cents", effect.revenue),
            *([] if effect.response is None else [_row("responded", effect.response)]),
        ],
    )
    if effect.response is not None:
        told = _told(effect.added_responses, effect.response.reason)
        call.screen.line(f"accounts that would not have responded: {told}")
    for what, one in (
        ("conversions there would not have been", effect.added_conversions),
        ("revenue there would not have been, cents", effect.added_cents),
        (f"left of it at a margin of {margin:g}, less contacts, cents", effect.net_cents),
    ):
        call.screen.line(f"{what}: {_told(one, effect.conversion.reason)}")
    call.screen.line(
        f"{effect.n_contacted:,} contacted, for {effect.spent_cents:,.0f} cents"
        + (
            ""
            if effect.promised is None or effect.came is None
            else f"; promised {effect.promised:.4f}, came {effect.came:.4f}"
        )
    )
    for code in effect.cautions:
        call.screen.remark(CAMPAIGN_CAUTIONS[code])


def _row(what: str, found: "Lift") -> tuple[str, ...]:
    means = [("-" if one is None else f"{one:.4f}") for one in (found.treated, found.held_out)]
    gap = found.difference
    edges = ["-"] * 3 if gap is None else [f"{one:+.4f}" for one in (gap.value, gap.low, gap.high)]
    return (what, *means, *edges)


def _told(one: "Estimate | None", reason: str) -> str:
    if one is None:
        return f"no answer ({reason or 'no_variation'})"
    return f"{one.value:,.1f} ({one.low:,.1f} to {one.high:,.1f})"
