"""Strong generalisation: people whom no model has met are answered from most of what they wanted.

A tenth of the accounts choose settings and a tenth judge; four fifths of what each of these wanted
is folded in, drawn at random, and the rest is to be found among all items but those folded in.

Source: Liang et al. (2018), "Variational Autoencoders for Collaborative Filtering", section 4.3;
accounts and items are drawn by ``numpy.random.default_rng(7)``.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.quality.judging import Truth
from settee.candidates import Source, top_k
from settee.core import RankingSettings
from settee.events import Histories, Interactions
from settee.ranking import make_pool

K = 100


@dataclass(frozen=True)
class People:
    """Some accounts: what was folded in, and what is to be found."""

    histories: Histories
    truth: Truth

    @property
    def exclude(self) -> NDArray[np.bool_]:
        """(n_people, n_items): what was folded in is not to be found."""
        out = np.zeros((self.histories.n_people, self.truth.n_items), np.bool_)
        rows = np.repeat(np.arange(len(out)), np.diff(self.histories.indptr))
        out[rows, self.histories.item] = True
        return out

    def some(self, start: int, end: int) -> "People":
        """The people from `start` up to before `end`."""
        past, hidden = self.histories, self.truth
        seen = slice(past.indptr[start], past.indptr[end])
        asked = slice(hidden.indptr[start], hidden.indptr[end])
        return People(
            Histories(
                past.indptr[start : end + 1] - past.indptr[start], past.item[seen], past.at_s[seen]
            ),
            Truth(
                hidden.indptr[start : end + 1] - hidden.indptr[start],
                hidden.index[asked],
                hidden.n_items,
            ),
        )


@dataclass(frozen=True)
class Split:
    """Train events, and the people that choose and judge."""

    train: Interactions
    valid: People
    test: People


def distinct_interest(events: Interactions) -> Interactions:
    """The first event of interest of each account with each item."""
    events = events.where(events.is_interest)
    key = events.account.astype(np.int64) * events.n_items + events.item
    _, first = np.unique(key, return_index=True)
    keep = np.zeros(len(events), np.bool_)
    keep[first] = True
    return events.where(keep)


def _fold(events: Interactions, accounts: NDArray[np.int64], rng: np.random.Generator) -> People:
    starts = np.searchsorted(events.account, accounts, side="left")
    ends = np.searchsorted(events.account, accounts, side="right")
    folded, hidden = [], []
    for start, end in zip(starts, ends, strict=True):
        order = start + rng.permutation(end - start)
        n_folded = int(0.8 * (end - start))
        if 0 < n_folded < end - start:
            folded.append(np.sort(order[:n_folded]))  # rows of an account are in order of time
            hidden.append(order[n_folded:])
    into, out = (np.concatenate([np.empty(0, np.int64), *part]) for part in (folded, hidden))

    def ends_of(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
        return np.cumsum([0, *(len(part) for part in parts)]).astype(np.int64)

    return People(
        Histories(ends_of(folded), events.item[into], events.at_s[into]),
        Truth(ends_of(hidden), events.item[out], events.n_items),
    )


def split(events: Interactions, seed: int, n_held_out: int | None = None) -> Split:
    """Cut the accounts into train, valid and test.

    Args:
        events: Of all accounts.
        seed: Of every draw.
        n_held_out: Accounts in valid, and as many in test; None is a tenth each.
    """
    events = distinct_interest(events)
    rng = np.random.default_rng(seed)
    accounts = rng.permutation(np.unique(events.account)).astype(np.int64)
    n = len(accounts) // 10 if n_held_out is None else n_held_out
    test, valid, train = accounts[:n], accounts[n : 2 * n], accounts[2 * n :]
    valid_people = _fold(events, valid, rng)
    test_people = _fold(events, test, rng)
    return Split(events.where(np.isin(events.account, train)), valid_people, test_people)


def lists_of(source: Source, people: People) -> NDArray[np.int32]:
    """The 100 best of a source, without what was folded in."""
    return top_k(source.score(people.histories), K, people.exclude)[0]


def fused_lists(
    sources: list[Source], people: People, settings: RankingSettings
) -> NDArray[np.int32]:
    """The 100 best by reciprocal-rank fusion, as the product fuses when no ranker serves."""
    scores = [source.score(people.histories) for source in sources]
    out = np.full((people.histories.n_people, K), -1, np.int32)
    for person, excluded in enumerate(people.exclude):
        pool = make_pool([score[person] for score in scores], ~excluded, settings)
        n = min(K, len(pool.items))
        out[person, :n] = pool.items[:n]
    return out


def us_per_person(sources: list[Source], people: People) -> float:
    """Microseconds to score one person at a time by all the sources given; median of three."""
    histories = people.histories
    singles = [
        Histories.of_one(histories.item[a:b], histories.at_s[a:b])
        for a, b in zip(histories.indptr[:-1], histories.indptr[1:], strict=True)
    ]
    rounds = []
    for _ in range(4):
        start = time.perf_counter()
        for single in singles:
            for source in sources:
                source.score(single)
        rounds.append((time.perf_counter() - start) / len(singles) * 1e6)
    return float(np.median(rounds[1:]))  # the first warms up
