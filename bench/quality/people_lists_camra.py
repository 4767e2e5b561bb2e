"""Questions from CAMRa2011: households whose members rated films, each under a label of their own.

Members play the persons: that is the best any model of persons could know, without its errors.
There are no instants and no titles, so nothing tells who is there but the label. Interest is a
rating of 70 and more of 100, as 3.5 of 5 by default. The train and test part of each member is the
source's.

Reads: member_ratings.parquet and household_members.parquet.  Writes: nothing.
Source: Cao et al. (2018), "Attentive Group Recommendation", for the set as it is here.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.quality.people_listing import Question
from settee.candidates import SOURCES, Source
from settee.core import Item, RespondSettings, SourceSettings
from settee.events import Interactions, catalogue_of

LEAST = 70
_SOURCES = ("popular", "knn", "ease")


@dataclass(frozen=True)
class Ratings:
    """Ratings of members; accounts and items are numbered from 0."""

    member: NDArray[np.int64]
    account: NDArray[np.int64]
    item: NDArray[np.int64]
    is_wanted: NDArray[np.bool_]
    is_train: NDArray[np.bool_]
    n_items: int


def read_ratings(folder: Path) -> Ratings:
    """The two files of the set."""
    members = pq.read_table(folder / "household_members.parquet")
    home = dict(
        zip(members["member_id"].to_pylist(), members["household_id"].to_pylist(), strict=True)
    )
    table = pq.read_table(folder / "member_ratings.parquet")
    member = np.array(table["member_id"].to_pylist())
    ids, item = np.unique(np.array(table["item_id"].to_pylist()), return_inverse=True)
    _, account = np.unique(np.array([home[one] for one in member.tolist()]), return_inverse=True)
    return Ratings(
        member,
        account,
        item,
        np.array(table["rating"].to_pylist()) >= LEAST,
        np.array(table["split"].to_pylist()) == "train",
        len(ids),
    )


def fitted(ratings: Ratings) -> list[Source]:
    """Sources that learnt from whole accounts, as the product's do."""
    train = ratings.is_train
    order = np.lexsort((ratings.item[train], ratings.account[train]))
    account = ratings.account[train][order]
    events = Interactions(
        tuple(str(number) for number in range(int(ratings.account.max()) + 1)),
        ratings.n_items,
        account.astype(np.int32),
        ratings.item[train][order].astype(np.int32),
        np.zeros(len(order), np.int64),
        ratings.is_wanted[train][order],
    )
    films = catalogue_of([Item(item_id=f"{number:06d}") for number in range(ratings.n_items)])
    return [SOURCES[name].fit(events, films, SourceSettings()) for name in _SOURCES]


def questions(ratings: Ratings, settings: RespondSettings, seed: int) -> list[Question]:
    """One question a member who went on to want something.

    Args:
        ratings: The set.
        settings: How much others count. With `others_seen` above 0 only what the member rated is
            hidden from the member's list, and what others of the household have seen may be
            wanted; else what anybody rated is hidden from all lists, and cannot be wanted.
        seed: Of the toss by which a member is split.
    """
    rng = np.random.default_rng(seed)
    found = []
    for member in np.unique(ratings.member):
        is_mine = ratings.member == member
        wanted = ratings.item[is_mine & ~ratings.is_train & ratings.is_wanted]
        is_home = ratings.account == ratings.account[is_mine][0]
        who_saw = is_mine if settings.others_seen > 0 else is_home
        seen = np.unique(ratings.item[who_saw & ratings.is_train])
        wanted = np.setdiff1d(wanted, seen)
        if len(wanted):
            found.append(_question(ratings, is_mine, wanted, settings, rng))
    return found


def _question(
    ratings: Ratings,
    is_mine: NDArray[np.bool_],
    wanted: NDArray[np.int64],
    settings: RespondSettings,
    rng: np.random.Generator,
) -> Question:
    account = int(ratings.account[is_mine][0])
    is_home = (ratings.account == account) & ratings.is_train
    item = np.unique(ratings.item[is_home & ratings.is_wanted]).astype(np.int32)

    def of(who: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.isin(item, ratings.item[who & is_home & ratings.is_wanted])

    def heard(is_own: NDArray[np.bool_], others: float) -> NDArray[np.float32]:
        return np.where(is_own, 1.0, others).astype(np.float32)[None]

    own = of(is_mine)
    others = np.unique(ratings.member[is_home & ~is_mine])
    merged = own | of(ratings.member == others[0]) if len(others) else own
    is_half = rng.random(ratings.n_items) < 0.5
    half = own & is_half[item]
    weights = {
        "account": np.ones((1, len(item)), np.float32),
        "person": heard(own, settings.others_weight),
        "merged": heard(merged, settings.others_weight),
        "split": heard(half, settings.others_weight),
        "split_even": heard(own, settings.unsure_weight),
    }
    everything = np.unique(ratings.item[is_home]).astype(np.int32)
    hidden = dict.fromkeys(weights, everything)
    if settings.others_seen > 0:
        mine = np.unique(ratings.item[is_mine & is_home]).astype(np.int32)
        is_two = is_mine | np.isin(ratings.member, others[:1])
        hidden |= {
            "person": mine,
            "merged": np.unique(ratings.item[is_two & is_home]).astype(np.int32),
            "split": mine[is_half[mine]],
            "split_even": mine,
        }
    return Question(
        account, item, np.zeros(len(item), np.int64), weights, hidden, wanted.astype(np.int32)
    )
