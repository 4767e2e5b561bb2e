"""Turn a window of the record into questions with known answers.

One request per account that did something in the window: what the account did *before* an instant
is its history, what it newly wanted from then to the end of the window is the answer. For judging,
the instant is the start of the window for everybody, so every system answers with a model, a
history and counters that are frozen there: m1 and m2 before noon, m3 after it, is a request with
history (m1, m2) and answer {m3}. For learning there are also *live* requests, each asked at one of
the account's own events, as they come in service.

Items seen before the instant, wanted or not, are neither answers nor allowed in a list: the
question is what is new to the account. An account without interest before the instant is *cold*.

Reads / Writes: nothing.
Source: Ji et al. (2023), "A Critical Study on Data Leakage in Recommender System Evaluation".
Not here: where windows start and end (events.split_by_time), scoring (learn.lists).
"""

import hashlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from settee.events import Histories, Interactions
from settee.learn.itemsets import ItemSets


@dataclass(frozen=True)
class Requests:
    """Questions and answers, one row per account.

    Args:
        account: (n,) int32 positions in the account space, rising.
        as_of_s: (n,) int64 instant of each request, epoch seconds; nothing from then on is known.
        histories: What each account wanted before, at most the latest `max_history` items.
        seen: What each account met before, wanted or not.
        truth: What each account newly wanted in the window, at least one item.
    """

    account: NDArray[np.int32]
    as_of_s: NDArray[np.int64]
    histories: Histories
    seen: ItemSets
    truth: ItemSets

    def __len__(self) -> int:
        """Number of requests."""
        return len(self.account)

    @property
    def is_warm(self) -> NDArray[np.bool_]:
        """(n,) bool: does the account have a history?"""
        return np.diff(self.histories.indptr) > 0

    def take(self, rows: NDArray[np.integer]) -> "Requests":
        """Some of the requests, (m,) positions, in that order."""
        sizes = np.diff(self.histories.indptr)[rows]
        indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
        shift = np.repeat(self.histories.indptr[:-1][rows] - indptr[:-1], sizes)
        place = np.arange(indptr[-1]) + shift
        histories = Histories(indptr, self.histories.item[place], self.histories.at_s[place])
        return Requests(
            self.account[rows],
            self.as_of_s[rows],
            histories,
            self.seen.take(rows),
            self.truth.take(rows),
        )

    def fingerprint(self) -> str:
        """Sixteen hex digits that change when any question or answer does."""
        digest = hashlib.sha256(str(self.truth.n_items).encode())
        for part in (
            self.account,
            self.as_of_s,
            self.histories.indptr,
            self.histories.item,
            self.seen.indptr,
            self.seen.item,
            self.truth.indptr,
            self.truth.item,
        ):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Window:
    """From `start_s` up to, not including, `end_s`, epoch seconds; `end_s` None has no end.

    Args:
        start_s: First instant inside, and the instant at which every request is asked.
        end_s: First instant after.
    """

    start_s: int
    end_s: int | None = None

    def holds(self, at_s: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(n,) bool: which instants lie inside."""
        inside = at_s >= self.start_s
        return inside if self.end_s is None else inside & (at_s < self.end_s)


@dataclass(frozen=True)
class Sampling:
    """How many requests, and how long their histories.

    Args:
        max_history: Latest distinct items that a history keeps; *changes results*.
        max_requests: At most that many accounts, drawn without replacement; *changes results*.
        rng: Draws accounts and instants.
        cold_share: Most of the frozen requests that may be of accounts without a history; 1
            draws from all alike; *changes results*.
    """

    max_history: int
    max_requests: int
    rng: np.random.Generator
    cold_share: float = 1.0


def frozen_requests(interactions: Interactions, window: Window, sampling: Sampling) -> Requests:
    """One request per account with a new interest in the window, all asked at its start.

    Args:
        interactions: The record; events after the window are not looked at.
        window: Where the answers lie.
        sampling: Of the accounts.

    Returns:
        Requests in the order of the account space; none when nobody wanted anything new.
    """
    inside = _inside(interactions, window)
    before = interactions.where(interactions.at_s < window.start_s)
    n_rows, n_items = interactions.n_accounts, interactions.n_items
    seen = ItemSets.of_pairs(before.account, before.item, n_rows, n_items)
    truth = _new(inside.account, inside.item, seen)
    wanted_before = before.where(before.is_interest)
    asks = np.flatnonzero(truth.size > 0)
    account = _draw_mixed(asks, np.isin(asks, wanted_before.account), sampling)
    return Requests(
        account=account,
        as_of_s=np.full(len(account), window.start_s, dtype=np.int64),
        histories=Histories.of_accounts(wanted_before, account, sampling.max_history),
        seen=seen.take(account),
        truth=truth.take(account),
    )


def live_requests(interactions: Interactions, window: Window, sampling: Sampling) -> Requests:
    """One request per account with interest in the window, asked at one of its events, at random.

    Args:
        interactions: The record, sorted by account; events after the window are not looked at.
        window: Where the instants and the answers lie.
        sampling: Of accounts and instants.

    Returns:
        Requests in the order of the account space, without those whose rest holds nothing new.
    """
    inside = _inside(interactions, window)
    account, first, n_events = np.unique(inside.account, return_index=True, return_counts=True)
    account = account.astype(np.int32)
    event = first + sampling.rng.integers(n_events) if len(account) else first
    row_of = np.full(interactions.n_accounts, -1, dtype=np.int64)
    row_of[account] = np.arange(len(account))
    asked_s = inside.at_s[event]

    row = row_of[interactions.account]
    asks = interactions.where(row >= 0)
    row = row[row >= 0]
    is_before = asks.at_s < asked_s[row]
    n_items = interactions.n_items
    seen = ItemSets.of_pairs(row[is_before], asks.item[is_before], len(account), n_items)
    is_after = ~is_before & asks.is_interest & window.holds(asks.at_s)
    truth = _new(row[is_after], asks.item[is_after], seen)
    wanted_before = asks.where(is_before & asks.is_interest)
    chosen = _draw(np.flatnonzero(truth.size > 0), sampling)
    return Requests(
        account=account[chosen],
        as_of_s=asked_s[chosen],
        histories=Histories.of_accounts(wanted_before, account[chosen], sampling.max_history),
        seen=seen.take(chosen),
        truth=truth.take(chosen),
    )


def _inside(interactions: Interactions, window: Window) -> Interactions:
    return interactions.where(window.holds(interactions.at_s) & interactions.is_interest)


def _new(row: NDArray[np.integer], item: NDArray[np.int32], seen: ItemSets) -> ItemSets:
    """The sets of (row, item) without what the same row has seen."""
    wanted = ItemSets.of_pairs(row, item, seen.n_rows, seen.n_items)
    keys = wanted.keys
    keys = keys[~np.isin(keys, seen.keys, assume_unique=True)]
    width = max(seen.n_items, 1)
    return ItemSets.of_pairs(keys // width, keys % width, seen.n_rows, seen.n_items)


def _draw(candidates: NDArray[np.intp], sampling: Sampling) -> NDArray[np.int32]:
    if len(candidates) > sampling.max_requests:
        candidates = np.sort(sampling.rng.choice(candidates, sampling.max_requests, replace=False))
    return candidates.astype(np.int32)


def _draw_mixed(
    candidates: NDArray[np.intp], is_warm: NDArray[np.bool_], sampling: Sampling
) -> NDArray[np.int32]:
    """Draw so that accounts without a history are at most their share of what is drawn.

    Of 3 accounts with a history and 90 without, a share of 0.25 leaves the 3 and one other.
    """
    share = sampling.cold_share
    if share >= 1.0:
        return _draw(candidates, sampling)
    warm, cold = candidates[is_warm], candidates[~is_warm]
    beside = min(len(warm) * share / (1.0 - share), sampling.max_requests * share)
    n_cold = min(len(cold), int(beside + 1e-9))
    drawn = (
        _draw(some, replace(sampling, max_requests=n))
        for some, n in ((warm, sampling.max_requests - n_cold), (cold, n_cold))
    )
    return np.sort(np.concatenate(list(drawn)))
