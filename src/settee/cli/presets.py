"""``settee presets``: settings that were searched on one kind of record, and their evidence.

Reads: the presets that settee brings, or a file.  Writes: stdout.
Not here: the search for others (cli.tune).
"""

from typing import Annotated

import typer

from settee.cli.call import Call
from settee.core import preset_names, preset_text


def presets(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="One of them, or the path of a TOML file.")] = "",
) -> None:
    """List the presets, or print one with the figures behind it."""
    call: Call = context.obj
    if name:
        text = preset_text(name)
        if call.screen.is_json:
            call.screen.emit({"name": name, "text": text})
        else:
            typer.echo(text, nl=False)
        return
    known = [
        {"name": one, "about": preset_text(one).partition("\n")[0].removeprefix("# ")}
        for one in preset_names()
    ]
    if call.screen.is_json:
        call.screen.emit(known)
        return
    call.screen.table("", ("preset", "searched on"), [(one["name"], one["about"]) for one in known])
    call.screen.remark("settee --set preset=NAME train")
