"""``settee console``: the console in the browser, in a process of its own.

Reads / Writes: the socket; asks a service that is already there.
Not here: pages (console), the service (web).
"""

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from settee.cli.call import Call
from settee.cli.tenant import refuse_tenant
from settee.core import Unavailable, start_logging

if TYPE_CHECKING:
    from uvicorn import Server


_BEHIND = 10
"""Of 19; with this a process gets a tenth of a core that another one wants as well."""


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
    while_open: Annotated[
        bool,
        typer.Option(
            "--while-open", hidden=True, help="End when stdin does, and step behind who works."
        ),
    ] = False,
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

    start_logging(settings.serve)
    if while_open:
        _step_behind()
    serve_console(
        settings.model_copy(update={"console": own}),
        on_start=say_where,
        on_server=_ends_with_stdin if while_open else lambda _: None,
    )


class ConsoleBeside:
    """The console of a service, in a process that ends when this one does, however it does.

    It gets the processor where the service leaves it, so that nobody waits for a page to be drawn.
    It holds the other end of a pipe: when this process is gone, killed or not, the pipe closes.

    Args:
        call: How settee was called; the console reads the same settings.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self, url: str) -> None:
        """Start it; `url` is where the service listens."""
        call = self._call
        words = [f"--set={flag}" for flag in call.flags]
        words += [] if call.config is None else [f"--config={call.config}"]
        words += [] if call.home is None else [f"--home={call.home}"]
        self._process = subprocess.Popen(  # noqa: S603 -- our own program, words as a list
            [sys.executable, "-m", "settee", *words, "console", "--api", url, "--while-open"],
            stdin=subprocess.PIPE,
        )

    def end(self) -> None:
        """Let it end, and wait for that."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()


def _step_behind() -> None:
    """Let the service go first where both want the processor."""
    if hasattr(os, "nice"):
        os.nice(_BEHIND)


def _ends_with_stdin(server: "Server") -> None:
    def wait() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True

    threading.Thread(target=wait, daemon=True).start()
