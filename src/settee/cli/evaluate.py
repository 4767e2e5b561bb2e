"""``settee evaluate``: judge a stored model, or the persons that were found.

Reads: a bundle, history; for persons their households and a truth.  Writes: a report.
Not here: the metrics (learn), persons (cli.people_evaluate).
"""

from pathlib import Path
from typing import Annotated

import typer

from settee.cli.call import Call
from settee.cli.people_evaluate import evaluate_people
from settee.cli.tables import show_report
from settee.core import BadInput

PEOPLE = "people"


class BadEvaluation(BadInput):
    """What is to be judged, and by what, do not go together."""

    code = "bad_evaluation"


def evaluate(
    context: typer.Context,
    version: Annotated[str, typer.Argument(help="Model version, the one in use; or: people.")] = "",
    truth: Annotated[
        Path | None,
        typer.Argument(help="Of people: truth.jsonl of a simulated world, or a CSV."),
    ] = None,
    share: Annotated[
        float, typer.Option(help="Of people: part of the days that is judged.", min=0.01, max=1)
    ] = 0.25,
) -> None:
    """Compare sources, fusion and ranker with random and popular lists; or judge the persons."""
    call: Call = context.obj
    if version == PEOPLE and truth is not None:
        evaluate_people(call, truth, share)
        return
    if version == PEOPLE or truth is not None:
        raise BadEvaluation(
            f"a truth judges people, and people need one; given were {version!r} and {truth}.",
            hint="settee evaluate people TRUTH",
        )
    with call.workspace() as workspace, call.screen.progress() as tell:
        report = workspace.evaluate(version or None, tell).as_dict()
    if call.screen.is_json:
        call.screen.emit(report)
        return
    show_report(call.screen, "evaluate", report)
