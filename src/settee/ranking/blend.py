"""Order a pool by a weighted sum of what the sources say, with weights that were learnt.

Scores of different sources are not on one scale, so each is told as standard deviations above the
source's mean over the request's items, and counts by its weight. EASE 2 above at weight .5 and
popular 1 below at .2 make .8, a logit: the item is e^.8 times as likely as an average one. Weights
go in a straight line, by the log of the size, from those of short to those of long histories;
whoever comes back after a pause can have others, for what went on then says less of them.

Reads: a pool.  Writes: nothing.
Source: McFadden (1974), "Conditional logit analysis of qualitative choice behavior".
Not here: how weights are learnt (ranking.blend_fit), whether they serve (learn.blending).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import BadInput, Damaged
from settee.features import Pool, frozen

PAUSE_S = 6 * 3600
"""Silence after which somebody comes back, instead of going on."""
_BACK = "returning_"

Arrays = dict[str, NDArray[np.generic]]


class BadBlend(BadInput):
    """Weights, knots and sources do not fit together."""

    code = "bad_blend"


class BlendDamaged(Damaged):
    """Stored arrays are not a blend."""

    code = "blend_damaged"


@dataclass(frozen=True)
class Blend:
    """Weights of the sources.

    Args:
        short: (S,) float64, at least 0: weights for histories of the low knot and shorter.
        long: (S,) float64, at least 0: weights for histories of the high knot and longer.
        low: Log of 1 + the size of a short history.
        high: The same of a long one; where both are equal, the long weights serve everybody.
        serves: Did it beat rank fusion and the best source on lessons that it had not seen?
        returning: Weights for people whose last deed lies more than PAUSE_S back; None for the
            same as for all.
    """

    short: NDArray[np.float64]
    long: NDArray[np.float64]
    low: float
    high: float
    serves: bool = False
    returning: "Blend | None" = None

    def __post_init__(self) -> None:
        """Refuse weights that no fit gives.

        Raises:
            BadBlend: If a weight is below 0 or no number, or sizes differ.
        """
        both = np.concatenate([self.short, self.long])
        if self.short.ndim != 1 or self.short.shape != self.long.shape or not len(self.short):
            raise BadBlend(
                f"a blend has {self.short.size} weights for short and {self.long.size} for long "
                "histories; it needs one each of every source."
            )
        if not bool((np.isfinite(both) & (both >= 0)).all()) or not self.low <= self.high:
            raise BadBlend(
                f"weights of a blend are {both.min():g} to {both.max():g} between the knots "
                f"{self.low:g} and {self.high:g}; weights are at least 0 and knots rise."
            )
        if self.returning is not None and self.returning.n_sources != self.n_sources:
            raise BadBlend(
                f"a blend of {self.n_sources} sources has one of {self.returning.n_sources} for "
                "people who come back; both must be of one model."
            )

    @property
    def n_sources(self) -> int:
        """How many sources it weighs."""
        return len(self.short)

    def at(self, idle_s: int) -> "Blend":
        """The blend for somebody whose last deed lies so many seconds back."""
        return self if self.returning is None or idle_s <= PAUSE_S else self.returning

    def weights(self, n_history: int) -> NDArray[np.float64]:
        """(S,) weights for a history of that many items.

        >>> blend = Blend(np.array([0.0]), np.array([1.0]), 0.0, float(np.log1p(8)))
        >>> [blend.weights(n).round(6).tolist() for n in (0, 2, 99)]
        [[0.0], [0.5], [1.0]]
        """
        share = position(np.array([n_history]), self.low, self.high)[0]
        mixed: NDArray[np.float64] = (1.0 - share) * self.short + share * self.long
        return mixed

    def order(self, pool: Pool, n_history: int, most: int) -> Pool:
        """The best items of a pool, in the order of the blend.

        Where no source that counts has an opinion, as for somebody without a history where
        popularity weighs nothing, the pool keeps the order of its ranks.

        Args:
            pool: All that any source put forward, fused by ranks, from ranking.make_pool.
            n_history: Items of the history (changes results).
            most: Items to keep (changes results).

        Returns:
            A pool whose `fused` sums to what ranks gave all items, so that live sources add to it
            as they do to ranks, and whose log is the blend's logit but for a constant.

        Raises:
            BadBlend: If the pool has other sources than the blend.
        """
        if pool.source_scores.shape[1] != self.n_sources:
            raise BadBlend(
                f"a pool of {pool.source_scores.shape[1]} sources came to a blend of "
                f"{self.n_sources}; both must be of one model."
            )
        logit, fused, parts = _weigh(pool.source_scores, pool.fused, self.weights(n_history))
        if not len(logit):
            cut = slice(0, most)
            return Pool(
                pool.items[cut], pool.source_scores[cut], pool.source_ranks[cut], pool.fused[cut]
            )
        keep = np.lexsort((pool.items, -logit))[:most]  # numba would compile a sort of its own
        return Pool(
            pool.items[keep],
            pool.source_scores[keep],
            pool.source_ranks[keep],
            fused[keep],
            parts[keep],
        )

    def to_arrays(self) -> Arrays:
        """All that is needed to serve, as plain arrays."""
        arrays: Arrays = {
            "short": self.short,
            "long": self.long,
            "knots": np.array([self.low, self.high]),
            "serves": np.array(self.serves),
        }
        if self.returning is not None:
            arrays |= {_BACK + name: one for name, one in self.returning.to_arrays().items()}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The blend that `to_arrays` described.

        Raises:
            BlendDamaged: If the arrays are not one.
        """
        try:
            low, high = arrays["knots"].astype(np.float64).tolist()
            short, long = (
                frozen(arrays[name].astype(np.float64, copy=False)) for name in ("short", "long")
            )
            back = {
                name.removeprefix(_BACK): one
                for name, one in arrays.items()
                if name.startswith(_BACK)
            }
            returning = cls.from_arrays(back) if back else None
            return cls(short, long, low, high, bool(arrays["serves"]), returning)
        except (KeyError, TypeError, ValueError, BadBlend) as error:
            raise BlendDamaged(
                f"stored weights are no blend: {type(error).__name__} {error}."
            ) from error


def position(n_history: NDArray[np.integer], low: float, high: float) -> NDArray[np.float64]:
    """Where histories of that many items lie between the knots: 0 is short, 1 is long; (n,)."""
    if high <= low:
        return np.ones(len(n_history))
    place: NDArray[np.float64] = np.clip((np.log1p(n_history) - low) / (high - low), 0.0, 1.0)
    return place


@njit(cache=True, nogil=True)
def standardise(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """(m, S): standard deviations of each score above its source's mean over the m items.

    A source that gave no answer (NaN), or says the same of all items, says 0 of each.
    """
    m, n_sources = scores.shape
    out = np.zeros((m, n_sources), np.float64)
    for source in range(n_sources):
        total, squares = 0.0, 0.0
        for row in range(m):
            total += scores[row, source]
        mean = total / max(m, 1)
        for row in range(m):
            off = scores[row, source] - mean
            squares += off * off
        deviation = np.sqrt(squares / max(m, 1))
        if deviation > 1e-6 * abs(mean):  # never for NaN, and rounding is no opinion
            for row in range(m):
                out[row, source] = (scores[row, source] - mean) / deviation
    return out


@njit(cache=True, nogil=True)
def _weigh(
    scores: NDArray[np.float32],
    by_ranks: NDArray[np.float32],
    weight: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]]:
    """Logits below the best one, fused scores and addends of all rows.

    No logits where no source with a weight has an opinion.
    """
    m, n_sources = scores.shape
    told = standardise(scores)
    logit = np.zeros(m, np.float64)
    parts = np.zeros((m, n_sources), np.float32)
    has_opinion = False
    for source in range(n_sources):
        for row in range(m):
            part = weight[source] * told[row, source]
            has_opinion |= part != 0.0
            parts[row, source] = part
            logit[row] += part
    if not has_opinion:
        return np.empty(0, np.float64), np.empty(0, np.float32), parts
    best, total, of_ranks = logit[0], 0.0, 0.0
    for row in range(m):
        best = max(best, logit[row])
        of_ranks += by_ranks[row]
    fused = np.empty(m, np.float32)
    for row in range(m):
        logit[row] -= best
        total += np.exp(logit[row])
    for row in range(m):
        fused[row] = of_ranks / total * np.exp(logit[row])
    return logit, fused, parts
