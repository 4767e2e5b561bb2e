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

import numpy as np
from numpy.typing import NDArray

from settee.audiences.columns import columns_of, linear_sources
from settee.audiences.definition import How
from settee.audiences.history import DAY_S, Reach
from settee.candidates import Source, alike
from settee.core import BadInput, Item, ResponseSettings
from settee.events import Catalogue

SIGNALS = ("content", "knn", "ease")
_BLOCK = 256


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
    sources: Mapping[str, Source],
    catalogue: Catalogue,
    target: Target,
    settings: ResponseSettings,
) -> Aim:
    """Columns, popularity and footing of a target.

    Args:
        reach: The units; of the same item space.
        sources: Those with a history are used.
        catalogue: Of the model.
        target: What for.
        settings: `min_buyers`, `similar_items`, `horizon_days`.

    Raises:
        NothingKnown: If neither its history nor an alike item says who would want it.
    """
    horizon_s = int(settings.horizon_days * DAY_S)
    own = np.zeros(reach.n_items, np.float32)
    own[target.items] = 1.0
    n_buyers = _n_units(reach, own > 0, None)
    if n_buyers >= settings.min_buyers:
        columns = _columns(reach, sources, target.items, np.ones(len(target.items), np.float32))
        return Aim(_scaled(reach, columns, own), _popularity(reach, own, horizon_s), "model", _NONE)
    near, how_alike = _near(catalogue, target, settings.similar_items * 5)
    has = reach.buyers()[near] >= settings.min_buyers
    near, how_alike = near[has][: settings.similar_items], how_alike[has][: settings.similar_items]
    if len(near) == 0:
        columns = _columns(reach, sources, target.items, np.ones(len(target.items), np.float32))
        if not columns.any():
            raise NothingKnown(
                "nothing is known of what was named: no buyers, and no alike item that has any.",
                hint="Describe it by tags, a title or a text, and put it again.",
            )
        how: How = "content" if columns[:, 0].any() else "model"
        return Aim(_scaled(reach, columns, own), _rare(reach, horizon_s), how, _NONE)
    part = (how_alike / how_alike.sum()).astype(np.float32)
    columns = _columns(reach, sources, near, part)
    each = [_popularity(reach, _one(reach, int(item)), horizon_s) for item in near]
    popularity = float(np.log(part @ np.exp(np.array(each, np.float32))))
    return Aim(_scaled(reach, columns, own), popularity, "similar_items", near)


_NONE = np.empty(0, np.int32)


def _one(reach: Reach, item: int) -> NDArray[np.float32]:
    own = np.zeros(reach.n_items, np.float32)
    own[item] = 1.0
    return own


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


def _scaled(
    reach: Reach, columns: NDArray[np.float32], own: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Columns over the mean of what they sum to, and the items themselves beside them."""
    amount = np.bincount(reach.item, reach.weight, minlength=reach.n_items)
    mean = np.maximum(amount @ columns / max(reach.n_units, 1), 0.0)
    scale = np.divide(1.0, mean, out=np.zeros_like(mean), where=mean > 1e-12)
    return np.column_stack([columns * scale, own]).astype(np.float32)


def _n_units(reach: Reach, is_one: NDArray[np.bool_], since_s: int | None) -> int:
    """How many units have one of the items, since an instant or ever."""
    hit = is_one[reach.item]
    if since_s is not None:
        hit &= reach.at_s >= since_s
    count = np.concatenate([np.zeros(1, np.int64), np.cumsum(hit)])
    return int((count[reach.indptr[1:]] > count[reach.indptr[:-1]]).sum())


def _n_active(reach: Reach, horizon_s: int) -> int:
    return int((reach.last_s >= reach.as_of_s - horizon_s).sum())


def _popularity(reach: Reach, own: NDArray[np.float32], horizon_s: int) -> float:
    """Log share of lately active units that lately had one of the items, never of nothing."""
    n = _n_units(reach, own > 0, reach.as_of_s - horizon_s)
    return float(np.log((n + 1.0) / (_n_active(reach, horizon_s) + 10.0)))


def _rare(reach: Reach, horizon_s: int) -> float:
    return float(np.log(1.0 / (_n_active(reach, horizon_s) + 10.0)))
