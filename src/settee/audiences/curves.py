"""Say what an order of people is worth: who was reached at each size, and do probabilities hold?

Gain: the first 10 % of the list held 40 % of those who responded, so the gain there is .4 and the
lift 4; in any order whatever it is .1 and 1. Calibration: people are cut into bins of equal size by
their probability, and what was foretold is compared with what came.

Reads / Writes: nothing.
Source: Guo et al. (2017), "On Calibration of Modern Neural Networks" (expected calibration error);
Nixon et al. (2019), "Measuring Calibration in Deep Learning" (bins of equal mass).
Not here: the probabilities (audiences.response).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput

Scores = NDArray[np.float64]
_LOW, _HIGH = 0.025, 0.975


class BadCurve(BadInput):
    """Scores and outcomes do not fit each other."""

    code = "bad_curve"


@dataclass(frozen=True)
class Gain:
    """A gain curve.

    Args:
        share: (n,) share of people that is reached.
        gain: (n,) share of those who responded that is reached by it; None where nobody responded.
        reason: "nobody_responded" where there is no gain, else "".
    """

    share: Scores
    gain: Scores | None
    reason: str = ""

    @property
    def lift(self) -> Scores | None:
        """(n,) times as many as in any order whatever."""
        return None if self.gain is None else self.gain / self.share


@dataclass(frozen=True)
class Calibration:
    """What was foretold beside what came, in bins of equal size.

    Args:
        foretold: (n_bins,) mean probability.
        came: (n_bins,) share that responded.
        n: (n_bins,) people.
        error: Mean distance of the two, by people.
        low: Lower end of its 95 % interval over people.
        high: Upper end.
    """

    foretold: Scores
    came: Scores
    n: NDArray[np.int64]
    error: float
    low: float
    high: float


def gain_curve(score: Scores, responded: NDArray[np.bool_], n_points: int = 100) -> Gain:
    """Who was reached at each size of the audience.

    People with one score count alike: the curve between them is a line, whatever their order.

    Args:
        score: (n_people,) higher comes first.
        responded: (n_people,) bool.
        n_points: Points at equal shares, the last at 1.

    Raises:
        BadCurve: If lengths differ or nobody is there.

    >>> found = gain_curve(np.array([3.0, 2.0, 1.0, 0.0]), np.array([1, 0, 0, 0], bool), 4)
    >>> found.gain.tolist(), found.lift.tolist()[0]
    ([1.0, 1.0, 1.0, 1.0], 4.0)
    """
    _check(score, responded)
    share = np.arange(1, n_points + 1) / n_points
    n_responded = int(responded.sum())
    if n_responded == 0:
        return Gain(share, None, "nobody_responded")
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    hits = np.cumsum(responded[order])[ends]
    reached = np.concatenate([np.zeros(1), (ends + 1) / len(score)])
    found = np.concatenate([np.zeros(1), hits / n_responded])
    return Gain(share, np.interp(share, reached, found))


def precision_recall(
    score: Scores, responded: NDArray[np.bool_], size: int
) -> tuple[float, float | None]:
    """Share of the first `size` who responded, and the share of those who did that they are.

    Equal scores are taken in the order given. Recall is None where nobody responded.

    Raises:
        BadCurve: If lengths differ, nobody is there or the size is under 1.
    """
    _check(score, responded)
    if size < 1:
        raise BadCurve(f"the size is {size}; it must be 1 or more.")
    first = np.argsort(-score, kind="stable")[:size]
    hits, total = int(responded[first].sum()), int(responded.sum())
    return hits / len(first), hits / total if total else None


def calibration_error(
    probability: Scores,
    responded: NDArray[np.bool_],
    *,
    n_bins: int = 10,
    n_resamples: int = 200,
    seed: int = 7,
    people: NDArray[np.int64] | None = None,
) -> Calibration:
    """How far probabilities are from what came, with an interval over people.

    Args:
        probability: (n_people,) from 0 to 1.
        responded: (n_people,) bool.
        n_bins: Bins of equal size; fewer where there are fewer people.
        n_resamples: Of people, behind the interval.
        seed: Draws them.
        people: (n_people,) whose each row is, where somebody has several, as with several items:
            they are drawn together; None is a person a row.

    Raises:
        BadCurve: If lengths differ, nobody is there, or a probability is none.
    """
    _check(probability, responded)
    if float(probability.min()) < 0 or float(probability.max()) > 1:
        raise BadCurve("a probability lies outside 0 to 1.")
    order = np.argsort(probability, kind="stable")
    bins = np.empty(len(order), np.int64)
    n_bins = min(n_bins, len(order))
    bins[order] = np.arange(len(order)) * n_bins // len(order)
    foretold, came, n = _binned(bins, probability, responded, n_bins, None)
    error = float(np.abs(foretold - came) @ n / n.sum())
    rng = np.random.default_rng(seed)
    n_drawn = len(order) if people is None else int(people.max()) + 1
    drawn = []
    for _ in range(n_resamples):
        times = rng.poisson(1.0, n_drawn).astype(np.float64)
        times = times if people is None else times[people]
        foretold_, came_, n_ = _binned(bins, probability, responded, n_bins, times)
        drawn.append(float(np.abs(foretold_ - came_) @ n_ / max(n_.sum(), 1.0)))
    low, high = np.quantile(drawn, [_LOW, _HIGH]).tolist() if drawn else (error, error)
    return Calibration(foretold, came, n.astype(np.int64), error, low, high)


def _binned(
    bins: NDArray[np.int64],
    probability: Scores,
    responded: NDArray[np.bool_],
    n_bins: int,
    times: Scores | None,
) -> tuple[Scores, Scores, Scores]:
    times = np.ones(len(bins)) if times is None else times
    n = np.bincount(bins, times, minlength=n_bins).astype(np.float64)
    least = np.maximum(n, 1e-12)
    foretold = np.bincount(bins, times * probability, minlength=n_bins) / least
    return foretold, np.bincount(bins, times * responded, minlength=n_bins) / least, n


def _check(score: Scores, responded: NDArray[np.bool_]) -> None:
    if score.shape != responded.shape or score.ndim != 1 or len(score) == 0:
        raise BadCurve(
            f"scores have the shape {score.shape} and outcomes {responded.shape}; one each of at "
            "least one person is expected."
        )
