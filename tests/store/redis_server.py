"""A throw-away Redis on a free port, for the tests that speak to one."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BINARY = shutil.which("redis-server")


class Server:
    """A Redis that can be killed and started again; nothing of it outlives its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, *options: str) -> None:
        assert BINARY is not None
        command = [
            BINARY, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
            "--dir", str(self.folder), "--logfile", "redis.log", *options,
        ]  # fmt: skip
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until_s = time.monotonic() + 20
        while time.monotonic() < until_s:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise AssertionError("redis-server did not start")

    def pause(self, seconds: float) -> None:
        """Let it answer nobody for a while."""
        assert self._process is not None
        process = self._process
        process.send_signal(signal.SIGSTOP)
        threading.Timer(seconds, process.send_signal, (signal.SIGCONT,)).start()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A Redis, gone at the end; without the program the test is skipped, save where CI is set."""
    if BINARY is None and not os.environ.get("CI"):
        pytest.skip("redis-server is not installed")
    server = Server(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
