"""Say what a campaign is for, as columns over the items: one item, several, or one of tomorrow.

An item that many have speaks for itself. One that under `min_buyers` have is spoken for by the
items most like it in tags and words: a new crime film by the 20 nearest, each as much as it is
alike. The answer says which it was.

Reads: sources, the catalogue, a description.  Writes: nothing.
Source: Schein et al. (2002), "Methods and Metrics for Cold-Start Recommendations".
Not here: how likely somebody responds (audiences.response).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.audiences.columns import columns_of, linear_sources
from settee.audiences.definition import How
from settee.audiences.history import DAY_S, Reach
from settee.candidates import Source, alike
from settee.core import BadInput, Item, ResponseSettings
from settee.events import Catalogue

SIGNALS = ("content", "knn", "ease")
_BLOCK = 256
_LEAST_MEAN = 1e-12


class BadTarget(BadInput):
    """Nothing, or nothing known, was named."""

    code = "bad_target"


class NothingKnown(BadTarget):
    """No history and no alike item says who would want it."""

    code = "nothing_known_of_item"


@dataclass(frozen=True)
class Target:
    """What people are ranked for.

    Args:
        items: (n,) int32 distinct positions in the catalogue of the model; none for an item that
            came after it.
        described: An item that the model does not know.
    """

    items: NDArray[np.int32]
    described: Item | None = None


@dataclass(frozen=True)
class Aim:
    """A target, ready for a pass over all histories.

    Args:
        columns: (n_items, 4) float32: what having each item says, by content, knn and ease, as
            parts of the mean over all units; and 1 for the items themselves.
        popularity: Log of the share of active units that had it in the last horizon.
        how: What this rests on.
        similar: (m,) int32 the items that stand in, most alike first; none under "model".
    """

    columns: NDArray[np.float32]
    popularity: float
    how: How
    similar: NDArray[np.int32]


@dataclass(frozen=True)
class Counts:
    """What every aim at one reach asks for; from `Counts.of`.

    Args:
        buyers: (n_items,) int64 units that have each item.
        lately: (n_items,) int64 units that had it within the last horizon.
        amount: (n_items,) float64 sum of the weights of all cells with it.
        since_s: When the last horizon began.
        n_active: Units that did anything within it.
    """

    buyers: NDArray[np.int64]
    lately: NDArray[np.int64]
    amount: NDArray[np.float64]
    since_s: int
    n_active: int

    @classmethod
    def of(cls, reach: Reach, horizon_days: float) -> Self:
        """Count once what every item needs."""
        since_s = reach.as_of_s - int(horizon_days * DAY_S)
        recent = reach.item[reach.at_s >= since_s]
        return cls(
            reach.buyers(),
            np.bincount(recent, minlength=reach.n_items),
            np.bincount(reach.item, reach.weight, minlength=reach.n_items).astype(np.float64),
            since_s,
            int((reach.last_s >= since_s).sum()),
        )


def target_of(
    catalogue: Catalogue,
    *,
    item_ids: Sequence[str] = (),
    tag: str | None = None,
    described: Item | None = None,
) -> Target:
    """The target that ids, a tag or the description of a new item name.

    Args:
        catalogue: Of the model.
        item_ids: Items; one that the model does not know is passed over.
        tag: All items of that tag, besides.
        described: What a new item is like; used when the model knows none of the others.

    Raises:
        BadTarget: If nothing known is named.
    """
    known = {catalogue.index[one] for one in item_ids if one in catalogue.index}
    if tag is not None and tag in catalogue.tag_names:
        number = catalogue.tag_names.index(tag)
        cells = np.flatnonzero(catalogue.tag_index == number)
        known |= set((np.searchsorted(catalogue.tag_indptr, cells, side="right") - 1).tolist())
    if described is not None and described.item_id in catalogue.index:
        known.add(catalogue.index[described.item_id])
    if not known and described is None:
        named = ", ".join(f'"{one}"' for one in [*item_ids[:3], *([tag] if tag else [])])
        raise BadTarget(
            f"the model knows nothing of {named or 'nothing'}; items or a tag of the record, or "
            "the description of a new item are expected.",
            hint="Put the item first (PUT /v1/items), or train again.",
        )
    items = np.array(sorted(known), np.int32)
    return Target(items, None if len(items) else described)


def take_aim(
    reach: Reach,
    counts: Counts,
    sources: Mapping[str, Source],
    catalogue: Catalogue,
    target: Target,
    settings: ResponseSettings,
) -> Aim:
    """Columns, popularity and footing of a target.

    Args:
        reach: The units; of the same item space.
        counts: Of the same reach.
        sources: Those with a history are used.
        catalogue: Of the model.
        target: What for.
        settings: `min_buyers`, `similar_items`.

    Raises:
        NothingKnown: If neither its history nor an alike item says who would want it.
    """
    whole = np.ones(len(target.items), np.float32)
    n_buyers, n_lately = _n_units(reach, counts, target.items)
    if n_buyers >= settings.min_buyers:
        columns = _columns(reach, sources, target.items, whole)
        aimed = _scaled(reach, counts, columns, target.items)
        return Aim(aimed, _popularity(counts, n_lately), "model", _NONE)
    near, how_alike = _near(catalogue, target, settings.similar_items * 5)
    has = counts.buyers[near] >= settings.min_buyers
    near, how_alike = near[has][: settings.similar_items], how_alike[has][: settings.similar_items]
    if len(near) == 0:
        columns = _columns(reach, sources, target.items, whole)
        if not columns.any():
            raise NothingKnown(
                "nothing is known of what was named: no buyers, and no alike item that has any.",
                hint="Describe it by tags, a title or a text, and put it again.",
            )
        how: How = "content" if columns[:, 0].any() else "model"
        return Aim(
            _scaled(reach, counts, columns, target.items), _popularity(counts, 0), how, _NONE
        )
    part = (how_alike / how_alike.sum()).astype(np.float32)
    aimed = _scaled(reach, counts, _columns(reach, sources, near, part), target.items)
    shares = np.exp([_popularity(counts, int(n)) for n in counts.lately[near]])
    return Aim(aimed, float(np.log(part @ shares)), "similar_items", near)


def take_aims(
    reach: Reach,
    counts: Counts,
    sources: Mapping[str, Source],
    catalogue: Catalogue,
    targets: Sequence[Target],
    settings: ResponseSettings,
) -> list[Aim | None]:
    """What `take_aim` says of each target, None where nothing is known of it.

    Columns of single items with buyers are asked for together, which is much cheaper.

    Args:
        reach: See `take_aim`, as are those not told here.
        counts: See there.
        sources: See there.
        catalogue: See there.
        targets: What for; their columns are held at once, `n_items` x 3 numbers each.
        settings: See there.
    """
    alone = [
        place
        for place, target in enumerate(targets)
        if len(target.items) == 1 and counts.buyers[target.items[0]] >= settings.min_buyers
    ]
    items = np.array([targets[place].items[0] for place in alone], np.int32)
    columns = dict(zip(alone, _columns_of_each(reach, sources, items), strict=True))
    aims: list[Aim | None] = []
    for place, target in enumerate(targets):
        if place in columns:
            aimed = _scaled(reach, counts, columns[place], target.items)
            n_lately = int(counts.lately[target.items[0]])
            aims.append(Aim(aimed, _popularity(counts, n_lately), "model", _NONE))
            continue
        try:
            aims.append(take_aim(reach, counts, sources, catalogue, target, settings))
        except NothingKnown:
            aims.append(None)
    return aims


_NONE = np.empty(0, np.int32)


def _near(
    catalogue: Catalogue, target: Target, n: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Items alike by tags and words, most alike first, and how alike."""
    return alike(catalogue, target.items if target.described is None else target.described, n)


def _columns(
    reach: Reach,
    sources: Mapping[str, Source],
    items: NDArray[np.int32],
    part: NDArray[np.float32],
) -> NDArray[np.float32]:
    """(n_items, 3) weighted sums of the columns of several items, by source."""
    out = np.zeros((reach.n_items, len(SIGNALS)), np.float32)
    known = linear_sources(sources)
    for place, name in enumerate(SIGNALS):
        if name not in known:
            continue
        for start in range(0, len(items), _BLOCK):
            block = slice(start, start + _BLOCK)
            columns = columns_of(known[name], items[block], reach.n_items)
            if columns is not None:
                out[:, place] += part[block] @ columns
    return out


def _columns_of_each(
    reach: Reach, sources: Mapping[str, Source], items: NDArray[np.int32]
) -> list[NDArray[np.float32]]:
    """(n_items, 3) columns of each item, by source."""
    known = linear_sources(sources)
    empty = np.zeros((len(items), reach.n_items), np.float32)
    by_source = []
    for name in SIGNALS:
        columns = columns_of(known[name], items, reach.n_items) if name in known else None
        by_source.append(empty if columns is None else columns)
    return [np.column_stack([one[row] for one in by_source]) for row in range(len(items))]


def _scaled(
    reach: Reach, counts: Counts, columns: NDArray[np.float32], items: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Columns over the mean of what they sum to, and the items themselves beside them."""
    mean = np.maximum(counts.amount @ columns / max(reach.n_units, 1), 0.0)
    scale = np.divide(1.0, mean, out=np.zeros_like(mean), where=mean > _LEAST_MEAN)
    own = np.zeros(reach.n_items, np.float32)
    own[items] = 1.0
    return np.column_stack([columns * scale, own]).astype(np.float32)


def _n_units(reach: Reach, counts: Counts, items: NDArray[np.int32]) -> tuple[int, int]:
    """How many units have one of the items, ever and since the last horizon began."""
    if len(items) <= 1:  # a unit has an item in one cell
        return int(counts.buyers[items].sum()), int(counts.lately[items].sum())
    is_one = np.zeros(reach.n_items, np.bool_)
    is_one[items] = True
    return _count(reach.indptr, reach.item, reach.at_s, is_one, counts.since_s)


@njit(cache=True, nogil=True)
def _count(
    indptr: NDArray[np.int64],
    item: NDArray[np.int32],
    at_s: NDArray[np.int64],
    is_one: NDArray[np.bool_],
    since_s: int,
) -> tuple[int, int]:
    ever, lately = 0, 0
    for unit in range(len(indptr) - 1):
        has, had = False, False
        for place in range(indptr[unit], indptr[unit + 1]):
            if is_one[item[place]]:
                has = True
                had |= at_s[place] >= since_s
        ever += has
        lately += had
    return ever, lately


def _popularity(counts: Counts, n_lately: int) -> float:
    """Log share of lately active units that lately had one of the items, never of nothing."""
    return float(np.log((n_lately + 1.0) / (counts.n_active + 10.0)))
