"""``settee evaluate``: judge a stored model on the latest part of the record.

Reads: a bundle, history.  Writes: a report.
Not here: the metrics (learn).
"""

from typing import Annotated

import typer

from settee.cli.call import Call
from settee.cli.tables import show_report


def evaluate(
    context: typer.Context,
    version: Annotated[str, typer.Argument(help="Model version; the one in use.")] = "",
) -> None:
    """Compare every source, the fusion and the ranker with random and popular lists."""
    call: Call = context.obj
    with call.workspace() as workspace, call.screen.progress() as tell:
        report = workspace.evaluate(version or None, tell).as_dict()
    if call.screen.is_json:
        call.screen.emit(report)
        return
    show_report(call.screen, "evaluate", report)
