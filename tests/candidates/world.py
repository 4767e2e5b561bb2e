"""Small records with known answers, for every test of the sources."""

from collections.abc import Sequence

import numpy as np

from settee.core import Item
from settee.events import Catalogue, Histories, Interactions, catalogue_of

DAY_S = 86_400


def films(n: int, tags: Sequence[Sequence[str]] = (), titles: Sequence[str] = ()) -> Catalogue:
    """A catalogue of n items named f0, f1 and so on."""
    return catalogue_of(
        [
            Item(
                item_id=f"f{i}",
                title=titles[i] if i < len(titles) else "",
                tags=tuple(tags[i]) if i < len(tags) else (),
            )
            for i in range(n)
        ]
    )


def record(
    rows: Sequence[tuple[int, int, int]], n_items: int, dull: Sequence[int] = ()
) -> Interactions:
    """Events (account, item, at_s); those at the positions `dull` show no interest."""
    interest = np.ones(len(rows), np.bool_)
    interest[list(dull)] = False
    columns = np.array(rows, np.int64).reshape(-1, 3)
    order = np.lexsort((columns[:, 1], columns[:, 2], columns[:, 0]))
    n_accounts = int(columns[:, 0].max()) + 1 if len(rows) else 0
    return Interactions(
        tuple(f"a{i}" for i in range(n_accounts)),
        n_items,
        columns[order, 0].astype(np.int32),
        columns[order, 1].astype(np.int32),
        columns[order, 2],
        interest[order],
    )


def baskets(*baskets: Sequence[int], n_items: int) -> Interactions:
    """One account per basket, its items a second apart."""
    rows = [(who, item, at) for who, items in enumerate(baskets) for at, item in enumerate(items)]
    return record(rows, n_items)


def crowd(seed: int, n_accounts: int = 60, n_items: int = 40) -> Interactions:
    """Accounts of two tastes, uneven popularity and uneven sizes."""
    rng = np.random.default_rng(seed)
    liking = 1.0 / np.arange(1, n_items + 1)
    rows = []
    for who in range(n_accounts):
        taste = np.where(np.arange(n_items) % 2 == who % 2, 1.0, 0.1) * liking
        n = int(rng.integers(1, n_items // 2))
        chosen = rng.choice(n_items, n, replace=False, p=taste / taste.sum())
        rows += [(who, int(item), int(rng.integers(0, 90 * DAY_S))) for item in chosen]
    return record(rows, n_items)


def of_items(*histories: Sequence[int]) -> Histories:
    """Histories of those items, oldest first."""
    sizes = [len(items) for items in histories]
    items = np.array([item for history in histories for item in history], np.int32)
    indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Histories(indptr, items, np.arange(len(items), dtype=np.int64))


def dense(interactions: Interactions) -> np.ndarray:
    """Accounts by items, 1 where the account wanted the item."""
    out = np.zeros((interactions.n_accounts, interactions.n_items))
    wanted = interactions.is_interest
    out[interactions.account[wanted], interactions.item[wanted]] = 1.0
    return out
