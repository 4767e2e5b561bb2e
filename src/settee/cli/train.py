"""``settee train``: learn a model from the record and judge it on the latest part.

Reads: history and journal.  Writes: a bundle and a report.
Not here: the splits and metrics (learn), putting it to use (cli.release).
"""

import typer

from settee.cli.call import Call
from settee.cli.tables import show_report


def train(context: typer.Context) -> None:
    """Train sources and ranker, and judge them on a later period."""
    call: Call = context.obj
    with call.workspace() as workspace, call.screen.progress() as tell:
        report = workspace.train(tell).as_dict()
    if call.screen.is_json:
        call.screen.emit(report)
        return
    show_report(call.screen, "train", report)
    call.screen.remark(f"next: settee release {report['version']}")
