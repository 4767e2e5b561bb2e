"""Say from a stream of gains whether there is a gain at all, at any moment one likes to look.

Each choice of a person gives a gain: the reciprocal rank of what was chosen in the new order less
that in the old, between -1 and 1. The interval holds at every instant at once, so looking a
thousand times does not raise its error: with alpha .05, of 100 layers without any gain at most 5
are ever said to have one. Some 370 choices with a mean gain of .05 and a spread of .2 are enough.

Reads / Writes: nothing.
Source: Waudby-Smith and Ramdas (2023), "Estimating means of bounded random variables by betting",
section 3.2 (predictable plug-in empirical Bernstein confidence sequence).
Not here: what is judged (ranking.online).
"""

import math
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from settee.core import Damaged

_MOST_BET: Final = 0.5
_PRIOR_VARIANCE: Final = 0.25  # of gains brought to 0..1, where a quarter is the most there can be
_N_SUMS: Final = 7


class EvidenceDamaged(Damaged):
    """Stored numbers are no evidence."""

    code = "evidence_damaged"


@dataclass(frozen=True)
class Evidence:
    """What is known of a gain.

    Args:
        n: Choices that were judged.
        gain: Their mean gain in reciprocal rank, 0 without any.
        low: Lower end of the interval of the gain, -1 where nothing is known.
        high: Upper end, 1 where nothing is known.
        acts: Did the evidence allow to act?
    """

    n: int
    gain: float
    low: float
    high: float
    acts: bool

    def as_dict(self) -> dict[str, float | int | bool]:
        """All of it as JSON."""
        return {
            "n": self.n,
            "gain": round(self.gain, 6),
            "low": round(self.low, 6),
            "high": round(self.high, 6),
            "acts": self.acts,
        }


class Judge:
    """Judges gains as they come; starts anew after `span` of them, and keeps what it had decided.

    A layer acts from the moment the interval lies above 0, and no more from the moment it lies
    below. Starting anew lets what happened long ago be outvoted by what happens now.

    Args:
        alpha: Error of each interval (changes results).
        span: Choices that one interval looks at (changes results).
    """

    def __init__(self, alpha: float, span: int) -> None:
        self._alpha = alpha
        self._span = span
        self._acts = False
        self._sums = np.zeros(_N_SUMS)

    def copy(self) -> "Judge":
        """The same judge; what one sees from now on the other does not."""
        return Judge.from_array(self.to_array(), self._alpha, self._span)

    @property
    def acts(self) -> bool:
        """Does the evidence allow to act?"""
        return self._acts

    def see(self, gain: float) -> None:
        """Take in one gain.

        Args:
            gain: From -1 to 1; what lies outside counts as the end that it lies beyond.
        """
        if self._sums[0] >= self._span:
            self._sums[:] = 0.0
        n, total, squares, bets, backed, spent, plain = self._sums.tolist()
        x = (min(max(gain, -1.0), 1.0) + 1.0) / 2.0
        # mean and variance as they stood before x, so that the bet cannot know it
        mean = (0.5 + total) / (n + 1.0)
        variance = (_PRIOR_VARIANCE + squares) / (n + 1.0)
        level = math.log(2.0 / self._alpha)
        bet = min(math.sqrt(2.0 * level / (variance * (n + 1.0) * math.log(n + 2.0))), _MOST_BET)
        spent += 4.0 * (x - mean) ** 2 * (-math.log(1.0 - bet) - bet) / 4.0
        bets += bet
        backed += bet * x
        n, total, plain = n + 1.0, total + x, plain + min(max(gain, -1.0), 1.0)
        squares += (x - (0.5 + total) / (n + 1.0)) ** 2
        self._sums[:] = n, total, squares, bets, backed, spent, plain
        found = self.evidence()
        if found.low > 0.0:
            self._acts = True
        elif found.high < 0.0:
            self._acts = False

    def evidence(self) -> Evidence:
        """What is known now."""
        n, _, _, bets, backed, spent, plain = self._sums.tolist()
        if n == 0:
            return Evidence(0, 0.0, -1.0, 1.0, self._acts)
        middle = backed / bets
        width = (math.log(2.0 / self._alpha) + spent) / bets
        low, high = 2.0 * (middle - width) - 1.0, 2.0 * (middle + width) - 1.0
        return Evidence(int(n), plain / n, max(low, -1.0), min(high, 1.0), self._acts)

    def to_array(self) -> NDArray[np.float64]:
        """All of it as one row of numbers."""
        return np.concatenate([self._sums, [float(self._acts)]])

    @classmethod
    def from_array(cls, row: NDArray[np.generic], alpha: float, span: int) -> Self:
        """The judge that `to_array` described.

        Raises:
            EvidenceDamaged: If there are not as many numbers, or they are no numbers.
        """
        if row.shape != (_N_SUMS + 1,) or not np.isfinite(row.astype(np.float64)).all():
            raise EvidenceDamaged(f"evidence has the shape {row.shape}; it must be 8 numbers.")
        judge = cls(alpha, span)
        judge._sums[:] = row[:_N_SUMS].astype(np.float64)
        judge._acts = bool(row[_N_SUMS])
        return judge
