"""``settee accounts``: a few account ids to try.

Reads: the profiles.  Writes: stdout.
"""

from typing import Annotated

import typer

from settee.cli.call import Call


def accounts(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help="How many.", min=1, max=10_000)] = 10,
    offset: Annotated[int, typer.Option(help="How many to skip.", min=0)] = 0,
) -> None:
    """List a few account ids, to try `settee recommend` with."""
    call: Call = context.obj
    with call.workspace() as workspace:
        n_accounts = workspace.profiles.n_accounts()
        ids = workspace.profiles.account_ids(limit, offset)
    if call.screen.is_json:
        call.screen.emit({"n_accounts": n_accounts, "account_ids": ids})
        return
    for account_id in ids:
        call.screen.line(account_id)
    call.screen.remark(f"{len(ids):,} of {n_accounts:,} accounts")
