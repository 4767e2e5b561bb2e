"""``settee report``: what imports, trainings and evaluations found, newest first.

Reads: the tables.  Writes: stdout.
"""

from typing import Annotated

import typer

from settee.cli.call import Call
from settee.cli.screen import when
from settee.cli.tables import show_report
from settee.core import NotFound, instant_text

KINDS = ("import", "training", "evaluation", "tuning")


_MAKERS = {"training": "train", "evaluation": "evaluate"}


class NoReport(NotFound):
    """Nothing of that kind was reported yet."""

    code = "no_report"


def report(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=f"{', '.join(KINDS)}; all kinds by default.")] = "",
    limit: Annotated[int, typer.Option("--last", help="How many.", min=1, max=1000)] = 1,
) -> None:
    """Show the latest report of each kind, or the latest ones of one kind."""
    call: Call = context.obj
    with call.workspace() as workspace:
        kinds = (kind,) if kind else KINDS
        found = [one for name in kinds for one in workspace.reports(name, limit)]
    if not found:
        raise NoReport(
            f'there is no report of kind "{kind}" yet; kinds are {", ".join(KINDS)}.'
            if kind
            else "there is no report yet.",
            hint=f"settee {_MAKERS.get(kind, 'import PATH')} makes one.",
        )
    if call.screen.is_json:
        call.screen.emit([
            {"report_id": one.report_id, "kind": one.kind, "at": instant_text(one.at), **one.body}
            for one in found
        ])  # fmt: skip
        return
    for one in found:
        call.screen.line(f"{one.kind} of {when(one.at)}", style="dim")
        show_report(call.screen, one.kind, one.body)
