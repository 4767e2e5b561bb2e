"""Cut sorted events into sessions in compiled loops.

One pass: each device of the account remembers its running session and until when it was active;
an event that comes more than the gap later opens the next one. A second pass writes the distinct
items of each session in the order of first touch.

Reads / Writes: the arrays it is handed.
Not here: what the columns mean, and the order of the sessions (people.sessions).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

FACTS = 3
"""Columns of the facts of a session: device type, platform, profile."""
LASTS = 5
"""Columns of the rest: first event, last event, end, number of events, watched microseconds."""


@njit(cache=True, nogil=True)
def cut(
    account: NDArray[np.int32],
    device: NDArray[np.int32],
    device_type: NDArray[np.int8],
    platform: NDArray[np.int32],
    profile: NDArray[np.int32],
    at_us: NDArray[np.int64],
    lasted_us: NDArray[np.int64],
    is_presence: NDArray[np.bool_],
    n_devices: int,
    gap_us: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Sessions of events that are sorted by account and instant.

    Returns:
        (n,) which session an event is in, -1 without presence, numbered as they start;
        (n_sessions, FACTS) the last known of each fact; (n_sessions, LASTS).
    """
    n = len(account)
    session = np.full(n, -1, dtype=np.int64)
    running = np.full(n_devices + 1, -1, dtype=np.int64)
    facts = np.full((n, FACTS), -1, dtype=np.int32)
    lasts = np.zeros((n, LASTS), dtype=np.int64)
    n_sessions = 0
    for i in range(n):
        if not is_presence[i]:
            continue
        place = device[i] + 1
        s = running[place]
        if s < 0 or account[lasts[s, 0]] != account[i] or at_us[i] - lasts[s, 2] > gap_us:
            s = n_sessions
            n_sessions += 1
            running[place] = s
            lasts[s, 0] = i
            lasts[s, 2] = at_us[i]
        session[i] = s
        if device_type[i] >= 0:
            facts[s, 0] = device_type[i]
        if platform[i] >= 0:
            facts[s, 1] = platform[i]
        if profile[i] >= 0:
            facts[s, 2] = profile[i]
        lasts[s, 1] = i
        lasts[s, 2] = max(lasts[s, 2], at_us[i] + lasted_us[i])
        lasts[s, 3] += 1
        lasts[s, 4] += lasted_us[i]
    return session, facts[:n_sessions].copy(), lasts[:n_sessions].copy()


@njit(cache=True, nogil=True)
def touches(
    session: NDArray[np.int64], item: NDArray[np.int32], n_sessions: int, n_items: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Distinct items of each session, in the order in which its events come.

    Args:
        session: (n,) -1 for events that touch no item.
        item: (n,) positions.
        n_sessions: How many sessions there are.
        n_items: Size of the item space.

    Returns:
        (n_sessions + 1,) where each session's items start; the items; how often each was touched.
    """
    size = np.zeros(n_sessions + 1, dtype=np.int64)
    for i in range(len(session)):
        if session[i] >= 0:
            size[session[i] + 1] += 1
    start = size
    for s in range(n_sessions):
        start[s + 1] += start[s]
    by_session = np.empty(start[n_sessions], dtype=np.int64)
    free = start.copy()
    for i in range(len(session)):
        if session[i] >= 0:
            by_session[free[session[i]]] = i
            free[session[i]] += 1
    indptr = np.zeros(n_sessions + 1, dtype=np.int64)
    distinct = np.empty(len(by_session), dtype=np.int32)
    n_touches = np.zeros(len(by_session), dtype=np.int32)
    owner = np.full(n_items, -1, dtype=np.int64)
    slot = np.zeros(n_items, dtype=np.int64)
    n_distinct = 0
    for s in range(n_sessions):
        for place in range(start[s], start[s + 1]):
            j = item[by_session[place]]
            if owner[j] != s:
                owner[j] = s
                slot[j] = n_distinct
                distinct[n_distinct] = j
                n_distinct += 1
            n_touches[slot[j]] += 1
        indptr[s + 1] = n_distinct
    return indptr, distinct[:n_distinct].copy(), n_touches[:n_distinct].copy()
