"""Ask ChannelAttribution for the credit of some paths, in an interpreter of its own.

Reads / Writes: two files in the work folder.
Not here: the asking itself (bench/peers/run_attribution.py).
"""

import os
import subprocess
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
    """

    credit: NDArray[np.float64]
    seconds: NDArray[np.float64]


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
        subprocess.TimeoutExpired: It took longer than the patience.
    """
    answer = task.parent / "answer.npz"
    script = ROOT / "bench" / "peers" / "run_attribution.py"
    words = [str(python), str(script), str(task), str(answer), str(order), str(n_seeds)]
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run(
        words,
        check=True,
        capture_output=True,
        timeout=patience_s,
        env={**os.environ, **one_thread},
    )
    with np.load(answer) as found:
        return PeerCredit(found["credit"], found["seconds"])
