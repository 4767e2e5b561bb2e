"""Invert the large symmetric matrix behind EASE in place, in float32.

A Cholesky factor and its inverse need one array of n x n and two thirds of the time of a general
inverse: 3,700 items take under a second, 20,000 take 1.6 GB. LAPACK has been seen to take the
process with it at such sizes, so from `isolate_from` items on a child process does the work on a
file both see, and its death is an error here instead of the end of the service.

Reads / Writes: a temporary file, only for the child.
Source: LAPACK spotrf and spotri.
Not here: what the matrix holds (candidates.ease).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from settee.core import Unavailable

_CHILD = "import sys; from settee.candidates.solve import solve_file; solve_file(sys.argv[1])"


class SolveFailed(Unavailable):
    """The matrix could not be inverted, or the process that tried died."""

    code = "solve_failed"


def _invert(upper: NDArray[np.float32]) -> int:
    """Replace the upper triangle by that of the inverse; 0, or LAPACK's error number."""
    # The upper triangle by rows is the lower one by columns, which LAPACK takes without a copy.
    by_columns = upper.T
    _, failed = lapack.spotrf(by_columns, lower=1, clean=0, overwrite_a=1)
    if failed == 0:
        _, failed = lapack.spotri(by_columns, lower=1, overwrite_c=1)
    return int(failed)


def solve_file(path: str) -> None:
    """Invert the square matrix of float32 in that file, in place; exit status 3 if it fails."""
    n = int(np.sqrt(Path(path).stat().st_size // 4))
    upper = np.memmap(path, np.float32, "r+", shape=(n, n))
    failed = _invert(upper)
    upper.flush()
    sys.exit(3 if failed else 0)


def _invert_in_child(upper: NDArray[np.float32]) -> int:
    with tempfile.TemporaryDirectory(prefix="settee-solve-") as folder:
        path = Path(folder) / "matrix"
        upper.tofile(path)
        command = [sys.executable, "-c", _CHILD, str(path)]
        # The command is this interpreter with a text of ours.
        status = subprocess.run(command, check=False).returncode  # noqa: S603
        if status == 0:
            upper[:] = np.memmap(path, np.float32, "r", shape=upper.shape)
    return status


def invert(upper: NDArray[np.float32], isolate_from: int = 8000) -> None:
    """Replace the upper triangle of a positive definite matrix by that of its inverse.

    Args:
        upper: (n, n) float32 by rows; only the upper triangle is read and written.
        isolate_from: Size from which a child process does it (speed only).

    Raises:
        SolveFailed: The matrix is not positive definite, or the child died.
    """
    n = len(upper)
    if n == 0:
        return
    failed = _invert(upper) if n < isolate_from else _invert_in_child(upper)
    if failed:
        raise SolveFailed(
            f"EASE over {n} items was not solved (status {failed}).",
            hint="Raise sources.ease_l2 or lower sources.ease_max_items.",
        )
