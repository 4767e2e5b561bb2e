"""Invert a positive definite matrix in place; also a program that does so to a file.

A Cholesky factor and its inverse need one array of n x n and two thirds of the arithmetic of a
general inverse. As a program (``python -P cholesky.py FILE``) it imports nothing of settee, starts
in a tenth of a second, and may die without taking anybody with it.

Reads / Writes: as a program, the file of float32 that it is given.
Source: LAPACK spotrf and spotri.
Not here: when a program does it (candidates.solve).
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def invert_upper(upper: NDArray[np.float32]) -> int:
    """Replace the upper triangle by that of the inverse; 0, or LAPACK's error number.

    Args:
        upper: (n, n) float32 by rows, n of 1 or more; the lower triangle is not read.
    """
    from scipy.linalg import lapack  # loads much, and serving needs none

    # The upper triangle by rows is the lower one by columns, which LAPACK takes without a copy.
    by_columns = upper.T
    _, failed = lapack.spotrf(by_columns, lower=1, clean=0, overwrite_a=1)
    if failed == 0:
        _, failed = lapack.spotri(by_columns, lower=1, overwrite_c=1)
    return int(failed)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    n = round((path.stat().st_size / 4) ** 0.5)
    mapped = np.memmap(path, np.float32, "r+", shape=(n, n))
    failed = invert_upper(np.asarray(mapped))
    mapped.flush()
    sys.exit(3 if failed else 0)
