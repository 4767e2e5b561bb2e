"""``settee release``: put a trained model to use, or go back to the one before.

Reads: bundles, reports.  Writes: the release pointer.
Not here: the gate (learn), the registry (release).
"""

from typing import Annotated

import typer

from settee.cli.call import Call
from settee.cli.screen import when
from settee.core import BadInput, instant_text


class BadRelease(BadInput):
    """A version and a way back were asked for at once."""

    code = "bad_release"


def release(
    context: typer.Context,
    version: Annotated[str, typer.Argument(help="Model version; the newest trained.")] = "",
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Go back to the version before.")
    ] = False,
    force: Annotated[
        str, typer.Option(help="Release although the gate says no, for this reason.", metavar="WHY")
    ] = "",
    is_list: Annotated[bool, typer.Option("--list", help="Only list the releases.")] = False,
) -> None:
    """Put a model to use when it passes the gate, or go back with --rollback."""
    call: Call = context.obj
    if version and rollback:
        raise BadRelease(
            f'--rollback and the version "{version}" were both given; one of them is accepted.',
            hint="settee release --list shows which version was in use before.",
        )
    decision = None
    with call.workspace() as workspace:
        if rollback:
            decision = workspace.rollback(force)
        elif not is_list:
            with call.screen.progress() as tell:
                decision = workspace.release(version or None, force_reason=force, progress=tell)
        found = workspace.releases()
    rows = [
        {"version": one.version, "at": instant_text(one.at), "reason": one.reason} for one in found
    ]
    if call.screen.is_json:
        call.screen.emit(
            {"releases": rows} if decision is None else {**decision.as_dict(), "releases": rows}
        )
        return
    if decision is not None:
        call.screen.line(f"{decision.version} is in use: {decision.reason}")
    call.screen.table(
        "Releases, the one in use first",
        ("version", "at", "reason"),
        [(one.version, when(one.at), one.reason) for one in found],
    )
