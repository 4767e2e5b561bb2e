"""Fold a record in processes of their own and kill them in the middle; the last one is spared.

One interpreter starts, each fold is a fork of it: only the start of Python is saved by that.
"""

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

from settee.events import activity
from settee.people import folding, importing
from tests.people.worlds import Place

_SPARED = 0


def fold(path: Path) -> None:
    """Fold a few entries and accounts at a time, so that there are many places to be killed at."""
    folding._BATCH = 5
    importing._SLICE = 20
    importing._REBUILT_AT_ONCE = 2
    importing._REBUILT_EVENTS = 30
    importing.activity = partial(activity, part_rows=60)  # type: ignore[attr-defined]  # to be replaced
    place = Place(path)
    place.people.fold()
    place.close()


def one(path: Path, kill_after_s: float = _SPARED) -> int:
    """Fold in a fork; how it ended."""
    child = os.fork()
    if not child:
        fold(path)
        os._exit(0)
    if kill_after_s:
        time.sleep(kill_after_s)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(path: Path, n_kills: int) -> None:
    rng = np.random.default_rng(3)
    ends = [one(path, float(rng.uniform(0.05, 0.7))) for _ in range(n_kills)]
    sys.stdout.write(f"{[*ends, one(path)]}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
