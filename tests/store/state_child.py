"""Fold a journal into states in processes of their own and kill them in the middle.

One interpreter starts, each fold is a fork of it; the last one is spared.
"""

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

from settee.core import JournalSettings, StateSettings
from settee.store import Journal, account_view, open_state, vault_redis
from tests.store.facts import chunks

_SPARED = 0.0


def fold(home: Path, url: str) -> None:
    """A few entries at a time, so that there are many places to be killed at."""
    account_view.MAX_WAITING = 7
    vault_redis._GROUP = 3
    with (
        Journal(home / "journal.db", JournalSettings()) as journal,
        open_state(home, StateSettings(url=url), journal.last_offset()) as state,
    ):
        state.profiles.load_segment("s1", chunks(state.profiles))
        while entries := journal.read(state.offset(), 5):
            state.apply(entries)
        state.flush()


def one(home: Path, url: str, kill_after_s: float = _SPARED) -> int:
    """Fold in a fork; how it ended."""
    child = os.fork()
    if not child:
        fold(home, url)
        os._exit(0)
    if kill_after_s:
        time.sleep(kill_after_s)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(home: Path, url: str, n_kills: int) -> None:
    rng = np.random.default_rng(3)
    ends = [one(home, url, float(rng.uniform(0.01, 0.12))) for _ in range(n_kills)]
    sys.stdout.write(f"{[*ends, one(home, url)]}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
