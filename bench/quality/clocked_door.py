"""Serve a home folder in a process of its own, whose clock says what a file says.

A day of 2017 is lived through again in minutes: whoever sends its clicks writes before each the
instant of it into 8 bytes that the service maps. Nothing else of the service differs.

Reads / Writes: the home folder that it is given; sockets of 127.0.0.1.
Not here: what is sent (globo_live).
"""

import argparse
import mmap
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bench.harness import ROOT
from settee.app import open_workspace
from settee.core import Clock, load_settings
from settee.web import serve

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = struct.Struct("<q")


class Hands:
    """The hands of the clock: microseconds since 1970 in a file that both processes map."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(_INSTANT.size))
        with file.open("r+b") as opened:
            self._map = mmap.mmap(opened.fileno(), _INSTANT.size)

    def put(self, at_us: int) -> None:
        """Let it be that instant."""
        _INSTANT.pack_into(self._map, 0, at_us)

    def clock(self) -> Clock:
        """A clock with these hands."""
        return lambda: _EPOCH + timedelta(microseconds=_INSTANT.unpack_from(self._map, 0)[0])


@dataclass(frozen=True)
class ClockedDoor:
    """A running service and its clock."""

    port: int
    hands: Hands


@contextmanager
def clocked_door(home: Path, hands_file: Path, at_us: int) -> Iterator[ClockedDoor]:
    """Serve a home folder with `settee.toml` in it until the end of the ``with``."""
    hands = Hands(hands_file)
    hands.put(at_us)
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.quality.clocked_door", str(home), str(hands_file)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | {"NUMBA_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line.startswith("http"):
            raise RuntimeError(f"the service did not start: {line!r}")
        yield ClockedDoor(int(urlsplit(line.strip()).port or 0), hands)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main() -> None:
    """Be the service until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("hands", type=Path)
    given = parser.parse_args()
    settings = load_settings(given.home / "settee.toml")
    with open_workspace(settings, Hands(given.hands).clock()) as workspace:
        serve(workspace, on_start=lambda url: print(url, flush=True))


if __name__ == "__main__":
    main()
