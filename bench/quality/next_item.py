"""Which item comes next: leave one out, full ranking, items seen before are not asked for.

Of each person with three items or more the last judges and the one before it chooses settings; all
before these two trains. A story a, b, c, d trains a, b; from a, b the item c is to be found, and
from a, b, c the item d. A repeated item counts where it first came. At HR@10 it is a hit when nine
others or fewer stand before it; equal scores stand in the order of the items, as in lists.

Source: Kang and McAuley (2018), "Self-Attentive Sequential Recommendation", section IV; all items
are ranked, none sampled: Krichene and Rendle (2020), "On Sampled Metrics for Item Recommendation".
Not here: recall of many wanted items (quality.judging), the scenarios that ask (ml_1m_next).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput
from settee.events import Histories, Interactions

Score = Callable[[Histories], NDArray[np.float32]]
"""Scores of people by items; higher is better. A source's `score` is one."""

_BLOCK = 256
"""People who are scored at once; bounds memory."""


class NothingToFind(BadInput):
    """Nobody has the three items that leaving one out needs."""

    code = "nothing_to_find"


@dataclass(frozen=True)
class Asked:
    """People at one moment, and the item that came next.

    Args:
        histories: What each had seen, oldest first.
        wanted: (n_people,) int32: what came next.
    """

    histories: Histories
    wanted: NDArray[np.int32]

    def of(self, start: int, end: int) -> "Asked":
        """The people from `start` up to before `end`."""
        return self.chosen(np.arange(start, min(end, len(self.wanted))))

    def chosen(self, people: NDArray[np.int64]) -> "Asked":
        """Those people."""
        story = self.histories
        sizes = np.diff(story.indptr)[people]
        indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        place = np.arange(indptr[-1]) + np.repeat(story.indptr[people] - indptr[:-1], sizes)
        return Asked(Histories(indptr, story.item[place], story.at_s[place]), self.wanted[people])


@dataclass(frozen=True)
class NextItem:
    """What trains, what chooses settings and what judges; the same people are asked by both."""

    train: Interactions
    valid: Asked
    test: Asked


def leave_one_out(interactions: Interactions) -> NextItem:
    """Hide the last two items of each person who has three or more; others only train.

    Args:
        interactions: Sorted by account, then as things happened: rows of one instant are taken in
            the order given. Every event counts, of interest or not.

    Raises:
        NothingToFind: Nobody has three items.
    """
    events = first_meetings(interactions)
    sizes = np.bincount(events.account, minlength=events.n_accounts)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    people = np.flatnonzero(sizes >= 3)
    if not len(people):
        raise NothingToFind("nobody has 3 items; the last two of each person are hidden.")
    last = starts[people + 1] - 1
    keep = np.ones(len(events), np.bool_)
    keep[last] = keep[last - 1] = False
    first = starts[people]
    return NextItem(
        events.where(keep), _asked(events, first, last - 1), _asked(events, first, last)
    )


def first_meetings(interactions: Interactions) -> Interactions:
    """The first row of each account with each item, in the order given."""
    key = interactions.account.astype(np.int64) * interactions.n_items + interactions.item
    _, first = np.unique(key, return_index=True)
    return interactions.where(np.isin(np.arange(len(key)), first))


def _asked(events: Interactions, start: NDArray[np.int64], end: NDArray[np.int64]) -> Asked:
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(end - start)])
    place = np.arange(indptr[-1]) + np.repeat(start - indptr[:-1], end - start)
    return Asked(Histories(indptr, events.item[place], events.at_s[place]), events.item[end])


def ranks_of(score: Score, asked: Asked) -> NDArray[np.int64]:
    """How many unseen items stand before the wanted one, per person: 0 is the top of the list."""
    parts = [np.empty(0, np.int64)]
    for start in range(0, len(asked.wanted), _BLOCK):
        some = asked.of(start, start + _BLOCK)
        parts.append(ranks_in(score(some.histories), some))
    return np.concatenate(parts)


def ranks_in(scores: NDArray[np.float32], asked: Asked) -> NDArray[np.int64]:
    """How many unseen items stand before the wanted one; scores are (n_people, n_items)."""
    rows = np.arange(len(asked.wanted))
    own = scores[rows, asked.wanted][:, np.newaxis]
    before = scores > own
    earlier = np.arange(scores.shape[1]) < asked.wanted[:, np.newaxis]
    before |= (scores == own) & earlier
    before[np.repeat(rows, np.diff(asked.histories.indptr)), asked.histories.item] = False
    return np.count_nonzero(before, axis=1).astype(np.int64)


def next_accuracy(
    ranks: NDArray[np.int64], ks: Sequence[int] = (5, 10, 20)
) -> dict[str, NDArray[np.float64]]:
    """Per person, whether the wanted item is among the k best and what its place is worth.

    >>> {name: value.tolist() for name, value in next_accuracy(np.array([0, 2, 99]), [10]).items()}
    {'hr@10': [1.0, 1.0, 0.0], 'ndcg@10': [1.0, 0.5, 0.0]}
    """
    out = {f"hr@{k}": (ranks < k).astype(np.float64) for k in ks}
    worth = 1.0 / np.log2(ranks + 2.0)
    return out | {f"ndcg@{k}": np.where(ranks < k, worth, 0.0) for k in ks}


def lead(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], seed: int, n_resamples: int = 1000
) -> tuple[float, float, float]:
    """Mean of ours less theirs for the same people, and its 95 % bootstrap interval over them."""
    difference = ours - theirs
    rng = np.random.default_rng(seed)
    n = len(difference)
    means = [difference[rng.integers(0, n, n)].mean() for _ in range(n_resamples)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(difference.mean()), float(low), float(high)
