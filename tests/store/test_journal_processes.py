"""Processes that share a journal, and processes that are killed while they append."""

import subprocess
import sys
import threading
from pathlib import Path

from settee.core import JournalSettings
from settee.store import Journal, Record

WRITER = """
import sys
from pathlib import Path
from settee.core import JournalSettings
from settee.store import Journal, Record

path, name, first, n = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with Journal(path, JournalSettings()) as journal:
    print("ready", flush=True)
    sys.stdin.readline()
    for batch in range(first, first + n):
        ids = [f"{name}{batch}-{row}" for row in range(20)]
        journal.append([Record(one, "a", "play", 1, b"{}") for one in ids])
        print(batch, flush=True)
"""


def start(path: Path, name: str, first: int, n: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(first), str(n)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def lines(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.read().split()


def stored(path: Path) -> list[str]:
    with Journal(path, JournalSettings()) as journal:
        return [entry.record.event_id for entry in journal.read(0, 1_000_000)]


def test_two_processes_append_the_same_events_at_once_and_each_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "fresh" / "journal.db"
    firsts = (0, 10)  # batches 10 to 29 are sent by both
    processes = [start(path, "e", first, 30) for first in firsts]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        go(process)
    for first, process in zip(firsts, processes, strict=True):
        with process:
            assert lines(process) == [str(batch) for batch in range(first, first + 30)]
    expected = [f"e{batch}-{row}" for batch in range(40) for row in range(20)]
    assert sorted(stored(path)) == sorted(expected)


def test_after_a_kill_all_that_was_acknowledged_is_there_exactly_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    acknowledged: list[int] = []
    for first in (0, 100_000):
        process = start(path, "e", first, 100_000)
        with process:
            assert process.stdout is not None
            process.stdout.readline()
            go(process)
            acknowledged += [int(process.stdout.readline()) for _ in range(15)]
            threading.Timer(0.003, process.kill).start()
            acknowledged += [int(line) for line in lines(process)]
    found = stored(path)
    assert len(found) == len(set(found))
    promised = {f"e{batch}-{row}" for batch in acknowledged for row in range(20)}
    assert promised <= set(found)
    batches = {event_id.partition("-")[0] for event_id in found}
    assert len(found) == 20 * len(batches)  # a batch is there whole or not at all
    with Journal(path, JournalSettings()) as journal:  # sending all of it again adds nothing
        again = journal.append([Record(one, "a", "play", 1, b"{}") for one in sorted(promised)])
        assert again.n_new == 0
