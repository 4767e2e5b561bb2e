"""What does a reader of the news open next, asked of models that stood still at midnight?

The sessions of a day judge models that were fitted on the sessions of the day before; the pair of
days before that chooses settings. Of each session the last article is to be found from those before
it. Two of five of these articles did not exist at midnight, and no frozen model can find them: the
figures of all sessions tell what freshness costs, and `findable_share` how many could be found at
all. The running service, which learns by the minute, is asked the same kind of question by
quality/globo-live.

Reads: a folder with clicks_until_oct12.parquet, itself or its subfolder globo-news; without one, a
made-up portal, and says so.
Not here: the clicks (globo_day), systems and peers (beside).
"""

import numpy as np
from numpy.typing import NDArray

from bench.harness import Context, Result
from bench.quality.beside import Asked, Task, beside, drawn, next_measure
from bench.quality.globo_day import DAY_MS, Clicks, invent_clicks, read_clicks
from bench.quality.judging import Truth
from settee.events import Histories, Interactions

ID = "quality/globo"
SUMMARY = "the last article of news sessions by models of the day before, beside other libraries"

_PEOPLE = 1500
_MOST_EASE_ITEMS = 3000
"""EASE of all libraries looks at the most clicked articles: nearly all clicks are theirs."""


def run(context: Context) -> Result:
    """Three days: the first trains those that choose, the second chooses and trains, the third
    judges.
    """
    clicks = _clicks(context)
    last = clicks.midnight_ms
    days = [last - 2 * DAY_MS, last - DAY_MS, last]
    sessions = [_sessions(clicks, start) for start in days]
    items = np.unique(clicks.item[np.concatenate(sessions)])
    position = np.full(clicks.n_items, -1, np.int64)
    position[items] = np.arange(len(items))
    train, refit = (_events(clicks, rows, position, len(items)) for rows in sessions[:2])
    most = 400 if context.quick else _PEOPLE
    valid = drawn(_asked(_events(clicks, sessions[1], position, len(items))), most, context.seed)
    test = drawn(_asked(_events(clicks, sessions[2], position, len(items))), most, context.seed)
    known = np.isin(test.truth.index, refit.item)
    context.log(
        f"{len(refit)} clicks of the day before on {len(np.unique(refit.item))} articles train; "
        f"{test.n_people} sessions judge, {known.mean():.1%} of their last articles were there"
    )
    task = Task(
        train=train,
        valid=valid,
        test=test,
        headline="mrr@20",
        measure=next_measure,
        refit=refit,
        updates={
            "ease_max_items": _MOST_EASE_ITEMS,
            "next_ridge_max_items": 0,
            "popular_half_life_days": 1.0,
        },
        leave_out=("graph", "slim"),  # they know no order, as EASE, and take the longest
        most_ease_items=_MOST_EASE_ITEMS,
        preset="news",
    )
    found = beside(context, task)
    figures = found.figures | {"findable_share": round(float(known.mean()), 4)}
    return Result(figures, found.bars, found.peers)


def _clicks(context: Context) -> Clicks:
    name = "clicks_until_oct12.parquet"
    for folder in () if context.data is None else (context.data, context.data / "globo-news"):
        if (folder / name).is_file():
            return read_clicks(folder / name)
    context.log("no data folder with globo-news: a made-up portal, whose figures say nothing")
    return invent_clicks(context.seed)


def _sessions(clicks: Clicks, start_ms: int) -> NDArray[np.int64]:
    """Clicks of a day of sessions that began on it, in order of sessions and time."""
    first = np.full(int(clicks.session.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, clicks.session, clicks.at_ms)
    began = first[clicks.session]
    is_of_day = (began >= start_ms) & (began < start_ms + DAY_MS)
    rows = np.flatnonzero(is_of_day & (clicks.at_ms < start_ms + DAY_MS))
    return rows[np.argsort(clicks.session[rows], kind="stable")]


def _events(
    clicks: Clicks, rows: NDArray[np.int64], position: NDArray[np.int64], n_items: int
) -> Interactions:
    """Sessions as accounts, each article where it was first clicked."""
    sessions, account = np.unique(clicks.session[rows], return_inverse=True)
    item = position[clicks.item[rows]].astype(np.int32)
    _, first = np.unique(account * n_items + item, return_index=True)
    keep = np.sort(first)
    return Interactions(
        tuple(f"s{session}" for session in sessions), n_items, account[keep].astype(np.int32),
        item[keep], clicks.at_ms[rows][keep] // 1000, np.ones(len(keep), np.bool_),
    )  # fmt: skip


def _asked(events: Interactions) -> Asked:
    """Sessions of two articles or more before their last one."""
    sizes = np.bincount(events.account, minlength=events.n_accounts)
    last = np.cumsum(sizes) - 1
    people = np.flatnonzero(sizes >= 2)
    before = np.ones(len(events), np.bool_)
    before[last] = False
    place = np.flatnonzero(before & np.isin(events.account, people))
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[people] - 1)])
    truth = Truth(np.arange(len(people) + 1), events.item[last[people]], events.n_items)
    strangers = np.full(len(people), -1, np.int64)
    return Asked(Histories(indptr, events.item[place], events.at_s[place]), truth, strangers)
