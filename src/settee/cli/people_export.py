"""``settee people export``: write who watched each session, so that anyone can judge it.

Reads: the record and its households.  Writes: the file.
Not here: the lines (people), what they are worth (cli.people_evaluate).
"""

from pathlib import Path
from typing import Annotated

import typer

from settee.cli.call import Call


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSON lines, one a session; replaced when whole.")],
    is_as_known: Annotated[
        bool,
        typer.Option(
            "--as-known/--hindsight",
            help="As it was answered at the time, or with everything known.",
        ),
    ] = True,
) -> None:
    """Write the probability of each person for every session, as JSON lines."""
    from settee.people import write_answers  # loads numba: not for `settee --help`

    call: Call = context.obj
    with call.workspace() as workspace, call.screen.progress() as tell:
        workspace.fold(tell)
        if not is_as_known:
            workspace.seal(tell)
        answers = workspace.people.export("as_known" if is_as_known else "hindsight")
        found = write_answers(file, answers, workspace.people.n_accounts(), tell)
    if call.screen.is_json:
        call.screen.emit({"file": str(file), **found})
        return
    call.screen.line(
        f"{found['n_sessions']:,} sessions of {found['n_accounts']:,} accounts in {file}"
    )
    call.screen.remark("next: settee evaluate people TRUTH, where the truth is known")
