"""What holds for all tests: the suite's workers share the cores.

OpenBLAS has a thread for each core, which spins while it waits for work. Two workers on two cores
take the cores from each other so: the tests of learning took four times as long.

Reads: nothing.  Writes: the environment, for numpy; what the collector of garbage looks at.
"""

import gc
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_collection_finish():
    """Rooms and tests live to the end, and are not looked through again and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure():
    """Libraries look at the end whether something of theirs was left over."""
    gc.unfreeze()
