"""A small shop written as files, and a settee process over it, for whole-product stories."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from settee.events import simulate, write_world

END_AT = datetime(2026, 11, 20, tzinfo=UTC)
FEW = 'sources.enabled=["popular","content","knn","ease"]'
"""The sources that train soonest, for what is not about models."""
_SLOWEST_START_S = 60.0


def write_small_world(folder: Path) -> int:
    """80 accounts, 120 titles, 40 days; the number of events."""
    items, events = simulate(11, 80, 120, 40, END_AT)
    return write_world(folder, items, events)


def settee(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line on a home folder, with JSON on stdout."""
    return subprocess.run(
        [sys.executable, "-m", "settee", "--home", str(home), "--json", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=_environment(),
    )


def told(home: Path, *words: str) -> dict[str, object]:
    """What a command that works says."""
    outcome = settee(home, *words)
    assert outcome.returncode == 0, outcome.stderr
    said = json.loads(outcome.stdout)
    assert isinstance(said, dict)
    return said


@contextmanager
def served(home: Path, *flags: str) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    """The HTTP API on a free port, and its process, ended at the end of the ``with``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "settee", "--home", str(home), *flags, "serve", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            _wait_for(client, process)
            yield client, process
    finally:
        process.kill()
        process.wait()


def _wait_for(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + _SLOWEST_START_S
    while time.monotonic() < give_up:
        assert process.poll() is None, "settee serve ended before it listened"
        try:
            if client.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("settee serve did not listen")


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SETTEE_")}
