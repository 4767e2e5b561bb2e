"""Compare found persons with true persons: matching, agreement, ranking, calibration.

Found persons have names of their own, so they are first matched one to one with the true ones. If
"p1" was on top in 8 sessions of Ann and 1 of Bob, and "p2" in 2 of Bob, then p1 is Ann and p2 is
Bob: 10 of 11 right.

Reads / Writes: nothing.
Source: Kuhn (1955), "The Hungarian method for the assignment problem"; Hubert and Arabie (1985),
"Comparing partitions"; Naeini et al. (2015) for the expected calibration error; Mann and Whitney
(1947) for the area under the ROC curve.
Not here: which sessions count and how figures are put together (people.scoring).
"""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Numbers = NDArray[np.int64]


def match_columns(counts: Values) -> Numbers:
    """Match rows with columns one to one so that the sum of the matched cells is greatest.

    Args:
        counts: (n_found, n_true), at least 0: sessions in which that found person was on top and
            that true person was present.

    Returns:
        (n_found,) int64 number of the true person, -1 where a found person is nobody: matched with
        none, or only with somebody who was never there together with it.

    >>> match_columns(np.array([[8.0, 1.0], [0.0, 2.0], [1.0, 0.0]])).tolist()
    [0, 1, -1]
    """
    from scipy.optimize import linear_sum_assignment  # loads much, and serving needs none

    matched = np.full(len(counts), -1, np.int64)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    is_met = counts[rows, columns] > 0
    matched[rows[is_met]] = columns[is_met]
    return matched


def adjusted_rand(found: Numbers, true: Numbers) -> float:
    """How far two groupings of the same sessions agree beyond chance: 1 the same, 0 as by chance.

    Args:
        found: (n,) number of a group, at least 0; n at least 1.
        true: (n,) number of a group, at least 0.

    >>> adjusted_rand(np.array([1, 1, 0, 0]), np.array([0, 0, 1, 1]))
    1.0
    >>> adjusted_rand(np.array([0, 0, 0, 0]), np.array([0, 0, 1, 1]))
    0.0
    """
    n_true = int(true.max()) + 1
    size = (int(found.max()) + 1, n_true)
    cells = np.bincount(found * n_true + true, minlength=size[0] * n_true).reshape(size)
    both = _pairs(cells)
    one, other, every = _pairs(cells.sum(axis=1)), _pairs(cells.sum(axis=0)), _pairs(cells.sum())
    chance = one * other / every if every else 0.0
    most = (one + other) / 2
    return 1.0 if most == chance else float((both - chance) / (most - chance))


def _pairs(n: Numbers | np.int64) -> float:
    return float((n * (n - 1) / 2).sum())


def ranks(values: Values) -> Numbers:
    """Number of each value among the distinct ones, ascending from 0; equal values share theirs.

    >>> ranks(np.array([0.2, 0.1, 0.2])).tolist()
    [1, 0, 1]
    """
    _, rank = np.unique(values, return_inverse=True)
    return rank


def auc(rank: Numbers, is_positive: NDArray[np.bool_], weight: Values) -> float:
    """Chance that a positive scores above a negative; ties count half.

    Args:
        rank: (n,) rank of the score, ascending, equal scores share theirs.
        is_positive: (n,)
        weight: (n,) at least 0: how often each is counted.

    Returns:
        0 to 1; NaN where positives or negatives are missing.

    >>> auc(np.array([0, 1, 1]), np.array([False, False, True]), np.ones(3))
    0.75
    """
    above = np.bincount(rank, weight * is_positive)
    below = np.bincount(rank, weight * ~is_positive)
    total = above.sum() * below.sum()
    if not total > 0:
        return float("nan")
    under = np.cumsum(below) - below
    return float((above * (under + below / 2)).sum() / total)


def accuracy_at(rank: Numbers, is_right: NDArray[np.bool_], weight: Values, share: float) -> float:
    """Share right among the most confident `share` of the sessions.

    Where the cut falls among equally confident sessions, each counts with the same part.

    Args:
        rank: (n,) rank of the confidence, the most confident 0, equal ones share theirs.
        is_right: (n,)
        weight: (n,) at least 0: how often each is counted.
        share: Above 0, at most 1.

    Returns:
        0 to 1; NaN without a session.

    >>> right = np.array([True, True, False])
    >>> round(accuracy_at(np.array([0, 1, 1]), right, np.ones(3), 2 / 3), 6)
    0.75
    """
    wanted = share * weight.sum()
    if not wanted > 0:
        return float("nan")
    size = np.bincount(rank, weight)
    n_right = np.bincount(rank, weight * is_right)
    taken = np.clip(wanted - (np.cumsum(size) - size), 0, size)
    part = np.divide(taken, size, out=np.zeros_like(size), where=size > 0)
    return float((n_right * part).sum() / wanted)


def calibration_error(sums: Values) -> float:
    """Mean distance between how sure and how right, over bins of confidence, by their sessions.

    Args:
        sums: (3, n_bins) per bin: sessions, sum of confidences, sessions that were right.

    Returns:
        0 to 1; NaN without a session.

    >>> calibration_error(np.array([[10.0, 10.0], [5.0, 9.0], [5.0, 7.0]]))
    0.1
    """
    n = sums[0].sum()
    return float(np.abs(sums[1] - sums[2]).sum() / n) if n > 0 else float("nan")
