"""Hide a fifth of what each person has, drawn at random: half chooses settings, half judges.

For sets without an order or instants. Everybody is known to the models; what is not hidden trains
and is each person's history. Of ten items one chooses and one judges.

Reads / Writes: nothing.
Not here: systems and peers (beside).
"""

import numpy as np
from numpy.typing import NDArray

from bench.quality.beside import Asked, Task
from bench.quality.judging import Truth
from settee.events import Histories, Interactions

UNORDERED = ("next_ridge", "session_knn")
"""Sources that such sets have nothing for."""
_LEAST = 5


def interactions_of(user: NDArray[np.generic], thing: NDArray[np.generic]) -> Interactions:
    """Pairs as events of one instant."""
    users, account = np.unique(user, return_inverse=True)
    items, item = np.unique(thing, return_inverse=True)
    rows = np.lexsort((item, account))
    return Interactions(
        tuple(f"u{one}" for one in users), len(items), account[rows].astype(np.int32),
        item[rows].astype(np.int32), np.zeros(len(rows), np.int64), np.ones(len(rows), np.bool_),
    )  # fmt: skip


def hold_out(events: Interactions, seed: int) -> Task:
    """Cut the events of everybody with five items or more; others only train.

    Args:
        events: Distinct pairs, sorted by account and item.
        seed: Draws what is hidden.
    """
    rng = np.random.default_rng(seed)
    sizes = np.bincount(events.account, minlength=events.n_accounts)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    part = np.zeros(len(events), np.int8)  # 0 trains, 1 chooses, 2 judges
    people = np.flatnonzero(sizes >= _LEAST)
    for who in people:
        n_hidden = max(1, int(sizes[who]) // 10)
        order = starts[who] + rng.permutation(int(sizes[who]))
        part[order[:n_hidden]], part[order[n_hidden : 2 * n_hidden]] = 1, 2
    train = events.where(part == 0)
    indptr, rows = _rows(train, people)
    histories = Histories(indptr, train.item[rows], train.at_s[rows])
    asked = []
    for which in (1, 2):
        hidden = events.where(part == which)
        ends, found = _rows(hidden, people)
        truth = Truth(ends, hidden.item[found], events.n_items)
        asked.append(Asked(histories, truth, people.astype(np.int64)))
    return Task(train=train, valid=asked[0], test=asked[1], leave_out=UNORDERED)


def _rows(
    events: Interactions, people: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of those people, one after the other."""
    sizes = np.bincount(events.account, minlength=events.n_accounts)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[people])])
    place = np.arange(ends[-1]) + np.repeat(starts[people] - ends[:-1], sizes[people])
    return ends, place
