"""Lay sessions out as a matrix for models that know distances, and choose a size for any of them.

Hour on a circle, weekend, device, length and taste become columns. Each group of columns has the
variance 1 in all, so that thirty columns of taste say no more than one of length.

Reads / Writes: nothing.
Not here: the models (baselines.kmeans, baselines.gaussian, baselines.plain_em).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.people.rows import Rows

F64 = NDArray[np.float64]
Arrays = dict[str, NDArray[Any]]
Stored = Mapping[str, NDArray[Any]]

_DAY_HOURS = 24
_PATIENCE = 2  # sizes in a row that are worse before the search ends
_LEAST_SPREAD = 0.05


@dataclass(frozen=True)
class Scale:
    """How sessions of one household become columns, fixed when a model is fitted.

    Args:
        n_places: Devices seen so far, or types of devices where no device is known.
        by_device: Is a place a device?
        shift: (d,) taken from every column.
        factor: (d,) and then multiplied.
    """

    n_places: int
    by_device: bool
    shift: F64
    factor: F64

    @classmethod
    def of(cls, rows: Rows) -> "Scale":
        """The scale under which these sessions have variance 1 in each group of columns."""
        by_device = bool((rows.device >= 0).any())
        place = rows.device if by_device else rows.device_type
        n_places = int(place.max(initial=0)) + 1
        blocks = _blocks(rows, by_device, n_places)
        spread = [max(float(np.sqrt(block.var(axis=0).sum())), _LEAST_SPREAD) for block in blocks]
        width = [block.shape[1] for block in blocks]
        return cls(
            n_places,
            by_device,
            np.concatenate([block.mean(axis=0) for block in blocks]),
            1.0 / np.repeat(spread, width),
        )

    def matrix(self, rows: Rows) -> F64:
        """(n, d) float64 columns of any sessions of that household."""
        blocks = _blocks(rows, self.by_device, self.n_places)
        scaled: F64 = (np.concatenate(blocks, axis=1) - self.shift) * self.factor
        return scaled

    def arrays(self) -> Arrays:
        """The scale as arrays, to be kept beside a model's own."""
        places = np.array([self.n_places, int(self.by_device)])
        return {"scale_places": places, "scale_shift": self.shift, "scale_factor": self.factor}

    @classmethod
    def from_arrays(cls, arrays: Stored) -> "Scale":
        """The scale that `arrays` gave."""
        n_places, by_device = arrays["scale_places"].tolist()
        return cls(n_places, bool(by_device), arrays["scale_shift"], arrays["scale_factor"])


def place_of(rows: Rows, by_device: bool, n_places: int) -> NDArray[np.int64]:
    """(n,) number of the device or its type, -1 where it is unknown or was never seen before."""
    place = np.asarray(rows.device if by_device else rows.device_type, np.int64)
    return np.where(place < n_places, place, -1)


def _blocks(rows: Rows, by_device: bool, n_places: int) -> list[F64]:
    angle = rows.hour * (2 * np.pi / _DAY_HOURS)
    place = place_of(rows, by_device, n_places)
    total = rows.taste.sum(axis=1, keepdims=True)
    return [
        np.stack([np.sin(angle), np.cos(angle)], axis=1).astype(np.float64),
        (rows.weekday >= 5)[:, None].astype(np.float64),
        (place[:, None] == np.arange(n_places)).astype(np.float64),
        np.log1p(np.maximum(rows.duration_s, 0.0))[:, None].astype(np.float64),
        np.asarray(rows.taste / np.maximum(total, 1e-6), np.float64),
    ]


def choose_size(
    fit_size: Callable[[int], tuple[float, Arrays]], n_max: int
) -> tuple[float, Arrays]:
    """The best of sizes from 1 on; the search ends when two sizes in a row bring nothing.

    Args:
        fit_size: Gives score, the greater the better, and arrays for a size.
        n_max: Greatest size, at least 1.

    >>> choose_size(lambda k: (-abs(k - 3), {"k": np.array(k)}), 8)
    (0, {'k': array(3)})
    """
    best, since = fit_size(1), 0
    for k in range(2, n_max + 1):
        tried = fit_size(k)
        since = 0 if tried[0] > best[0] else since + 1
        best = max(best, tried, key=lambda one: one[0])
        if since == _PATIENCE:
            break
    return best


@njit(cache=True, nogil=True)
def settle(share: F64, i: int) -> float:
    """Turn row `i` of logarithms into shares that sum to 1; the logarithm of their sum before."""
    most = share[i].max()
    share[i] = np.exp(share[i] - most)
    norm: float = share[i].sum()
    share[i] /= norm
    total: float = most + math.log(norm)
    return total


def softmax(joint: F64) -> F64:
    """Rows that sum to 1 from logs.

    >>> softmax(np.log([[1.0, 3.0]])).round(2).tolist()
    [[0.25, 0.75]]
    """
    raised = np.exp(joint - joint.max(axis=1, keepdims=True))
    share: F64 = raised / raised.sum(axis=1, keepdims=True)
    return share
