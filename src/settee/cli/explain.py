"""``settee explain ACCOUNT ITEM``: why an item is where it is, or why it is not there.

Reads: the model in use, the account's profile.  Writes: stdout; it makes no exposure.
Not here: how the reason is found (respond.explaining), the answer itself (cli.recommend).
"""

from typing import Annotated, Any

import typer

from settee.cli.amid import At, Events, events_in, instant_in
from settee.cli.call import Call
from settee.cli.recommend import check_device, for_whom, reason_of
from settee.cli.screen import Screen


def explain(
    context: typer.Context,
    account_id: Annotated[
        str, typer.Argument(metavar="ACCOUNT", help="settee accounts lists a few.")
    ],
    item_id: Annotated[str, typer.Argument(metavar="ITEM", help="Any item, shown or not.")],
    k: Annotated[int, typer.Option("--k", "-k", help="Items on the page.", min=1)] = 10,
    device_type: Annotated[str, typer.Option(help="tv, desktop, mobile, …")] = "",
    slot: Annotated[str, typer.Option(help="Where it would be shown.")] = "",
    device_id: Annotated[str, typer.Option(help="On which device: tells who is there.")] = "",
    platform: Annotated[str, typer.Option(help="By which product or service; likewise.")] = "",
    profile_id: Annotated[str, typer.Option(help="The profile that was picked; likewise.")] = "",
    person: Annotated[
        list[str] | None,
        typer.Option(help="Who is there, if known; repeat for several.", metavar="PERSON"),
    ] = None,
    at: At = None,
    events: Events = None,
) -> None:
    """Tell why an item is where it is: what adds up to its score, and what would be without."""
    call: Call = context.obj
    check_device(device_type)
    from settee.respond import Dials, Request  # loads numba: not for `settee --help`

    request = Request(
        account_id,
        k,
        instant_in(at) or call.now(),
        device_type=device_type or None,
        slot=slot or None,
        device_id=device_id or None,
        platform=platform or None,
        profile_id=profile_id or None,
        person_ids=tuple(person or ()),
    )
    dials = Dials(events=events_in(events, account_id, device_id))
    with call.workspace() as workspace:
        workspace.responder().warm()
        found = workspace.responder().why(request, item_id, dials)
    if call.screen.is_json:
        call.screen.emit(found)
        return
    show_why(call.screen, found)


def show_why(screen: Screen, found: Any) -> None:  # noqa: ANN401 -- respond.Why, which doors see through app
    """Print why an item is where it is.

    Args:
        screen: Where to.
        found: A `respond.Why`.
    """
    screen.line(found.text, style="bold")
    item = found.item
    if item is not None:
        reason = reason_of(item)
        if reason:
            screen.line(f"reason: {reason}")
        screen.table(
            f"score {item.score:.4f}, uncertain by {item.doubt:.4f}",
            ("#adds", "what", "#value", "meaning"),
            [*_rows(item), (f"{sum(one.adds for one in item.adds):+.4f}", "together", "", "")],
        )
        rows = [
            (one.title or one.item_id, "nowhere" if one.rank is None else one.rank)
            for one in item.without
        ]
        if rows:
            screen.table("without", ("title", "#rank"), rows)
    for one in found.moved:
        to = "off the page" if not one.to_rank else f"to {one.to_rank}"
        screen.line(f'the rule "{one.rule}": {one.deed}, from {one.from_rank} {to}')
    screen.remark(f"{for_whom(found)}; rung {found.rung}; model {found.model_version or 'none'}")
    if found.because:
        screen.remark(f"why not a higher rung: {found.because}")
    bits = ", ".join(f"{one.name} {one.bits:+.1f}" for one in found.signals)
    if bits:
        screen.remark(f"bits that tell who is there: {bits}")


def _rows(item: Any) -> list[tuple[str, str, str, str]]:  # noqa: ANN401 -- respond.Shown
    rows = []
    for one in item.adds:
        value = f"{one.value:.3g}" if one.value or one.value == 0.0 else ""
        what = one.kind if not one.name or one.kind == "feature" else f"{one.kind} {one.name}"
        of = ", ".join(f"{name} {share:.0%}" for name, share in one.of.items())
        text = f"{one.text}: {of}" if of else one.text
        rows.append((f"{one.adds:+.4f}", one.name if one.kind == "feature" else what, value, text))
    return rows
