"""``settee precompute``: make lists ahead, for pages that must be there at once.

Reads: every view.  Writes: ``lists/`` in the home folder.
Not here: whether a list still holds when it is asked for (respond.lists).
"""

from pathlib import Path
from typing import Annotated

import typer

from settee.cli.call import Call
from settee.core import BadInput


class BadAccounts(BadInput):
    """A file of account ids cannot be read."""

    code = "bad_accounts"


def precompute(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the list, and the slot rules see.")] = "home",
    k: Annotated[int | None, typer.Option("-k", help="Items of each [respond.k].", min=1)] = None,
    explain: Annotated[bool, typer.Option(help="With reasons.")] = False,
    accounts: Annotated[
        Path | None, typer.Option(help="File with an account id a line; everybody without.")
    ] = None,
) -> None:
    """Compute a list of every account ahead, to be served as ready bytes."""
    call: Call = context.obj
    ids = None if accounts is None else read_ids(accounts)
    with call.workspace() as workspace, call.screen.progress() as tell:
        made = workspace.precompute(name, k=k, explain=explain, account_ids=ids, progress=tell)
    if call.screen.is_json:
        call.screen.emit(made)
        return
    call.screen.line(
        f"{made['name']}: {made['n_accounts']:,} lists of {made['k']}, "
        f"{made['n_bytes'] / 1e6:.1f} MB, computed at {made['computed_at']}"
    )
    call.screen.remark(f"GET /v1/lists/{name}?account_id=… gives them from the next second on")


def read_ids(path: Path) -> list[str]:
    """Account ids of a file, one a line, each once.

    Raises:
        BadAccounts: If it cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadAccounts(f"{path} cannot be read: {error}.", place="--accounts") from None
    return list(dict.fromkeys(line.strip() for line in lines if line.strip()))
