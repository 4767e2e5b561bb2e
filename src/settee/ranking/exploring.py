"""Give some places of a page to chance, and say how probable each item was at its place.

The share .1 of 20 places makes two slots. The open places are parted among them, each slot takes
one of its places and shows one lower item there; so over many pages a tenth of the places explore.
Each slot has places and candidates of its own, so what one draws tells nothing of another, and the
probabilities are exact: of 9 places, one is explored for sure, a base item stays with 8/9, and one
of 40 evenly drawn candidates stands at a given place with 1/9 * 1/40. At each place they sum to 1.

Reads: a page, candidates, a generator.  Writes: nothing.
Source: Horvitz and Thompson (1952) for what exact probabilities are good for; Li et al. (2011),
"Unbiased Offline Evaluation of Contextual-bandit-based News Article Recommendation Algorithms".
Not here: where rules allow it (rules, Page.accepts), estimates from such logs (measure).
"""

import hashlib
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput, ExploreSettings

_LEAST = 0.01
"""Odds of a candidate whose score is not uncertain at all; 1 is the average."""


class BadExploration(BadInput):
    """Doubt and candidates do not fit together, or doubt is no finite number of at least 0."""

    code = "bad_exploration"


class Explored(NamedTuple):
    """A page with its explored places.

    Args:
        places: (k,) as given, with lower candidates at the explored places.
        propensity: (k,) float64 probability, before the draw, that this item stands there.
        explored: (k,) bool.
    """

    places: NDArray[np.int64]
    propensity: NDArray[np.float64]
    explored: NDArray[np.bool_]


def explore(
    places: NDArray[np.int64],
    candidates: NDArray[np.int64],
    accepts: Callable[[int, int], bool],
    settings: ExploreSettings,
    rng: np.random.Generator,
    doubt: NDArray[np.float64] | None = None,
) -> Explored:
    """Replace some items of a page by lower ones.

    Args:
        places: (k,) rows of the pool on the page, from the top.
        candidates: (n,) rows of the pool behind the page, best first.
        accepts: May the candidate (second, a row of the pool) stand at the position (first, from
            0) instead of what stands there, whatever is exchanged elsewhere?
        settings: All of them (change results).
        rng: The draw; `generator_of` makes it from the answer's id, so that it can be repeated.
        doubt: (n,) uncertainty of the candidates, at least 0; None draws evenly.

    Raises:
        BadExploration: If `doubt` does not fit the candidates.
    """
    weight = _weights(candidates, doubt, settings)
    candidates = candidates[: settings.depth]
    k = len(places)
    page, propensity = places.copy(), np.ones(k, np.float64)
    explored = np.zeros(k, np.bool_)
    opened = np.arange(min(settings.keep_top, k), k)
    wanted = settings.share * k
    n_slots = min(math.ceil(wanted), len(opened))
    if n_slots == 0 or len(candidates) == 0:
        return Explored(page, propensity, explored)
    chance = min(1.0, wanted / n_slots)
    for slot, mine in enumerate(np.array_split(opened, n_slots)):
        own, odds = candidates[slot::n_slots], weight[slot::n_slots]
        each = chance / len(mine)
        drawn = int(rng.integers(len(mine))) if rng.random() < chance else -1
        which = rng.random()
        for place, position in enumerate(mine.tolist()):
            if place != drawn:
                if any(accepts(position, int(row)) for row in own):
                    propensity[position] = 1.0 - each
                continue
            allowed = np.array([accepts(position, int(row)) for row in own], np.bool_)
            if not allowed.any():
                continue
            share = np.where(allowed, odds, 0.0)
            share /= share.sum()
            at = _draw(share, which)
            page[position], explored[position] = own[at], True
            propensity[position] = each * share[at]
    return Explored(page, propensity, explored)


def generator_of(exposure_id: str) -> np.random.Generator:
    """The generator that an answer's draws come from: the same id gives the same draws.

    >>> generator_of("exp_1").random() == generator_of("exp_1").random()
    True
    """
    digest = hashlib.blake2b(exposure_id.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest)))


def _weights(
    candidates: NDArray[Any], doubt: NDArray[np.float64] | None, settings: ExploreSettings
) -> NDArray[np.float64]:
    """Odds of each candidate that may be drawn; 1 on average, above 0 for all of them."""
    n = min(len(candidates), settings.depth)
    if doubt is None:
        return np.ones(n, np.float64)
    if len(doubt) != len(candidates) or not bool((np.isfinite(doubt) & (doubt >= 0)).all()):
        raise BadExploration(
            f"{len(candidates)} candidates came with {len(doubt)} values of doubt; "
            "each needs a finite one of at least 0."
        )
    mine = doubt[:n]
    mean = float(mine.mean()) if n else 0.0
    if mean == 0.0:
        return np.ones(n, np.float64)
    # Who is never drawn is never learnt of: a little is kept for all.
    return np.maximum(1.0 - settings.by_doubt + settings.by_doubt * mine / mean, _LEAST)


def _draw(share: NDArray[np.float64], which: float) -> int:
    """The place in a distribution that a number from 0 to 1 falls on; never one of share 0."""
    at = int(np.searchsorted(np.cumsum(share), which, side="right"))
    last = int(np.flatnonzero(share)[-1])
    return min(at, last)
