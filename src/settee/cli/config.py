"""``settee config``: the effective settings, as a file that can be kept.

Reads: settings file, environment, flags.  Writes: stdout.
"""

import typer

from settee.cli.call import Call
from settee.core import settings_toml


def config(context: typer.Context) -> None:
    """Print the effective settings with their meaning; secrets are masked."""
    call: Call = context.obj
    settings = call.settings()
    if call.screen.is_json:
        call.screen.emit(settings.model_dump(mode="json"))
        return
    file = call.settings_file()
    call.screen.remark(f"settings from {file or 'defaults'}, environment and flags")
    typer.echo(settings_toml(settings), nl=False)
