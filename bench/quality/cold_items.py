"""Are items found that nobody has met yet, by content alone, from the moment they are put?

Of the films of MovieLens 1M that 50 people or more liked, 200 are hidden with all their ratings.
The live sources are fitted on the rest; then the hidden films are put, as they would be by PUT, and
each account of a sample is asked for 20 films. Hits are those of the hidden films that it liked.
Popularity by clicks knows none of them and lists films that were there; among the new ones it has
nothing to go by, so the fair guess is 20 of them at random. Then accounts that are nobody's yet
take a film that a viewer of the hidden one had liked, and after it the hidden one: how many such
events until it is in the list of `next` of somebody who just took the same?

Reads: a folder with ratings.parquet and items.parquet, itself or its subfolder ml-1m; without one,
made-up films and ratings, and says so.
Not here: titles with an audience (quality/ml-1m), news (quality/globo-live).
"""

import time

import numpy as np
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from bench.speed.movies import Movies, movies
from settee.candidates import LiveItems, stream_of, top_k
from settee.core import LiveSettings
from settee.events import Histories

ID = "quality/cold-items"
SUMMARY = (
    "items that nobody has met: found by content when put, by their first transitions when met"
)

_N_HIDDEN, _LEAST_AUDIENCE, _N_ASKED, _K = 200, 50, 1500, 20
_QUICK_ASKED = 100


def run(context: Context) -> Result:
    """Hide, put, ask."""
    data = context.data
    if data is not None and not (data / "ratings.parquet").is_file():
        data = data / "ml-1m"
    if data is None or not (data / "ratings.parquet").is_file():
        data = None
        context.log("no data folder: made-up films and ratings, whose figures say nothing")
    films = movies(data, context.seed, quick=context.quick)
    rng = np.random.default_rng(context.seed)
    hidden = _hidden(films, rng)
    live, put_ms = _with_hidden_put(films, hidden)
    asked = _asked(films, hidden, rng, _QUICK_ASKED if context.quick else _N_ASKED)
    figures = _by_content(films, live, hidden, asked, rng)
    figures |= _by_first_meetings(films, live, hidden)
    figures |= {"hidden": float(len(hidden)), "asked": float(len(asked)), "put_ms": put_ms}
    bars = {
        "recall@20 of films that nobody met, above popularity": Bar(
            figures["fresh.recall@20"], figures["random_new.recall@20"], at_most=False
        ),
        "found after so many first meetings": Bar(figures["next.meetings_until_found"], 1.0),
        "ms until a film that was put is found": Bar(put_ms, 1000.0),
    }
    return Result(figures, bars)


def _hidden(films: Movies, rng: np.random.Generator) -> NDArray[np.int64]:
    events = films.events
    audience = np.bincount(events.item[events.is_interest], minlength=events.n_items)
    liked = np.flatnonzero(audience >= min(_LEAST_AUDIENCE, np.sort(audience)[-_N_HIDDEN]))
    return np.sort(rng.choice(liked, min(_N_HIDDEN, len(liked)), replace=False))


def _with_hidden_put(films: Movies, hidden: NDArray[np.int64]) -> tuple[LiveItems, float]:
    """Live sources that know all but the hidden films, which are then put; ms for one of them."""
    catalogue, events = films.catalogue, films.events
    is_hidden = np.zeros(catalogue.n_items, np.bool_)
    is_hidden[hidden] = True
    live = LiveItems(catalogue.n_items, LiveSettings(fresh_items=len(hidden)))
    shown = np.flatnonzero(~is_hidden).astype(np.int32)
    live.describe_items(
        shown,
        [f"{catalogue.titles[one]} {catalogue.texts[one]}" for one in shown],
        [catalogue.tags_of(int(one)) for one in shown],
    )
    rows = np.flatnonzero(events.is_interest & ~is_hidden[events.item])
    rows = rows[np.argsort(events.at_s[rows], kind="stable")]
    streams = np.array([stream_of(one) for one in events.account_ids], np.uint64)
    live.take(streams[events.account[rows]], events.item[rows], events.at_s[rows])
    begun_s = time.perf_counter()
    for one in hidden.tolist():
        live.describe_items(
            np.array([one], np.int32),
            [f"{catalogue.titles[one]} {catalogue.texts[one]}"],
            [catalogue.tags_of(one)],
        )
    return live, round(1000 * (time.perf_counter() - begun_s) / len(hidden), 4)


def _asked(
    films: Movies, hidden: NDArray[np.int64], rng: np.random.Generator, n: int
) -> NDArray[np.int32]:
    """Accounts that liked a hidden film and another one."""
    events = films.events
    is_cold = np.isin(events.item, hidden) & events.is_interest
    cold = np.bincount(events.account[is_cold], minlength=events.n_accounts)
    all_of = np.bincount(events.account[events.is_interest], minlength=events.n_accounts)
    fit = np.flatnonzero((cold > 0) & (all_of > cold))
    return np.sort(rng.choice(fit, min(n, len(fit)), replace=False)).astype(np.int32)


def _by_content(
    films: Movies,
    live: LiveItems,
    hidden: NDArray[np.int64],
    asked: NDArray[np.int32],
    rng: np.random.Generator,
) -> dict[str, float]:
    events = films.events
    warm = events.where(events.is_interest & ~np.isin(events.item, hidden))
    cold = events.where(events.is_interest & np.isin(events.item, hidden))
    popular = np.bincount(warm.item, minlength=events.n_items).astype(np.float32)
    now_s = int(events.at_s.max())
    found: dict[str, list[float]] = {name: [] for name in ("fresh", "popular", "random_new")}
    for account in asked:
        history = Histories.of_accounts(warm, np.array([account]), 500)
        wanted = cold.item[cold.account == account]
        guess = np.zeros(events.n_items, np.float32)
        guess[hidden] = rng.random(len(hidden), dtype=np.float32) + np.float32(1)
        scores = {
            "fresh": live.score(history, now_s)["fresh"][0],
            "popular": popular,
            "random_new": guess,
        }
        for name, one in scores.items():
            seen = np.zeros((1, events.n_items), np.bool_)
            seen[0, history.item] = True
            best, _ = top_k(one[np.newaxis], _K, seen)
            found[name].append(len(np.intersect1d(best[0], wanted)) / min(_K, len(wanted)))
    return {f"{name}.recall@20": round(float(np.mean(one)), 4) for name, one in found.items()}


def _by_first_meetings(
    films: Movies, live: LiveItems, hidden: NDArray[np.int64]
) -> dict[str, float]:
    """Events until a hidden film is in the list of whoever took what its first viewers took."""
    events = films.events
    now_s = int(events.at_s.max()) + 60
    at_s = np.array([now_s], np.int64)
    needed = []
    for number, item in enumerate(hidden.tolist()):
        viewers = events.account[(events.item == item) & events.is_interest][:5]
        for n_met, account in enumerate(viewers.tolist(), start=1):
            stream = np.array([stream_of(f"new-{number}-{account}")], np.uint64)
            before = events.item[(events.account == account) & ~np.isin(events.item, hidden)][-1:]
            live.take(stream, before, at_s)
            live.take(stream, np.array([item], np.int32), at_s + 1)
            score = live.score(Histories.of_one(before, at_s), now_s + 2)["next"][0]
            best, _ = top_k(score[np.newaxis], _K)
            if item in best[0]:
                needed.append(n_met)
                break
        else:
            needed.append(len(viewers) + 1)
    return {"next.meetings_until_found": float(np.median(needed))}
