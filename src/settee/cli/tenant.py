"""``settee tenant``: let tenants in and out; each has a folder and keys of its own.

Every other command works for a tenant with ``--tenant NAME`` before or after it.

Reads / Writes: the table of tenants, their folders.
Not here: what a tenant may do with its data (every other command).
"""

from datetime import datetime
from typing import Annotated

import typer

from settee.cli.call import Call
from settee.cli.screen import when
from settee.core import BadInput, instant_text

tenant_app = typer.Typer(help="Make, list and remove tenants.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name: a-z, 0-9, - and _.")]


class NotForATenant(BadInput):
    """A command is for the home as a whole, and was given for one tenant."""

    code = "not_for_a_tenant"


@tenant_app.command("create")
def create(context: typer.Context, name: Name) -> None:
    """Make a tenant with an empty folder, and print the first key of its owner once."""
    call: Call = context.obj
    refuse_tenant(call, "tenant create")
    with call.workspace() as workspace:
        _, made = workspace.create_tenant(name)
    if call.screen.is_json:
        call.screen.emit({"tenant_id": name, "key_id": made.key.key_id, "key": made.secret})
        return
    call.screen.line(made.secret)
    call.screen.remark(f'tenant "{name}" is there, and this is its owner\'s key; not shown again')


@tenant_app.command("list")
def list_(context: typer.Context) -> None:
    """List the tenants; "default", the home itself, is always there."""
    call: Call = context.obj
    with call.workspace() as workspace:
        there: list[tuple[str, datetime | None]] = [("default", None)]
        there += [(one.tenant_id, one.created_at) for one in workspace.list_tenants()]
        rows = [(name, at, workspace.n_keys(name)) for name, at in there]
    if call.screen.is_json:
        call.screen.emit([
            {"tenant_id": name, "created_at": instant_text(at) if at else None, "n_keys": n}
            for name, at, n in rows
        ])  # fmt: skip
        return
    shown = [(name, when(at) if at else "", f"{n:,}") for name, at, n in rows]
    call.screen.table("Tenants", ("tenant", "made", "#keys"), shown)


@tenant_app.command("remove")
def remove(
    context: typer.Context,
    name: Name,
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Delete its folder too, for ever.")
    ] = False,
) -> None:
    """Let a tenant and its keys work no longer; running services notice within a second."""
    call: Call = context.obj
    refuse_tenant(call, "tenant remove")
    with call.workspace() as workspace:
        folder = workspace.remove_tenant(name, with_data=delete_data)
    if call.screen.is_json:
        call.screen.emit({"tenant_id": name, "is_removed": True, "folder": str(folder)})
        return
    what = "is deleted" if delete_data else "stays as it is"
    call.screen.line(f'tenant "{name}" is removed; {folder} {what}')


def refuse_tenant(call: Call, command: str) -> None:
    """Refuse a command for one tenant that is for the home as a whole.

    Raises:
        NotForATenant: If the call names a tenant.
    """
    if call.tenant != "default":
        raise NotForATenant(
            f'"settee {command}" is for the home and all its tenants, not for "{call.tenant}".',
            hint="Leave --tenant away.",
            place="--tenant",
        )
