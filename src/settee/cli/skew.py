"""``settee skew``: is what was served what the record gives when it is computed anew?

Reads: the record.  Writes: stdout; a folder that is gone afterwards.
Not here: the comparison (respond.replayed).
"""

from dataclasses import asdict
from typing import Annotated

import typer

from settee.cli.call import Call


def skew(
    context: typer.Context,
    last: Annotated[int, typer.Option(help="How many answers.", min=1, max=100_000)] = 100,
) -> None:
    """Ask for the last journalled answers once more; the exit status is 1 when one differs.

    Views are built anew from the record, so this takes as long as that does.
    """
    call: Call = context.obj
    with call.workspace() as workspace:
        found = workspace.skew(last)
    if call.screen.is_json:
        call.screen.emit({**asdict(found), "n_equal": found.n_equal})
    else:
        rows = [(one.exposure_id, str(one.offset), ", ".join(one.what)) for one in found.unequal]
        if rows:
            call.screen.table("", ("exposure", "#offset", "differs in"), rows)
        call.screen.line(
            f"{found.n_equal:,} of {found.n_asked:,} answers are equal bit for bit, "
            f"{found.n_ranked:,} with the features of the ranker"
        )
        for reason, n in found.passed_over.items():
            call.screen.remark(f"{n:,} not compared: {reason}")
    if found.unequal:
        raise typer.Exit(1)
