"""A day of news sessions: clicks in order of time, its questions, and two tables beside us.

Every click that has one before it in its session is a question: what comes next? The tables are
co-click counts, from the last click to each item that was in a session with it: one stood still at
midnight, one is read anew every 60 seconds and forgets half in an hour. What neither knows comes by
clicks of the last minutes. Half-life and form of the table were chosen on 11 October, a day before
the one that judges, as the best of six for it.

Reads: clicks_until_oct12.parquet of a folder, or nothing: then a made-up portal, whose figures say
nothing.
Not here: the service that is asked (globo_live).
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from numba import njit
from numpy.typing import NDArray

DAY_MS = 86_400_000
_MOST_PARTNERS = 256
_LEAST_SESSIONS = 1000
REFRESH_MS = 60_000
_CO_HALF_LIFE_MS = 3_600_000.0
_HOT_HALF_LIFE_MS = 1_800_000.0
_REBASE = 300.0


@dataclass(frozen=True)
class Clicks:
    """Clicks in order of time.

    Args:
        at_ms: (n,) int64 since 1970.
        user: (n,) int64.
        session: (n,) int64 numbered from 0.
        item: (n,) int32 numbered from 0.
        device: (n,) int64.
        before: (n,) int64 the click before it in its session, -1 for the first.
        midnight_ms: Start of the day that judges.
        questions: (q,) int64 clicks of sessions of that day that have one before.
        origin: What this is.
    """

    at_ms: NDArray[np.int64]
    user: NDArray[np.int64]
    session: NDArray[np.int64]
    item: NDArray[np.int32]
    device: NDArray[np.int64]
    before: NDArray[np.int64]
    midnight_ms: int
    questions: NDArray[np.int64]
    origin: str

    @property
    def n_items(self) -> int:
        """How many items were clicked at all."""
        return int(self.item.max()) + 1


def read_clicks(file: Path) -> Clicks:
    """The clicks of a file; the last full day in it judges."""
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT user_id, session_id, session_start, article_id, ts, device_group "
            "FROM read_parquet(?) ORDER BY ts, session_id, article_id",
            [str(file)],
        ).fetchnumpy()
    columns = {name: np.asarray(value).astype(np.int64) for name, value in found.items()}
    return _clicks(columns, file.name)


def invent_clicks(seed: int) -> Clicks:
    """A small portal: a story breaks every half hour and is what most people read next."""
    rng = np.random.default_rng(seed)
    n_sessions, n_stories, days = 3000, 200, 4
    start_s = np.sort(rng.integers(0, days * 86_400, n_sessions)) + 1_700_006_400
    rows = []
    for session, begun_s in enumerate(start_s):
        newest = int((begun_s - start_s[0]) * n_stories / (days * 86_400))
        read = rng.permutation(np.maximum(newest - rng.geometric(0.4, 4), 0))
        for step, story in enumerate(dict.fromkeys(read.tolist())):
            rows.append(
                (int(rng.integers(900)), session, begun_s, story, (begun_s + 40 * step) * 1000, 1)
            )
    names = ("user_id", "session_id", "session_start", "article_id", "ts", "device_group")
    table = np.array(sorted(rows, key=lambda row: (row[4], row[1])), np.int64)
    return _clicks(dict(zip(names, table.T, strict=True)), "a made-up portal")


def _clicks(columns: dict[str, NDArray[np.int64]], origin: str) -> Clicks:
    start_day = columns["session_start"] // 86_400
    days = np.unique(start_day)
    n_sessions = [len(np.unique(columns["session_id"][start_day == day])) for day in days]
    least = min(_LEAST_SESSIONS, max(n_sessions) // 2)
    last = max(int(day) for day, n in zip(days, n_sessions, strict=True) if n >= least)
    _, session = np.unique(columns["session_id"], return_inverse=True)
    _, item = np.unique(columns["article_id"], return_inverse=True)
    before = _links(session.astype(np.int64))
    return Clicks(
        columns["ts"], columns["user_id"], session.astype(np.int64), item.astype(np.int32),
        columns["device_group"], before, last * DAY_MS,
        np.flatnonzero((start_day == last) & (before >= 0)), origin,
    )  # fmt: skip


@njit(cache=True)
def _links(session: NDArray[np.int64]) -> NDArray[np.int64]:
    last = np.full(session.max() + 1, -1, np.int64)
    before = np.empty(len(session), np.int64)
    for click in range(len(session)):
        before[click] = last[session[click]]
        last[session[click]] = click
    return before


def table_ranks(clicks: Clicks, questions: NDArray[np.int64], *, frozen: bool) -> NDArray[np.int64]:
    """Rank of each answer in the list of a co-click table, items of the session left out.

    Args:
        clicks: All clicks.
        questions: Rising.
        frozen: Stand still at midnight; otherwise read anew every 60 seconds.
    """
    stand_ms = clicks.midnight_ms if frozen else np.iinfo(np.int64).max
    ranks: NDArray[np.int64] = _ranks(
        clicks.at_ms, clicks.item, clicks.before, questions, clicks.n_items, stand_ms
    )
    return ranks


@njit(cache=True)
def _ranks(
    at_ms: NDArray[np.int64],
    item: NDArray[np.int32],
    before: NDArray[np.int64],
    questions: NDArray[np.int64],
    n_items: int,
    stand_ms: int,
) -> NDArray[np.int64]:
    partner = np.full((n_items, _MOST_PARTNERS), -1, np.int32)
    together = np.zeros((n_items, _MOST_PARTNERS), np.float64)
    size = np.zeros(n_items, np.int64)
    hot = np.zeros(n_items, np.float64)
    base_ms, done = at_ms[0], 0
    ranks = np.empty(len(questions), np.int64)
    for number in range(len(questions)):
        asked = questions[number]
        until_ms = min(at_ms[asked] // REFRESH_MS * REFRESH_MS, stand_ms)
        while done < asked and at_ms[done] < until_ms:
            if (at_ms[done] - base_ms) / _HOT_HALF_LIFE_MS > _REBASE:
                hot *= 2.0 ** (-(at_ms[done] - base_ms) / _HOT_HALF_LIFE_MS)
                together *= 2.0 ** (-(at_ms[done] - base_ms) / _CO_HALF_LIFE_MS)
                base_ms = at_ms[done]
            age_ms = at_ms[done] - base_ms
            hot[item[done]] += 2.0 ** (age_ms / _HOT_HALF_LIFE_MS)
            other = before[done]
            while other >= 0:
                worth = 2.0 ** (age_ms / _CO_HALF_LIFE_MS)
                _count(item[done], item[other], worth, partner, together, size)
                _count(item[other], item[done], worth, partner, together, size)
                other = before[other]
            done += 1
        score = hot / max(hot.sum(), 1e-300) * 2.0 ** ((until_ms - base_ms) / _CO_HALF_LIFE_MS)
        last = item[before[asked]]
        for place in range(size[last]):
            score[partner[last, place]] += together[last, place]
        other = before[asked]
        while other >= 0:
            score[item[other]] = -1.0
            other = before[other]
        right = score[item[asked]]
        ranks[number] = n_items if right <= 0.0 else 1 + (score > right).sum()
    return ranks


@njit(cache=True)
def _count(
    one: int,
    other: int,
    worth: float,
    partner: NDArray[np.int32],
    together: NDArray[np.float64],
    size: NDArray[np.int64],
) -> None:
    for known in range(size[one]):
        if partner[one, known] == other:
            together[one, known] += worth
            return
    place = int(size[one]) if size[one] < _MOST_PARTNERS else int(np.argmin(together[one]))
    size[one] = min(size[one] + 1, _MOST_PARTNERS)
    partner[one, place] = other
    together[one, place] = worth
