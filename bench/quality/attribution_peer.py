"""Ask ChannelAttribution for the credit of some paths, in an interpreter of its own.

Reads / Writes: two files in the work folder.
Not here: the asking itself (bench/peers/run_attribution.py).
"""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.harness import ROOT, Context
from bench.quality.peers import interpreter
from settee.measure import Paths

NAME = "ChannelAttribution"


@dataclass(frozen=True)
class PeerCredit:
    """What it answered.

    Args:
        credit: (n_seeds, C, columns); for a chain conversions and value, for order 0 those by
            first, last and linear.
        seconds: (n_seeds,) of the call alone.
        cpu_s: (n_seeds,) of them that it had a core.
    """

    credit: NDArray[np.float64]
    seconds: NDArray[np.float64]
    cpu_s: NDArray[np.float64]


class GivenUp(Exception):
    """It took longer than the patience.

    Args:
        seconds: How long it had computed, its table not counted; 0 where that did not stand yet.
    """

    def __init__(self, seconds: float) -> None:
        """Keep how long."""
        super().__init__(f"{NAME} was given up after {seconds:.0f} s of computing")
        self.seconds = seconds


def peer_python(context: Context) -> Path | None:
    """An interpreter that has the package, or None and a word why not."""
    python = interpreter()
    if python is not None:
        asked = [str(python), "-c", "import ChannelAttribution"]
        if subprocess.run(asked, capture_output=True, check=False).returncode == 0:
            return python
    context.log("no peer: run `make bench-peers`, or name an interpreter by SETTEE_PEERS_PYTHON")
    return None


def write_task(context: Context, paths: Paths) -> Path:
    """The paths in a file."""
    task = context.work / "paths.npz"
    np.savez(
        task,
        allow_pickle=False,
        names=np.array(paths.channels),
        indptr=paths.indptr,
        step=paths.step,
        converted=paths.converted,
        nulls=paths.nulls,
        value=paths.value,
    )
    return task


def ask(
    python: Path, task: Path, order: int, n_seeds: int = 1, patience_s: float | None = None
) -> PeerCredit:
    """Its credit.

    Raises:
        GivenUp: Starting, making its table and computing took longer than the patience.
    """
    answer = task.parent / "answer.npz"
    script = ROOT / "bench" / "peers" / "run_attribution.py"
    words = [str(python), str(script), str(task), str(answer), str(order), str(n_seeds)]
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        subprocess.run(
            words,
            check=True,
            capture_output=True,
            timeout=patience_s,
            env={**os.environ, **one_thread},
        )
    except subprocess.TimeoutExpired as error:
        told = (error.stdout or b"").split()  # its banner, and then the instant
        raise GivenUp(_since(told[-1]) if told else 0.0) from error
    with np.load(answer) as found:
        return PeerCredit(found["credit"], found["seconds"], found["cpu_s"])


def _since(told: bytes) -> float:
    """Seconds since the instant that was told; 0 where it is none."""
    try:
        return max(time.monotonic() - float(told), 0.0)
    except ValueError:
        return 0.0
