"""Rank people for an item: everybody's probability of responding, and who comes first.

`prepare` is done once for a model and an instant: how active each unit is does not depend on the
item. `rank` then makes one pass over all histories with the columns of the item: of a million
people the first thousand take under 200 ms.

Used so (DOORS and whoever serves): `ResponseModel.fit` has a verb and a bundle of its own
(`train_responses`, `load_responses`; `settee audience train`), see audiences.learnt for why. The
sources are those of the released bundle.

Reads: a reach, a model, sources.  Writes: nothing.
Not here: who may be addressed (audiences.guard), many items at once (audiences.many).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.audiences.activity_of_reach import unit_features
from settee.audiences.definition import How
from settee.audiences.history import Reach
from settee.audiences.response import OWN, PAIR_FEATURES, ResponseModel
from settee.audiences.targets import Aim, Counts, Target, take_aim
from settee.candidates import Source, top_k
from settee.core import BadInput, ResponseSettings
from settee.events import Catalogue

_N_PAIR = len(PAIR_FEATURES)


class BadEligible(BadInput):
    """The mask of who may be chosen does not fit the units."""

    code = "bad_eligible"


@dataclass(frozen=True)
class Ready:
    """Everything that does not depend on the item; from `prepare`.

    Args:
        reach: The units.
        model: What was learnt.
        sources: Of the released bundle.
        catalogue: Its items.
        settings: Of the fallback and the horizon.
        p_active: (n_units,) float32.
        base: (n_units,) float32 log odds that the unit's own habits add to any item.
        counts: Of the items.
    """

    reach: Reach
    model: ResponseModel
    sources: Mapping[str, Source]
    catalogue: Catalogue
    settings: ResponseSettings
    p_active: NDArray[np.float32]
    base: NDArray[np.float32]
    counts: Counts


@dataclass(frozen=True)
class RankedAudience:
    """Units in the order of their probability.

    Args:
        unit: (n,) int32 positions in the reach, likeliest first; equal ones by position.
        probability: (n,) float64 calibrated, of responding within `horizon_days`.
        how: What it rests on: "model"; "similar_items" or "content" where the item is new.
        similar: (m,) int32 the items that stood in for a new one.
        n_eligible: How many could have been chosen.
        expected: Expected responses of those chosen: the sum of `probability`.
    """

    unit: NDArray[np.int32]
    probability: NDArray[np.float64]
    how: How
    similar: NDArray[np.int32]
    n_eligible: int

    @property
    def expected(self) -> float:
        """Expected number of responses."""
        return float(self.probability.sum())


def prepare(
    reach: Reach,
    model: ResponseModel,
    sources: Mapping[str, Source],
    catalogue: Catalogue,
    settings: ResponseSettings,
) -> Ready:
    """What every ranking of this reach shares.

    Args:
        reach: As of now, from `reach_of`.
        model: From `load_responses`.
        sources: Of the released bundle.
        catalogue: Of the same bundle: the item space.
        settings: `min_buyers`, `similar_items`, `horizon_days`.
    """
    units = unit_features(reach)
    habits = units @ model.wants.weight[_N_PAIR:] + model.wants.constant
    return Ready(
        reach,
        model,
        sources,
        catalogue,
        settings,
        model.p_active(reach).astype(np.float32),
        habits.astype(np.float32),
        Counts.of(reach, settings.horizon_days),
    )


def probabilities(ready: Ready, target: Target) -> tuple[NDArray[np.float64], Aim]:
    """(n_units,) probability of everybody, for curves and sizes; and what it rests on."""
    aim = take_aim(
        ready.reach, ready.counts, ready.sources, ready.catalogue, target, ready.settings
    )
    return _all(ready, aim).astype(np.float64), aim


def rank(
    ready: Ready,
    target: Target,
    size: int,
    *,
    eligible: NDArray[np.bool_] | None = None,
    min_probability: float = 0.0,
) -> RankedAudience:
    """Those likeliest to respond, first.

    Args:
        ready: From `prepare`.
        target: From `target_of`.
        size: Most units, 1 or more.
        eligible: (n_units,) who may be chosen: consent, caps, buyers; None is everybody.
        min_probability: Nobody under it is chosen.

    Raises:
        BadEligible: If the mask has another length.
        BadTopK: If `size` is under 1.
        NothingKnown: If nothing says who would want the item.
    """
    n_units = ready.reach.n_units
    if eligible is not None and eligible.shape != (n_units,):
        raise BadEligible(f"the mask has shape {eligible.shape}; ({n_units},) is expected.")
    aim = take_aim(
        ready.reach, ready.counts, ready.sources, ready.catalogue, target, ready.settings
    )
    p = _all(ready, aim)
    kept = None if eligible is None else ~eligible[np.newaxis]
    unit, best = top_k(p[np.newaxis], min(size, max(n_units, 1)), kept)
    keep = (unit[0] >= 0) & (best[0] >= min_probability)
    n_eligible = n_units if eligible is None else int(eligible.sum())
    return RankedAudience(
        unit[0][keep], best[0][keep].astype(np.float64), aim.how, aim.similar, n_eligible
    )


def bought(
    reach: Reach, items: NDArray[np.int32], within_s: int | None = None
) -> NDArray[np.bool_]:
    """(n_units,) who has one of the items already, ever or within so many seconds."""
    is_one = np.zeros(reach.n_items, np.bool_)
    is_one[items] = True
    hit = is_one[reach.item]
    if within_s is not None:
        hit &= reach.at_s >= reach.as_of_s - within_s
    count = np.concatenate([np.zeros(1, np.int64), np.cumsum(hit)])
    found: NDArray[np.bool_] = count[reach.indptr[1:]] > count[reach.indptr[:-1]]
    return found


def _all(ready: Ready, aim: Aim) -> NDArray[np.float32]:
    weight = ready.model.wants.weight[:_N_PAIR].astype(np.float32)
    reach = ready.reach
    return _respond(
        reach.indptr, reach.item, reach.weight, reach.recent,
        np.ascontiguousarray(aim.columns), ready.p_active, ready.base,
        weight, np.float32(weight[5] * aim.popularity), ready.model.calibration,
    )  # fmt: skip


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def _respond(
    indptr: NDArray[np.int64],
    item: NDArray[np.int32],
    weight: NDArray[np.float32],
    recent: NDArray[np.float32],
    columns: NDArray[np.float32],
    p_active: NDArray[np.float32],
    base: NDArray[np.float32],
    wants: NDArray[np.float32],
    popularity: np.float32,
    calibration: NDArray[np.float64],
) -> NDArray[np.float32]:
    one = np.float32(1.0)
    constant, slope = np.float32(calibration[0]), np.float32(calibration[1])
    out = np.empty(len(indptr) - 1, np.float32)
    for unit in range(len(indptr) - 1):
        a, b, c, d = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
        for place in range(indptr[unit], indptr[unit + 1]):
            here, cell = item[place], weight[place]
            a += cell * columns[here, 0]
            b += cell * columns[here, 1]
            c += cell * columns[here, 2]
            d += recent[place] * columns[here, 3]
        odds = base[unit] + popularity
        if a > 0:
            odds += wants[0] * np.log(one + a)
        if b > 0:
            odds += wants[1] * np.log(one + b)
        if c > 0:
            odds += wants[2] * np.log(one + c)
        if d > 0:
            odds += wants[3] * np.log(one + OWN * d) + wants[4]
        p = p_active[unit] / (one + np.exp(-odds))
        p = min(max(p, np.float32(1e-12)), np.float32(1.0 - 1e-7))
        out[unit] = one / (one + np.exp(-(constant + slope * np.log(p / (one - p)))))
    return out
