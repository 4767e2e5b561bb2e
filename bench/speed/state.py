"""Keep the hot state of 100,000 accounts, and build it anew from the journal to the same bytes.

Each account did 20 things and was given an answer of 20 titles; some said what they like, and one
in a hundred turned out to be another. The state is folded in one process, read in full in another
whose memory is told, thrown away, and folded again: the hash over all states must not change. Where
redis-server is installed, the same is done in Redis, and what Redis holds is told.

Reads: nothing but the seed.  Writes: the work folder; a Redis of its own.
Not here: households, which are a view of their own (speed/who tells their bytes).
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bench.harness import ROOT, Bar, Context, Result
from settee.core import JournalSettings
from settee.store import Journal, Record

ID = "speed/state"
SUMMARY = "hot state of 100,000 accounts: memory, fold, and the same bytes from the journal again"

_ACCOUNTS, _QUICK = 100_000, 3_000
_EVENTS_EACH, _K, _ITEMS = 20, 20, 5_000
_BATCH = 2_000
_START_S = 1_790_000_000
Told = dict[str, float | str]


def run(context: Context) -> Result:
    """Fill a journal, fold it twice in files, and once more in Redis."""
    n = _QUICK if context.quick else _ACCOUNTS
    home = context.work / "home"
    n_entries = _fill(home, n, np.random.default_rng(context.seed))
    context.log(f"{n:,} accounts, {n_entries:,} entries in the journal")
    first = _child(home)
    for path in home.glob("*.db*"):
        if not path.name.startswith("journal"):
            path.unlink()
    again = _child(home)
    figures = {
        "accounts": float(first["accounts"]),
        "memory_mb": float(first["memory_mb"]),
        "rows_mb": float(first["row_bytes_mb"]),
        "cached_share": float(first["cached"]) / (2 * float(first["accounts"])),
        "fold_per_s": n_entries / float(first["fold_s"]),
        "get_us": float(first["get_us"]),
        "same_bytes": float(first["hash"] == again["hash"]),
    }
    if shutil.which("redis-server"):
        figures |= _in_redis(home, n_entries, str(first["hash"]), context.work)
    else:
        context.log("redis-server is not installed: nothing is told of it")
    bars = {
        "memory_mb": Bar(figures["memory_mb"], 200.0),
        "same_bytes": Bar(figures["same_bytes"], 1.0, at_most=False),
    }
    return Result(figures, bars)


def _fill(home: Path, n: int, rng: np.random.Generator) -> int:
    """A journal in which everybody lives a little, in turns."""
    n_entries = 0
    with Journal(home / "journal.db", JournalSettings(synchronous="normal")) as journal:
        waiting: list[Record] = []
        for record in _facts(n, rng):
            waiting.append(record)
            if len(waiting) == _BATCH:
                journal.append(waiting)
                n_entries += len(waiting)
                waiting = []
        journal.append(waiting)
        return n_entries + len(waiting)


def _facts(n: int, rng: np.random.Generator) -> Iterator[Record]:
    at_us = _START_S * 1_000_000
    for turn in range(_EVENTS_EACH):
        items = rng.integers(_ITEMS, size=n).tolist()
        for number in range(n):
            at_us += 1000
            event_id = f"e{turn}-{number}"
            body = b'{"event_id":"%b","item_id":"m%d"}' % (event_id.encode(), items[number])
            yield Record(event_id, f"account-{number}", "play", at_us, body)
    for number, shown in enumerate(rng.integers(_ITEMS, size=(n, _K)).tolist()):
        at_us += 1000
        rows = [{"item_id": f"m{item}", "rank": rank} for rank, item in enumerate(shown, 1)]
        body = json.dumps({"event_id": f"x{number}", "items": rows}).encode()
        yield Record(f"x{number}", f"account-{number}", "exposure", at_us, body)
    for number in range(0, n, 10):
        body = b'{"tags":["Crime","Comedy"],"languages":["en"]}'
        yield Record(f"p{number}", f"account-{number}", "preferences", at_us, body)
    for number in range(0, n, 100):
        body = b'{"from":"account-%d"}' % (number + 1)
        yield Record(f"g{number}", f"account-{number}", "merge", at_us, body)


def _child(home: Path, url: str = "") -> Told:
    """Fold in one process, read in another."""
    told: Told = {}
    for what in ("fold", "read"):
        command = [sys.executable, "-m", "bench.speed.state_child", what, str(home), url]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
        told |= json.loads(done.stdout)
    return told


def _in_redis(home: Path, n_entries: int, expected: str, work: Path) -> dict[str, float]:
    with throwaway_redis(work) as port:
        told = _child(home, f"redis://127.0.0.1:{port}/0")
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(b"INFO memory\r\n")
            answer = line.recv(1 << 16).decode()
        used = next(row for row in answer.splitlines() if row.startswith("used_memory:"))
        return {
            "redis_memory_mb": int(used.partition(":")[2]) / 1e6,
            "redis_fold_per_s": n_entries / float(told["fold_s"]),
            "redis_same_bytes": float(told["hash"] == expected),
        }


@contextmanager
def throwaway_redis(work: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--save", "", "--dir", str(work)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=dict(os.environ))
    try:
        until_s = time.monotonic() + 20
        while time.monotonic() < until_s:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()
