"""``settee serve``: the HTTP API of the workspace.

Reads / Writes: the workspace and the socket.
Not here: routes and limits (web).
"""

from collections.abc import Callable
from typing import Annotated

import typer

from settee.cli.call import Call
from settee.cli.console import ConsoleBeside
from settee.cli.screen import Screen
from settee.cli.tenant import refuse_tenant
from settee.core import Settings, start_logging


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to bind [serve.host].")] = "",
    port: Annotated[
        int | None, typer.Option(help="Port, 0 for any [serve.port].", min=0, max=65_535)
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that answer [serve.workers].", min=1, max=256)
    ] = None,
    with_console: Annotated[
        bool, typer.Option("--console", help="Serve the console too, in a process of its own.")
    ] = False,
) -> None:
    """Serve the HTTP API until Ctrl-C; SIGHUP renews the workers, SIGTERM lets them finish."""
    call: Call = context.obj
    refuse_tenant(call, "serve")
    given = {"host": host or None, "port": port, "workers": workers}
    change = {name: value for name, value in given.items() if value is not None}

    def settings() -> Settings:
        read = call.settings()
        return read.model_copy(update={"serve": read.serve.model_copy(update=change)})

    serve_until_stopped(call, settings, with_console=with_console)


def serve_until_stopped(
    call: Call, settings: Callable[[], Settings], *, with_console: bool = False
) -> None:
    """Open the workspace and serve it; says where on stderr once it listens.

    Args:
        call: The call.
        settings: Gives the effective settings, anew for workers that are renewed.
        with_console: Serve the console beside it, in a process of its own.
    """
    beside = ConsoleBeside(call) if with_console else None

    def say_where(url: str) -> None:
        _say_where(call.screen, url)
        if beside is not None:
            beside.begin(url)

    try:
        _serve(call, settings, say_where)
    finally:
        if beside is not None:
            beside.end()


def _serve(call: Call, settings: Callable[[], Settings], say_where: Callable[[str], None]) -> None:
    from settee import web  # loads FastAPI: not for the other commands

    chosen = settings()
    start_logging(chosen.serve)
    if chosen.serve.workers > 1:
        web.serve_by_workers(chosen, call.workspace, on_start=say_where, reread=settings)
        return
    with call.workspace(chosen) as workspace:
        web.serve(workspace, on_start=say_where)


def _say_where(screen: Screen, url: str) -> None:
    if screen.is_json:
        screen.emit({"url": url})
    screen.remark(f"listening on {url} (manual: {url}/docs, Ctrl-C stops)")
