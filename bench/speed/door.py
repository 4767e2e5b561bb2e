"""Start a service in a process of its own and put load on it from another, each on its core.

The service has the first usable core to itself, the load generator the next one; with one core
they share it, and the result says so. Both are children of the run and end with it.

Reads / Writes: the home folder that it is given; sockets of 127.0.0.1.
Not here: the load generator (bench.load).
"""

import argparse
import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.harness import ROOT
from bench.load import Outcome, write_requests
from settee.app import open_workspace
from settee.core import load_settings
from settee.web import serve

_START_S = 120
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
}


@dataclass(frozen=True)
class Door:
    """A running service."""

    port: int
    process: "subprocess.Popen[str]"
    told: dict[str, float]

    def cpu_s(self) -> float:
        """Processor time that the service has used so far, in seconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Memory that the service holds now, in MB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()


def cores() -> tuple[int, int]:
    """The core of the service and the core of the load."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[min(1, len(usable) - 1)]


@contextmanager
def running_door(home: Path, *flags: str) -> Iterator[Door]:
    """Serve the home folder until the end of the ``with``.

    Args:
        home: The folder.
        flags: ``section.key=value`` each.
    """
    command = [sys.executable, "-m", "bench.speed.door", str(home), str(cores()[0]), *flags]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | _ONE_THREAD,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line.startswith("http"):
            raise RuntimeError(f"the service did not start within its time: {line!r}")
        url, _, told = line.partition(" ")
        yield Door(int(urlsplit(url).port or 0), process, json.loads(told))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def load(
    door: Door,
    requests: Sequence[bytes],
    work: Path,
    *,
    rate: float = 0.0,
    seconds: float,
    connections: int,
    first: bool = False,
) -> Outcome:
    """Put load on a service from a process on its own core; rate 0 is a closed loop.

    Args:
        door: The service.
        requests: Asked one after the other, again and again.
        work: Where they are written for the process.
        rate: Requests a second.
        seconds: For so long.
        connections: Kept open.
        first: The load goes before all else on its core, so that it is never late itself where
            others work there; needs the right to say so (root).
    """
    file = work / "requests.bin"
    write_requests(file, requests)
    done = subprocess.run(
        [
            sys.executable, "-m", "bench.load", "--port", str(door.port), "--requests", str(file),
            "--rate", str(rate), "--seconds", str(seconds), "--connections", str(connections),
            "--core", str(cores()[1]), *(["--first"] if first else []),
        ],
        check=True, capture_output=True, text=True, cwd=ROOT, timeout=seconds + _START_S,
    )  # fmt: skip
    return Outcome(**json.loads(done.stdout))


def _collection_ms() -> float:
    before_s = time.perf_counter()
    gc.collect()
    return 1000 * (time.perf_counter() - before_s)


def main() -> None:
    """Be the service: serve one home folder from one core until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("core", type=int)
    parser.add_argument("flags", nargs="*", help="section.key=value")
    given = parser.parse_args()
    os.sched_setaffinity(0, {given.core})
    settings = load_settings(flags=["serve.port=0", *given.flags])
    settings = settings.model_copy(update={"home": given.home})

    def on_start(url: str) -> None:
        frozen_ms = _collection_ms()
        gc.unfreeze()
        thawed_ms = _collection_ms()
        gc.freeze()
        told = {"full_collection_ms": frozen_ms, "full_collection_unfrozen_ms": thawed_ms}
        print(url, json.dumps(told), flush=True)

    with open_workspace(settings) as workspace:
        serve(workspace, on_start=on_start)


if __name__ == "__main__":
    main()
