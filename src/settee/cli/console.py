"""``settee console``: the console in the browser, in a process of its own.

Reads / Writes: the socket; asks a service that is already there.
Not here: pages (console), the service (web).
"""

from typing import Annotated

import typer

from settee.cli.call import Call
from settee.cli.tenant import refuse_tenant
from settee.core import Unavailable


class NoConsole(Unavailable):
    """The extra that the console needs is not installed."""

    code = "no_console"


def console(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to bind [console.host].")] = "",
    port: Annotated[
        int | None, typer.Option(help="Port, 0 for any [console.port].", min=0, max=65_535)
    ] = None,
    api: Annotated[str, typer.Option(help="Service that it asks [console.api_url].")] = "",
) -> None:
    """Serve the console until Ctrl-C; the service it asks is `settee serve`, here or elsewhere."""
    call: Call = context.obj
    refuse_tenant(call, "console")
    settings = call.settings()
    given = {"host": host or None, "port": port, "api_url": api or None}
    change = {name: value for name, value in given.items() if value is not None}
    own = settings.console.model_copy(update=change)
    try:
        from settee.console import serve_console  # loads NiceGUI: not for the other commands
    except ModuleNotFoundError as error:
        raise NoConsole(
            f"the console needs {error.name}, which is not installed.",
            hint="pip install 'settee[console]'",
        ) from None

    def say_where(url: str) -> None:
        if call.screen.is_json:
            call.screen.emit({"url": url})
        call.screen.remark(f"console on {url} (Ctrl-C stops)")

    serve_console(settings.model_copy(update={"console": own}), on_start=say_where)
