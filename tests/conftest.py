"""What holds for all tests: the suite's workers share the cores.

OpenBLAS has a thread for each core, which spins while it waits for work. Two workers on two cores
take the cores from each other so: the tests of learning took four times as long.

Reads: nothing.  Writes: the environment, for numpy; what the collector of garbage looks at.
"""

import gc
import os
import sys
import threading

import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


gc.disable()  # what is collected stays: to look through it on the way takes a third of the time


def pytest_collection_finish():
    """Rooms and tests live to the end, and are not looked through again and again."""
    gc.enable()
    gc.collect()
    gc.freeze()


def pytest_unconfigure():
    """Libraries look at the end whether something of theirs was left over."""
    gc.unfreeze()


@pytest.fixture
def untraced():
    """For tests of generators, each line of which would be traced, at twice the time.

    The mark `no_cover` stops what is measured in other threads too, and does not start it again
    there: of the console, which is served from a thread, nothing more was counted after it.
    """
    here, in_new_threads = sys.gettrace(), threading.gettrace()
    threading.settrace(None)
    sys.settrace(None)
    yield
    sys.settrace(here)
    threading.settrace(in_new_threads)
