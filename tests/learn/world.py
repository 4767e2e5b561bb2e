"""A small record in which two circles of taste meet a title that rises every few days.

Accounts of even number like even items, the others odd ones; each wants a few items a day. Items
are released one after the other, and what is new is wanted most, so that a ranker which sees ages
and recent counts has something that no single source knows.
"""

import numpy as np

from settee.core import Settings, load_settings
from settee.events import NO_END, NO_INSTANT, UNLIMITED, Catalogue, Interactions

DAY = 86_400
START = 1_700_000_000 // DAY * DAY


def catalogue(n_items, tags=None, prefix="m"):
    """Items whose tag is their parity, unless tags are given."""
    tags = tags if tags is not None else [[("even", "odd")[item % 2]] for item in range(n_items)]
    names = tuple(sorted({tag for one in tags for tag in one}))
    index = [names.index(tag) for one in tags for tag in one]
    return Catalogue(
        item_ids=tuple(f"{prefix}{item}" for item in range(n_items)),
        titles=tuple(f"Title {item}" for item in range(n_items)),
        texts=("",) * n_items,
        tag_names=names,
        tag_indptr=np.concatenate([[0], np.cumsum([len(one) for one in tags])]).astype(np.int64),
        tag_index=np.array(index, np.int32),
        year=np.zeros(n_items, np.int32),
        available_from_s=np.full(n_items, NO_INSTANT, np.int64),
        available_to_s=np.full(n_items, NO_END, np.int64),
        stock=np.full(n_items, UNLIMITED, np.int64),
    )


def record(rows, n_items, n_accounts=None):
    """Events written as (account, item, at_s) or (account, item, at_s, is_interest)."""
    full = sorted((a, at, i, (*rest, True)[0]) for a, i, at, *rest in rows)
    account, at_s, item, interest = (list(column) for column in zip(*full, strict=True))
    n_accounts = n_accounts or max(account) + 1
    return Interactions(
        tuple(f"a{number}" for number in range(n_accounts)),
        n_items,
        np.array(account, np.int32),
        np.array(item, np.int32),
        np.array(at_s, np.int64),
        np.array(interest, np.bool_),
    )


def rising_world(n_accounts=48, n_items=70, n_days=30, seed=3):
    """The record and the catalogue of the module's docstring."""
    rng = np.random.default_rng(seed)
    rows, seen = [], set()
    released = np.linspace(-20, n_days, n_items)
    for day in range(n_days):
        for account in range(n_accounts):
            if rng.random() > 0.5:
                continue
            fits = np.where(np.arange(n_items) % 2 == account % 2, 1.0, 0.1)
            fresh = np.where(released <= day, np.exp(-(day - released) / 4.0), 0.0)
            weight = fits * (fresh + 0.01 * (released <= day))
            for item in rng.choice(n_items, 2, replace=False, p=weight / weight.sum()):
                if (account, item) not in seen:
                    seen.add((account, item))
                    at_s = START + day * DAY + int(rng.integers(DAY))
                    rows.append((account, int(item), at_s))
    return record(rows, n_items, n_accounts), catalogue(n_items)


def settings(*flags) -> Settings:
    """Settings for small worlds: few trees, small leaves, few resamples."""
    return load_settings(
        flags=[
            "train.bootstrap=100",
            "train.slices=3",
            "ranking.trees=20",
            "ranking.min_leaf=5",
            "ranking.pool=40",
            *flags,
        ]
    )
