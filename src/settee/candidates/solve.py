"""Invert the large symmetric matrix behind EASE, and live to tell when that fails.

3,700 items take under a second, 20,000 take 1.6 GB and most of a minute, and LAPACK has been seen
to take the whole process with it at such sizes. From `isolate_from` items on a child process does
the work on a file, and its death is an error here instead of the end of the service.

Reads / Writes: a temporary file, only for the child.
Not here: the arithmetic (candidates.cholesky), what the matrix holds (candidates.ease).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from settee.candidates import cholesky
from settee.core import Unavailable


class SolveFailed(Unavailable):
    """The matrix could not be inverted, or the process that tried died."""

    code = "solve_failed"


def _in_child(upper: NDArray[np.float32]) -> int:
    with tempfile.TemporaryDirectory(prefix="settee-solve-") as folder:
        path = Path(folder) / "matrix"
        upper.tofile(path)
        command = [sys.executable, "-P", cholesky.__file__, str(path)]
        # This interpreter, a file of this package and a path made above.
        status = subprocess.run(command, check=False).returncode  # noqa: S603
        if status == 0:
            upper[:] = np.memmap(path, np.float32, "r", shape=upper.shape)
    return status


def invert(upper: NDArray[np.float32], isolate_from: int = 8000) -> None:
    """Replace the upper triangle of a positive definite matrix by that of its inverse.

    Args:
        upper: (n, n) float32 by rows; only the upper triangle is read, the rest may be changed.
        isolate_from: Size from which a child process does it (speed only).

    Raises:
        SolveFailed: The matrix is not positive definite, or the child died.
    """
    n = len(upper)
    if n == 0:
        return
    status = cholesky.invert_upper(upper) if n < isolate_from else _in_child(upper)
    if status:
        raise SolveFailed(
            f"EASE over {n} items was not solved (status {status}).",
            hint="Raise sources.ease_l2 or lower sources.ease_max_items.",
        )
