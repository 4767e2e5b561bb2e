"""Workers are real processes here; each notes in a file what it did."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from settee.web import workers
from settee.web.workers import Supervisor, WorkersFailed

PATIENT_S = 30.0


def until(is_so):
    """Wait for something to be so."""
    end = time.monotonic() + PATIENT_S
    while not is_so():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.02)


SCRIPT = textwrap.dedent(
    """
    import importlib.util, os, signal, sys, time

    # By its file: all of settee.web takes seconds to import.
    spec = importlib.util.spec_from_file_location("workers", sys.argv[2])
    workers = sys.modules["workers"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(workers)

    note = open(sys.argv[1], "a", buffering=1)

    def run(number, tell_ready):
        ended = []
        signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
        note.write(f"start {number} {os.getpid()}\\n")
        tell_ready()
        while not ended:
            time.sleep(0.01)
        note.write(f"end {number} {os.getpid()}\\n")

    n_reloads = []

    def reload():
        n_reloads.append(1)
        if len(n_reloads) == 2:
            raise RuntimeError("the settings cannot be read")

    def ready():
        note.write("ready\\n")

    workers.Supervisor(run, 2, 10.0, ready, reload).supervise()
    note.write("over\\n")
    """
)


@pytest.fixture
def parent(tmp_path):
    path = tmp_path / "note"
    path.touch()
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(path), workers.__file__])

    def noted(what):
        return [line for line in path.read_text().splitlines() if line.startswith(what)]

    until(lambda: noted("ready"))
    yield process, noted
    process.kill()
    process.wait()


def pids(lines):
    return [int(line.split()[2]) for line in lines]


def test_both_answer_before_anybody_is_told_and_both_finish_at_the_end(parent):
    process, noted = parent
    assert len(noted("start")) == 2
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENT_S) == 0
    assert sorted(pids(noted("end"))) == sorted(pids(noted("start")))
    assert noted("over")


def test_a_worker_that_dies_is_replaced(parent):
    process, noted = parent
    os.kill(pids(noted("start"))[0], signal.SIGKILL)
    until(lambda: len(noted("start")) == 3)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENT_S) == 0
    assert len(noted("end")) == 2


def test_at_a_hangup_new_ones_answer_before_the_old_ones_leave(parent):
    process, noted = parent
    old = pids(noted("start"))
    process.send_signal(signal.SIGHUP)
    until(lambda: len(noted("end")) == 2)
    assert sorted(pids(noted("end"))) == sorted(old)
    assert len(noted("start")) == 4
    process.send_signal(signal.SIGHUP)  # this time the settings are broken
    time.sleep(0.5)
    assert len(noted("end")) == 2
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENT_S) == 0
    assert len(noted("end")) == 4


def test_workers_that_cannot_start_are_said_to_have_failed():
    def run(*_):
        raise RuntimeError("it cannot be")

    with pytest.raises(WorkersFailed, match="ended before it answered"):
        Supervisor(run, 2, 5.0).supervise()


def test_a_worker_that_does_not_finish_is_ended():
    def run(_, tell_ready):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        tell_ready()
        time.sleep(60)

    def end():
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()

    supervisor = Supervisor(run, 1, 0.2, end)
    supervisor.supervise()
    assert supervisor.pids == []


def test_signals_to_this_process_renew_and_end_its_workers(tmp_path):
    """The same as above in this process, where reloading, dying and ending can be counted."""
    note = tmp_path / "note"
    note.touch()

    def run(number, tell_ready):
        ended = []
        signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
        with note.open("a", buffering=1) as file:
            file.write(f"start {number} {os.getpid()}\n")
            tell_ready()
            while not ended:
                time.sleep(0.01)
            file.write(f"end {number} {os.getpid()}\n")

    def noted(what):
        return [line for line in note.read_text().splitlines() if line.startswith(what)]

    reloads = []

    def reload():
        reloads.append(len(reloads))
        if reloads[-1] == 1:
            raise RuntimeError("the settings cannot be read")

    def go():
        own = os.getpid()
        os.kill(pids(noted("start"))[0], signal.SIGKILL)
        until(lambda: len(noted("start")) == 3)
        os.kill(own, signal.SIGHUP)
        until(lambda: len(noted("end")) == 2)
        os.kill(own, signal.SIGHUP)
        until(lambda: len(reloads) == 2)
        os.kill(own, signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    supervisor = Supervisor(run, 2, 10.0, lambda: threading.Thread(target=go).start(), reload)
    supervisor.supervise()
    assert len(noted("start")) == 5
    assert len(noted("end")) == 4
    assert supervisor.pids == []
    assert signal.getsignal(signal.SIGTERM) is before
