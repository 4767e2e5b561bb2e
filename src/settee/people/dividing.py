"""Find households of more than eight by dividing their largest persons in two.

Fits of nine persons at once have too many ways to go wrong. So eight are found first, and then the
one with most sessions is looked at alone: if two explain those sessions better by the rule that
sizes households, there are nine; and so on until nobody divides or the most are reached.

Reads: sessions of a household.  Writes: nothing.
Source: Steinbach, Karypis & Kumar (2000), bisecting; the rule is that of people.sizing.
Not here: fits of up to eight (people.mixture).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FLAT = 8
"""Most persons that are looked for at once."""
_LEAST = 6  # sessions of somebody who may be two


def divided(
    share: Floats, most: int, n_told: int, halves: Callable[[NDArray[np.int64]], Floats]
) -> Floats:
    """Shares with persons divided where two explain more than one.

    Args:
        share: (n, K + 1) shares of persons found at once, the guest last.
        most: Most persons.
        n_told: The first so many were told by people and stay whole.
        halves: Given (m,) ascending rows, their (m, 2 + 1) shares among two persons and a guest, or
            (m, 1 + 1) if they are one.

    >>> share = np.tile([1.0, 0.0], (8, 1))
    >>> divided(share, 2, 0, lambda rows: np.eye(3)[rows % 2]).sum(axis=0).tolist()
    [4.0, 4.0, 0.0]
    """
    whole: set[int] = set(range(n_told))
    while share.shape[1] - 1 < most:
        sizes = share[:, :-1].sum(axis=0)
        open_ = [one for one in np.argsort(-sizes, kind="stable").tolist() if one not in whole]
        if not open_:
            break
        largest = open_[0]
        rows = np.flatnonzero(share.argmax(axis=1) == largest)
        parts = halves(rows) if len(rows) >= _LEAST else None
        if parts is None or parts.shape[1] != 3:
            whole.add(largest)
            continue
        share = _with_halves(share, largest, rows, parts)
    return share


def _with_halves(share: Floats, who: int, rows: NDArray[np.int64], parts: Floats) -> Floats:
    """One person's column in two; sessions that were less than half theirs go by size."""
    pair = parts[:, :2] / np.maximum(parts[:, :2].sum(axis=1, keepdims=True), 1e-12)
    among = np.tile(pair.mean(axis=0), (len(share), 1))
    among[rows] = pair
    two = share[:, who : who + 1] * among
    columns = [share[:, :who], two[:, :1], share[:, who + 1 : -1], two[:, 1:], share[:, -1:]]
    return np.concatenate(columns, axis=1)
