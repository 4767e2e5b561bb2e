"""The accounts that nets are trained on: bags of items, some held out to choose the epoch.

Accounts are put in an order of their own making, by what they wanted, so that the order in which
a record lists them changes no batch and no bit.

Reads: interest events.  Writes: nothing.
Not here: the nets (candidates.deep.vae_net), the steps (candidates.deep.vae).
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from settee.candidates.matrix import Cells, wanted
from settee.core import SourceSettings
from settee.events import Histories, Interactions

_FEWEST_HELD_OUT = 20
"""With fewer held-out accounts chance alone would choose; then none are held out."""

_FOLDED = 0.8
"""Share of a held-out account's items that is shown; the rest is to be found."""

_K = 100


@dataclass(frozen=True)
class Bags:
    """One bag of items per account.

    Args:
        indptr: (n_bags + 1,) int64.
        index: (n,) int64 places among the modelled items.
    """

    indptr: NDArray[np.int64]
    index: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def of(self, accounts: NDArray[np.int64], keep: NDArray[np.bool_] | None = None) -> "Bags":
        """The bags of those accounts; of each the items at which `keep`, (n,) bool, is true."""
        sizes = np.diff(self.indptr)[accounts]
        ends = np.cumsum(sizes)
        cell = np.arange(sizes.sum()) + np.repeat(self.indptr[accounts] - ends + sizes, sizes)
        if keep is not None:
            row = np.repeat(np.arange(len(accounts)), sizes)[keep[cell]]
            cell = cell[keep[cell]]
            ends = np.cumsum(np.bincount(row, minlength=len(accounts)))
        indptr = np.concatenate([np.zeros(1, np.int64), ends])
        return Bags(indptr, self.index[cell])

    def dense(self, n_items: int) -> NDArray[np.float32]:
        """(n_bags, n_items): 1 where the item is in the bag."""
        out = np.zeros((len(self), n_items), np.float32)
        out[np.repeat(np.arange(len(self)), np.diff(self.indptr)), self.index] = 1.0
        return out

    def tensors(self, device: torch.device) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Items of all bags, where each starts, and one over the root of its size."""
        size = np.maximum(np.diff(self.indptr), 1).astype(np.float32)
        parts = (self.index, self.indptr[:-1], size**-0.5)
        index, start, scale = (torch.from_numpy(part).to(device) for part in parts)
        return index, start, scale


@dataclass(frozen=True)
class People:
    """Who trains and who chooses.

    Args:
        items: (m,) int32, ascending: the items that are modelled.
        train: What those who train wanted.
        others: What else they met; empty bags where that is not asked for.
        shown: What of those who choose is shown.
        hidden: What of them is to be found.
    """

    items: NDArray[np.int32]
    train: Bags
    others: Bags
    shown: Bags
    hidden: Bags

    @property
    def n_items(self) -> int:
        """Number of modelled items."""
        return len(self.items)


def own_order(bags: Cells, others: Cells) -> NDArray[np.int64]:
    """The accounts with a bag, in an order that only what they wanted and met decides."""

    def key(row: int) -> tuple[bytes, bytes]:
        return (
            bags.index[bags.indptr[row] : bags.indptr[row + 1]].tobytes(),
            others.index[others.indptr[row] : others.indptr[row + 1]].tobytes(),
        )

    rows = np.flatnonzero(np.diff(bags.indptr))
    return np.array(sorted(rows.tolist(), key=key), np.int64)


def _of_interest(interactions: Interactions, interest: bool) -> Interactions:
    return Interactions(
        interactions.account_ids,
        interactions.n_items,
        interactions.account,
        interactions.item,
        interactions.at_s,
        interactions.is_interest == interest,
    )


def _placed(cells: Cells, items: NDArray[np.int32], rows: NDArray[np.int64]) -> Bags:
    """The bags of those rows, over the modelled items alone."""
    place_of = np.full(cells.n_columns, -1, np.int64)
    place_of[items] = np.arange(len(items))
    return Bags(cells.indptr, place_of[cells.index]).of(rows, place_of[cells.index] >= 0)


def gather(interactions: Interactions, settings: SourceSettings) -> People:
    """Bags of the accounts, the most wanted items, and a draw of who is held out."""
    cells = wanted(interactions, settings.max_history)
    met = wanted(_of_interest(interactions, interest=False), settings.max_history)
    if settings.vae_rating_weight == 0:
        met = Cells(np.zeros_like(met.indptr), met.index[:0], met.value[:0], met.n_columns)
    count = np.bincount(cells.index, minlength=cells.n_columns)
    most = np.argsort(-count, kind="stable")[: settings.vae_max_items]
    items = np.sort(most[count[most] > 0]).astype(np.int32)
    rows = own_order(cells, met)
    rng = np.random.default_rng(settings.vae_seed)
    drawn = rng.permutation(len(rows))
    n_held = int(settings.vae_held_out * len(rows))
    n_held = n_held if n_held >= _FEWEST_HELD_OUT else 0
    train, held = np.sort(drawn[n_held:]), np.sort(drawn[:n_held])
    asked = _placed(cells, items, rows[held])
    shown = rng.random(len(asked.index)) < _FOLDED
    everybody = np.arange(len(held))
    return People(
        items,
        _placed(cells, items, rows[train]),
        _placed(met, items, rows[train]),
        asked.of(everybody, shown),
        asked.of(everybody, ~shown),
    )


def as_interactions(people: People, n_items: int) -> Interactions:
    """Those who train as events, for a source that is fitted beside the nets."""
    bags = people.train
    return Interactions(
        tuple(str(place) for place in range(len(bags))),
        n_items,
        np.repeat(np.arange(len(bags), dtype=np.int32), np.diff(bags.indptr)),
        people.items[bags.index],
        np.zeros(len(bags.index), np.int64),
        np.ones(len(bags.index), np.bool_),
    )


def with_held_out(people: People) -> People:
    """The same, with all that the held-out accounts wanted among what trains."""
    size = np.diff(people.shown.indptr) + np.diff(people.hidden.indptr)
    row = np.concatenate(
        [
            np.repeat(np.arange(len(part)), np.diff(part.indptr))
            for part in (people.shown, people.hidden)
        ]
    )
    index = np.concatenate([people.shown.index, people.hidden.index])
    order = np.lexsort((index, row))
    train = Bags(
        np.concatenate([people.train.indptr, people.train.indptr[-1] + np.cumsum(size)]),
        np.concatenate([people.train.index, index[order]]),
    )
    return People(people.items, train, people.others, people.shown, people.hidden)


def shown_histories(people: People) -> Histories:
    """What of the held-out accounts is shown, as histories."""
    item = people.items[people.shown.index]
    return Histories(people.shown.indptr, item, np.zeros(len(item), np.int64))


def ndcg(scores: NDArray[np.float32], shown: Bags, hidden: Bags) -> float:
    """Mean NDCG@100 of those with something to find; `scores` are (n_people, m), untouched."""
    n_items = scores.shape[1]
    k = min(_K, n_items)
    asked = np.diff(hidden.indptr) > 0
    if not asked.any():
        return 0.0
    scores = np.where(shown.dense(n_items) > 0, np.float32(-np.inf), scores)[asked]
    truth = hidden.dense(n_items)[asked]
    top = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    discount = 1.0 / np.log2(np.arange(2, k + 2))
    best = np.concatenate([[0.0], np.cumsum(discount)])
    found = np.take_along_axis(truth, top, axis=1) @ discount
    return float((found / best[np.minimum(truth.sum(axis=1).astype(np.int64), k)]).mean())
