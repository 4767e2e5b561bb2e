"""Let every system answer the same requests: sources, fusion, blend, ranker, two baselines.

All of them see the same history and leave out the same items, and all of them are called through
the functions that serve. A source that scores an item 0 has no opinion, so its list may be short:
with no history EASE has an empty list, and popular a full one.

Reads: a model and requests.  Writes: nothing.
Source: the two baselines are those that Ferrari Dacrema et al. (2019) found missing.
Not here: what the lists are worth (learn.table).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.candidates import top_k
from settee.events import Progress, no_progress
from settee.features import Context, ItemStates, Person, Pool
from settee.learn.requests import Requests
from settee.ranking import Blend, Model, make_pool, rank, score_sources

FUSION = "fusion"
BLEND = "blend"
RANKER = "ranker"
RANDOM = "random"
MOST_POPULAR = "most_popular"
DEPTH = 100
"""Places of every list that is judged."""
_CELLS = 8_000_000  # scores of one source held at once


@dataclass(frozen=True)
class Lists:
    """One system's answers.

    Args:
        items: (n, DEPTH) int32, best first, -1 where the list is shorter.
        scores: (n, DEPTH) float64, 0 there; they compare as the system says.
    """

    items: NDArray[np.int32]
    scores: NDArray[np.float64]

    @classmethod
    def empty(cls, n: int) -> "Lists":
        """Lists without an item."""
        return cls(np.full((n, DEPTH), -1, np.int32), np.zeros((n, DEPTH)))

    def put(self, row: int, items: NDArray[np.int32], scores: NDArray[np.floating]) -> None:
        """Write one list, cut to DEPTH."""
        n = min(len(items), DEPTH)
        self.items[row, :n] = items[:n]
        self.scores[row, :n] = scores[:n]


@dataclass(frozen=True)
class Batch:
    """Some requests and what every source makes of them.

    Args:
        rows: Their places among the requests.
        requests: The same, on their own.
        seen: (b, n_items) bool, what is left out of every list.
        scores: Per source (b, n_items) float32.
    """

    rows: NDArray[np.int64]
    requests: Requests
    seen: NDArray[np.bool_]
    scores: list[NDArray[np.float32]]


def batches(model: Model, requests: Requests, progress: Progress, stage: str) -> Iterator[Batch]:
    """Score requests by every source, so many at a time that memory stays small.

    Args:
        model: Its sources score.
        requests: In the model's item space.
        progress: Told how many requests are done.
        stage: What it is told.
    """
    size = int(np.clip(_CELLS // max(model.catalogue.n_items, 1), 1, 256))
    for start in range(0, len(requests), size):
        rows = np.arange(start, min(start + size, len(requests)))
        part = requests.take(rows)
        yield Batch(rows, part, part.seen.mask(), score_sources(model, part.histories))
        progress(stage, int(rows[-1]) + 1, len(requests))


def pools(model: Model, batch: Batch, blend: Blend | None) -> Iterator[tuple[int, Pool, Person]]:
    """The pool of each request of a batch, with its place in the batch and its person.

    Args:
        model: Its settings say how large a pool is.
        batch: From `batches`.
        blend: Orders the pools; None orders them by ranks.
    """
    for place in range(len(batch.rows)):
        scores = [score[place] for score in batch.scores]
        person = Person.of(batch.requests.histories, place)
        mine = (
            None if blend is None else blend.at(person.idle_s(int(batch.requests.as_of_s[place])))
        )
        pool = make_pool(scores, ~batch.seen[place], model.ranking, mine, len(person.item))
        yield place, pool, person


def answer(
    model: Model,
    requests: Requests,
    item_counts: NDArray[np.int64],
    rng: np.random.Generator,
    progress: Progress = no_progress,
) -> dict[str, Lists]:
    """Lists of every system for every request.

    Args:
        model: Sources, fusion and, if it has them, blend and ranker, serving or not.
        requests: In the model's item space.
        item_counts: (n_items,) accounts that wanted each item before; orders `most_popular`.
        rng: Draws the lists of `random`.
        progress: Told how many requests are done.

    Returns:
        Per system its lists: random, most_popular, every source, fusion by ranks, and blend and
        ranker where there is one.
    """
    n = len(requests)
    names = [RANDOM, MOST_POPULAR, *model.sources, FUSION]
    names += [BLEND] if model.blend is not None else []
    names += [RANKER] if model.ranker is not None else []
    lists = {name: Lists.empty(n) for name in names}
    states = ItemStates(model.timeline, model.ranking.time_bucket_s)
    for batch in batches(model, requests, progress, "judge"):
        shape = batch.seen.shape
        popular = np.broadcast_to(item_counts.astype(np.float32), shape)
        guess = rng.random(shape, dtype=np.float32) + np.float32(1.0)
        every: Sequence[tuple[str, NDArray[np.float32]]] = [
            (RANDOM, guess),
            (MOST_POPULAR, popular),
            *zip(model.sources, batch.scores, strict=True),
        ]
        for name, scores in every:
            _put_top(lists[name], batch, scores)
        for blend, name in ((None, FUSION), (model.blend, BLEND)):
            if name not in lists:
                continue
            for place, pool, person in pools(model, batch, blend):
                row = int(batch.rows[place])
                lists[name].put(row, pool.items, pool.fused)
                if model.ranker is None or blend is not model.pool_blend:
                    continue
                at_s = int(batch.requests.as_of_s[place])
                ranked = rank(model, pool, person, states.at(at_s), Context(at_s), with_ranker=True)
                lists[RANKER].put(row, pool.items[ranked.places], ranked.scores)
    return lists


def _put_top(lists: Lists, batch: Batch, scores: NDArray[np.float32]) -> None:
    items, best = top_k(np.ascontiguousarray(scores), DEPTH, batch.seen)
    has_opinion = (items >= 0) & (best > 0)
    lists.items[batch.rows] = np.where(has_opinion, items, -1)
    lists.scores[batch.rows] = np.where(has_opinion, best, 0.0)
