"""``settee serve``: the HTTP API of the workspace.

Reads / Writes: the workspace and the socket.
Not here: routes and limits (web).
"""

from typing import Annotated

import typer

from settee.cli.call import Call
from settee.cli.screen import Screen
from settee.cli.tenant import refuse_tenant
from settee.core import Settings


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to bind [serve.host].")] = "",
    port: Annotated[
        int | None, typer.Option(help="Port, 0 for any [serve.port].", min=0, max=65_535)
    ] = None,
) -> None:
    """Serve the HTTP API until Ctrl-C."""
    call: Call = context.obj
    refuse_tenant(call, "serve")
    settings = call.settings()
    change: dict[str, object] = {"host": host} if host else {}
    if port is not None:
        change["port"] = port
    doors = settings.serve.model_copy(update=change)
    serve_workspace(call, settings.model_copy(update={"serve": doors}))


def serve_workspace(call: Call, settings: Settings) -> None:
    """Open the workspace and serve it; says where on stderr once it listens."""
    from settee.web import serve as listen  # loads FastAPI: not for the other commands

    with call.workspace(settings) as workspace:
        listen(workspace, on_start=lambda url: _say_where(call.screen, url))


def _say_where(screen: Screen, url: str) -> None:
    if screen.is_json:
        screen.emit({"url": url})
    screen.remark(f"listening on {url} (manual: {url}/docs, Ctrl-C stops)")
