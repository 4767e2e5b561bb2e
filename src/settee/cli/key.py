"""``settee key``: make, list and revoke the keys that open the HTTP API.

A key is shown once, when it is made; settee keeps only its hash.

Reads / Writes: the tables.
"""

from typing import Annotated

import typer

from settee.cli.call import Call
from settee.cli.screen import when
from settee.core import instant_text

key_app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)


@key_app.command("create")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is for.")] = "default",
) -> None:
    """Make a key and print it once."""
    call: Call = context.obj
    with call.workspace() as workspace:
        made = workspace.issue_key(name)
    if call.screen.is_json:
        call.screen.emit({"key_id": made.key.key_id, "name": name, "key": made.secret})
        return
    call.screen.line(made.secret)
    call.screen.remark(f'key {made.key.key_id} "{name}": send it as "Authorization: Bearer …"')
    call.screen.remark("it is not shown again")


@key_app.command("list")
def list_(context: typer.Context) -> None:
    """List the keys, without the secrets."""
    call: Call = context.obj
    with call.workspace() as workspace:
        found = workspace.list_keys()
    if call.screen.is_json:
        call.screen.emit([
            {
                "key_id": one.key_id,
                "name": one.name,
                "created_at": instant_text(one.created_at),
                "revoked_at": instant_text(one.revoked_at) if one.revoked_at else None,
            }
            for one in found
        ])  # fmt: skip
        return
    call.screen.table(
        "Keys",
        ("id", "name", "made", "revoked"),
        [
            (
                one.key_id,
                one.name,
                when(one.created_at),
                when(one.revoked_at) if one.revoked_at else "",
            )
            for one in found
        ],
    )


@key_app.command("revoke")
def revoke(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name or id from `settee key list`.")],
) -> None:
    """Close a key; it opens nothing from now on."""
    call: Call = context.obj
    with call.workspace() as workspace:
        key = workspace.revoke_key(name)
    if call.screen.is_json:
        call.screen.emit({"key_id": key.key_id, "name": key.name, "is_revoked": True})
        return
    call.screen.line(f'key {key.key_id} "{key.name}" is revoked')
