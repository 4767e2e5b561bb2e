"""Find people like some who are named: what do the seeds have that others do not?

Each item weighs the log of how much more common it is among the seeds, damped by imaginary others:
of 40 seeds 20 have it and of all people 1 in 20, so having it adds about log 10. A seed's own
score is made without it, so that nobody is like the seeds merely for being one.

Reads: a reach.  Writes: nothing.
Source: Manning et al. (2008), "Introduction to Information Retrieval", section 11.3 (the weight of
a term in relevance feedback).
Not here: the probability of responding (audiences.response).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from settee.audiences.columns import scan
from settee.audiences.history import Reach
from settee.core import BadInput

_IMAGINARY = 10.0
"""People as all others are, who stand beside the seeds."""


class BadSeeds(BadInput):
    """The seeds are none, or not among the units."""

    code = "bad_seeds"


def seeds_of(reach: Reach, account_ids: Sequence[str]) -> NDArray[np.int32]:
    """Positions of all units of those accounts; accounts that are not known are passed over.

    Raises:
        BadSeeds: If none is known.
    """
    wanted = set(account_ids)
    found = [place for place, one in enumerate(reach.units.account_ids) if one in wanted]
    if not found:
        raise BadSeeds(
            f"of {len(wanted)} accounts none did anything of interest; "
            "name accounts of the record.",
            hint="settee audience make --like FILE takes one account id a line.",
        )
    return np.array(found, np.int32)


def lookalikes(reach: Reach, seeds: NDArray[np.int32]) -> NDArray[np.float32]:
    """How like the seeds everybody is, in nats per root of a history's length.

    Args:
        reach: The units.
        seeds: (n,) distinct positions of units, at least one.

    Returns:
        (n_units,) float32, higher is more alike, 0 for who has nothing that tells.

    Raises:
        BadSeeds: If there is none, or one lies outside.
    """
    if len(seeds) == 0 or int(seeds.min()) < 0 or int(seeds.max()) >= reach.n_units:
        raise BadSeeds(
            f"{len(seeds)} seeds were named; at least one of 0 to {reach.n_units - 1} is expected."
        )
    is_seed = np.zeros(reach.n_units, np.bool_)
    is_seed[seeds] = True
    row = np.repeat(np.arange(reach.n_units), np.diff(reach.indptr))
    own_part = reach.weight * is_seed[row]
    among = np.bincount(reach.item, own_part, minlength=reach.n_items).astype(np.float64)
    everybody = np.bincount(reach.item, reach.weight, minlength=reach.n_items).astype(np.float64)
    share = (everybody + 0.5) / (reach.n_units + 1.0)
    n_seeds = float(is_seed.sum())
    weight = _weight(among, share, n_seeds)
    total = scan(reach, weight[np.newaxis].astype(np.float32))[0].astype(np.float64)
    cells = is_seed[row]
    item, own = reach.item[cells], reach.weight[cells]
    without = _weight(among[item] - own, share[item], n_seeds - 1.0) - weight[item]
    total += np.bincount(row[cells], own * without, minlength=reach.n_units)
    length = np.sqrt(np.maximum(np.diff(reach.indptr), 1))
    found: NDArray[np.float32] = (total / length).astype(np.float32)
    return found


def _weight(
    among: NDArray[np.floating], share: NDArray[np.floating], n_seeds: float
) -> NDArray[np.float64]:
    """Log of how much more common each item is among the seeds."""
    found: NDArray[np.float64] = np.log(
        (among + _IMAGINARY * share) / ((n_seeds + _IMAGINARY) * share)
    )
    return found
