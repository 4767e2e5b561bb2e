"""``settee who ACCOUNT``: who is on the screen, and what each signal says.

Reads: the household, its running sessions.  Writes: stdout.
Not here: who lives there (cli.people), how it is told (people).
"""

from datetime import UTC, datetime
from typing import Annotated

import typer

from settee.cli.call import Call
from settee.cli.recommend import check_device


def who(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="settee accounts lists a few.")],
    device_id: Annotated[str, typer.Option(help="On which device.")] = "",
    device_type: Annotated[str, typer.Option(help="tv, desktop, mobile, …")] = "",
    platform: Annotated[str, typer.Option(help="By which product or service.")] = "",
    profile_id: Annotated[str, typer.Option(help="The profile that was picked.")] = "",
    at: Annotated[
        datetime | None,
        typer.Option(
            help="When, in UTC [now].", formats=["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]
        ),
    ] = None,
) -> None:
    """Tell who is on the screen, with the bits that each signal gives."""
    from settee.people import Moment  # loads numba: not for `settee --help`

    call: Call = context.obj
    check_device(device_type)
    instant = call.now() if at is None else at.replace(tzinfo=UTC)
    moment = Moment(
        account,
        round(instant.timestamp() * 1_000_000),
        device_id or None,
        device_type or None,
        platform or None,
        profile_id or None,
    )
    with call.workspace() as workspace:
        found = workspace.who(moment)
    if call.screen.is_json:
        call.screen.emit(found)
        return
    several = f" · together {found.together:.2f}" if found.together else ""
    call.screen.table(
        f"{account} · stage {found.stage} · guest {found.guest:.2f}{several}",
        ("person", "#probability"),
        [(person_id, f"{p:.2f}") for person_id, p in found.persons],
    )
    if found.is_together:
        call.screen.line("Several watch together.")
    elif found.is_unsure:
        call.screen.line("Nobody can be named with enough certainty.")
    bits = ", ".join(f"{name} {value:+.1f}" for name, value in found.signals)
    if bits:
        call.screen.remark(f"bits for the first: {bits}")
