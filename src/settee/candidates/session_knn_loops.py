"""Find the sessions most like a history, and add up what they hold.

Every item of the history adds its say to its latest sessions; a heap keeps the best of them. Of 300
sessions of 8 items that is 2,400 sums. What an item of the history says for itself is left out.

Reads / Writes: the arrays it is given.
Not here: the sessions themselves (candidates.session_knn).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.topk import offer, sort_descending

_LOW = np.uint64(0xFFFFFFFF)


class Index(NamedTuple):
    """Sessions, and the latest ones of each item.

    Args:
        start: (n_sessions + 1,) int64; session s holds ``item[start[s]:start[s + 1]]``, in order.
        item: (n,) int32.
        worth: (n_sessions,) float32 above 0: less for a long one and for an old one.
        of_item_start: (n_items + 1,) int64; item i is in
            ``of_item[of_item_start[i]:of_item_start[i + 1]]``.
        of_item: (n_kept,) int32 sessions, the latest first.
        rarity: (n_items,) float32: what an item counts that is put forward.
    """

    start: NDArray[np.int64]
    item: NDArray[np.int32]
    worth: NDArray[np.float32]
    of_item_start: NDArray[np.int64]
    of_item: NDArray[np.int32]
    rarity: NDArray[np.float32]


class Pace(NamedTuple):
    """What counts how much; as the settings `session_knn_*` of these names.

    Args:
        sessions: Most alike sessions that speak.
        fade: What each later item of the history leaves of an item's say.
        distance: What each place leaves, from the last item in common.
        before: Say of what lies before that item.
    """

    sessions: int
    fade: float
    distance: float
    before: float


@njit(cache=True, nogil=True)
def _says(
    history: NDArray[np.int32], amount: NDArray[np.float64], fade: float, out: NDArray[np.float64]
) -> None:
    """Write what each item of a history says; one that is not there passes no time."""
    say = 1.0
    for place in range(len(history) - 1, -1, -1):
        out[place] = 0.0
        if amount[place] > 0.0:
            out[place] = say * amount[place]
            say *= fade


@njit(cache=True, nogil=True)
def _alike(
    index: Index,
    n_most: int,
    history: NDArray[np.int32],
    say: NDArray[np.float64],
    chosen: NDArray[np.uint64],
) -> int:
    """Write the most alike sessions, best first; their number."""
    likeness = np.zeros(len(index.worth), np.float64)
    room = 0
    for place in range(len(history)):
        room += index.of_item_start[history[place] + 1] - index.of_item_start[history[place]]
    touched = np.empty(room, np.int32)
    n_touched = 0
    for place in range(len(history)):
        item = history[place]
        if say[place] == 0.0:
            continue
        for cell in range(index.of_item_start[item], index.of_item_start[item + 1]):
            session = index.of_item[cell]
            if likeness[session] == 0.0:
                touched[n_touched] = session
                n_touched += 1
            likeness[session] += say[place]
    one = np.empty(1, np.float32)
    bits = one.view(np.uint32)
    size = 0
    for place in range(n_touched):
        session = touched[place]
        one[0] = likeness[session] * index.worth[session]
        key = (np.uint64(bits[0]) << np.uint64(32)) | (_LOW - np.uint64(session))
        size = offer(chosen[:n_most], size, key)
    sort_descending(chosen[:n_most], size)
    return size


@njit(cache=True, nogil=True)
def _last_in_common(index: Index, session: int | np.int64, say_of: NDArray[np.float64]) -> int:
    for cell in range(index.start[session + 1] - 1, index.start[session] - 1, -1):
        if say_of[index.item[cell]] > 0.0:
            return cell
    return -1


@njit(cache=True, nogil=True)
def _in_common_without(
    index: Index, session: int | np.int64, say_of: NDArray[np.float64], left_out: int
) -> float:
    """The say of all items in common but one."""
    total = 0.0
    for cell in range(index.start[session], index.start[session + 1]):
        if index.item[cell] != left_out:
            total += say_of[index.item[cell]]
    return total


@njit(cache=True, nogil=True)
def _reach(cell: int, last: int, pace: Pace) -> float:
    """What an item at `cell` counts in a session whose last item in common is at `last`."""
    if cell < last:
        return float(pace.before * pace.distance ** (last - cell - 1))
    return float(pace.distance ** max(cell - last - 1, 0))


@njit(cache=True, nogil=True)
def score_sessions(
    index: Index,
    pace: Pace,
    indptr: NDArray[np.int64],
    history: NDArray[np.int32],
    amount: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Write what alike sessions put forward: (n_people, n_items)."""
    say_of = np.zeros(out.shape[1], np.float64)
    total = np.zeros(out.shape[1], np.float64)
    chosen = np.empty(pace.sessions, np.uint64)
    for person in range(out.shape[0]):
        items = history[indptr[person] : indptr[person + 1]]
        say = np.empty(len(items), np.float64)
        _says(items, amount[indptr[person] : indptr[person + 1]], pace.fade, say)
        for place in range(len(items)):
            say_of[items[place]] = say[place]
        total[:] = 0.0
        for rank in range(_alike(index, pace.sessions, items, say, chosen)):
            session = np.int64(_LOW - (chosen[rank] & _LOW))
            last = _last_in_common(index, session, say_of)
            in_common = _in_common_without(index, session, say_of, -1)
            for cell in range(index.start[session], index.start[session + 1]):
                item = index.item[cell]
                said = in_common
                if say_of[item] > 0.0:
                    said = _in_common_without(index, session, say_of, item)
                said *= index.worth[session]
                total[item] += said * _reach(cell, last, pace) * index.rarity[item]
        for item in range(out.shape[1]):
            out[person, item] = total[item]
        for place in range(len(items)):
            say_of[items[place]] = 0.0


@njit(cache=True, nogil=True)
def share_sessions(
    index: Index, pace: Pace, history: NDArray[np.int32], parts: NDArray[np.float64]
) -> None:
    """Add what each item of one history has in each score: (n_history, n_items)."""
    say = np.empty(len(history), np.float64)
    _says(history, np.ones(len(history)), pace.fade, say)
    place_of = np.full(parts.shape[1], -1, np.int64)
    say_of = np.zeros(parts.shape[1], np.float64)
    for place in range(len(history)):
        place_of[history[place]], say_of[history[place]] = place, say[place]
    chosen = np.empty(pace.sessions, np.uint64)
    for rank in range(_alike(index, pace.sessions, history, say, chosen)):
        session = np.int64(_LOW - (chosen[rank] & _LOW))
        last = _last_in_common(index, session, say_of)
        for cell in range(index.start[session], index.start[session + 1]):
            item = index.item[cell]
            reach = _reach(cell, last, pace) * index.rarity[item] * index.worth[session]
            for other in range(index.start[session], index.start[session + 1]):
                place = place_of[index.item[other]]
                if place >= 0 and index.item[other] != item:
                    parts[place, item] += say[place] * reach
