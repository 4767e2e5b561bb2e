"""Read a history into a posterior over a few hundred numbers, and tell what it makes of each item.

The encoder sums one row per item of the history, so the many items that are absent cost nothing:
100 items of 600 numbers are 60,000 sums, where the whole matrix would be 2 million. The decoder is
linear, so a latent number of variance s^2 gives item j a variance of (v_j s)^2 and no more.

Reads / Writes: nothing.
Source: Liang et al. (2018), "Variational Autoencoders for Collaborative Filtering"; Shenbin et al.
(2020), "RecVAE", section 3.2 (the encoder: each layer also sees the sum of those before).
Not here: how a net is trained (candidates.deep.vae), how nets are mixed (candidates.vae).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.candidates.histories import Checked, read_only
from settee.candidates.source import Arrays

Floats = NDArray[np.float32]

NORM_EPSILON = 1e-5
"""Keeps the spread of a layer above 0 where it is divided by it."""

_GREATEST_LOG_VARIANCE = 20.0
"""Bounds what a posterior says of people unlike all who trained it."""


@njit(cache=True, nogil=True)
def _sum_rows(
    rows: NDArray[np.float32],
    place_of: NDArray[np.int32],
    indptr: NDArray[np.int64],
    history: NDArray[np.int32],
    amount: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Sum of the rows of each history, over the root of the sum of squared amounts."""
    for person in range(out.shape[0]):
        square = 0.0
        line = out[person]
        for cell in range(indptr[person], indptr[person + 1]):
            place = place_of[history[cell]]
            if place >= 0 and amount[cell] != 0.0:
                weight = np.float32(amount[cell])
                square += amount[cell] * amount[cell]
                row = rows[place]
                for j in range(len(line)):
                    line[j] += weight * row[j]
        if square > 0.0:
            scale = np.float32(1.0 / np.sqrt(square))
            for j in range(len(line)):
                line[j] *= scale


def _swish(x: Floats) -> Floats:
    """Return x times its logistic, without overflow."""
    half = np.float32(0.5)
    out: Floats = x * (half + half * np.tanh(half * x))
    return out


@njit(cache=True, nogil=True)
def _standardise(scores: NDArray[np.float32], deviation: NDArray[np.float32]) -> None:
    """Bring each row to mean 0 and variance 1 in place; equal scores become 0."""
    for row in range(scores.shape[0]):
        line = scores[row]
        total, squares = 0.0, 0.0
        for j in range(len(line)):
            total += line[j]
        mean = np.float32(total / max(len(line), 1))
        for j in range(len(line)):
            line[j] -= mean
            squares += line[j] * line[j]
        if squares > 0.0:
            deviation[row, 0] = np.sqrt(squares / len(line))
            scale = np.float32(1.0 / deviation[row, 0])
            for j in range(len(line)):
                line[j] *= scale


def standardised(scores: Floats) -> tuple[Floats, Floats]:
    """Each row at mean 0 and variance 1, and the standard deviation that it had, (n_people, 1).

    A row of equal scores prefers nothing and is 0 throughout, with a deviation of 1.

    >>> standardised(np.array([[1.0, 3.0], [5.0, 5.0]], np.float32))[0].tolist()
    [[-1.0, 1.0], [0.0, 0.0]]
    """
    out = np.array(scores, np.float32, order="C")
    deviation = np.ones((len(out), 1), np.float32)
    _standardise(out, deviation)
    return out, deviation


@dataclass(frozen=True)
class Layer:
    """One layer of the encoder.

    Args:
        weight: (width, width before) float32; empty for the first layer, whose rows are items.
        bias: (width,) float32.
        scale: (width,) float32 of the layer norm.
        shift: (width,) float32 of the layer norm.
    """

    weight: Floats
    bias: Floats
    scale: Floats
    shift: Floats

    def norm(self, x: Floats) -> Floats:
        """Each row at mean 0 and variance 1, then scaled and shifted."""
        centred = x - x.mean(axis=1, keepdims=True)
        variance = np.square(centred).mean(axis=1, keepdims=True) + np.float32(NORM_EPSILON)
        out: Floats = centred / np.sqrt(variance) * self.scale + self.shift
        return out


@dataclass(frozen=True)
class Net:
    """A trained net.

    Args:
        item_in: (m, first width) float32: what an item of the history adds.
        layers: One or more.
        to_latent: (2 n_latent, last width) float32: mean, then log variance.
        latent_bias: (2 n_latent,) float32.
        item_out: (m, n_latent) float32.
        item_bias: (m,) float32.
        like_out: (m, n_latent) float32: whether an item that was met was wanted; empty where the
            net learnt nothing of that.
        like_bias: (m,) float32, or empty.
    """

    item_in: Floats
    layers: tuple[Layer, ...]
    to_latent: Floats
    latent_bias: Floats
    item_out: Floats
    item_bias: Floats
    like_out: Floats
    like_bias: Floats

    def encode(self, given: Checked, place_of: NDArray[np.int32]) -> tuple[Floats, Floats]:
        """Mean and variance of each person's posterior: twice (n_people, n_latent)."""
        first = self.layers[0]
        x = np.zeros((len(given.indptr) - 1, len(first.bias)), np.float32)
        _sum_rows(self.item_in, place_of, given.indptr, given.item, given.weight, x)
        seen = first.norm(_swish(x + first.bias))
        for layer in self.layers[1:]:
            x = seen @ layer.weight.T + layer.bias
            if x.shape == seen.shape:
                seen = seen + layer.norm(_swish(x + seen))
            else:
                seen = layer.norm(_swish(x))
        latent = seen @ self.to_latent.T + self.latent_bias
        mean, log_variance = np.split(latent, 2, axis=1)
        return mean, np.exp(np.minimum(log_variance, np.float32(_GREATEST_LOG_VARIANCE)))

    def decode(self, mean: Floats) -> Floats:
        """Log odds of every item, but for one number per person: (n_people, m)."""
        return mean @ self.item_out.T + self.item_bias

    def variance(self, variance: Floats) -> Floats:
        """Variance of those log odds under the posterior: (n_people, m)."""
        return variance @ np.square(self.item_out).T

    def liking(self, mean: Floats) -> Floats:
        """Chance that each item is wanted once it is met: (n_people, m); needs that head."""
        odds = mean @ self.like_out.T + self.like_bias
        out: Floats = np.float32(0.5) + np.float32(0.5) * np.tanh(np.float32(0.5) * odds)
        return out

    def to_arrays(self, prefix: str) -> Arrays:
        """The arrays of the net, their names after `prefix`."""
        out: Arrays = {
            "item_in": self.item_in,
            "to_latent": self.to_latent,
            "latent_bias": self.latent_bias,
            "item_out": self.item_out,
            "item_bias": self.item_bias,
            "like_out": self.like_out,
            "like_bias": self.like_bias,
            "n_layers": np.array(len(self.layers), np.int64),
        }
        for place, layer in enumerate(self.layers):
            for part in ("weight", "bias", "scale", "shift"):
                out[f"{part}_{place}"] = getattr(layer, part)
        return {f"{prefix}{name}": array for name, array in out.items()}

    @classmethod
    def from_arrays(cls, arrays: Arrays, prefix: str) -> Self:
        """The net that `to_arrays` described."""

        def floats(name: str) -> Floats:
            return read_only(arrays[f"{prefix}{name}"].astype(np.float32, copy=False))

        layers = tuple(
            Layer(*(floats(f"{part}_{place}") for part in ("weight", "bias", "scale", "shift")))
            for place in range(int(arrays[f"{prefix}n_layers"]))
        )
        return cls(
            floats("item_in"),
            layers,
            floats("to_latent"),
            floats("latent_bias"),
            floats("item_out"),
            floats("item_bias"),
            floats("like_out"),
            floats("like_bias"),
        )


def sum_of_nets(nets: tuple[Net, ...], given: Checked, place_of: NDArray[np.int32]) -> Floats:
    """Sum over the nets of the standardised log odds: (n_people, m)."""
    total = np.zeros((len(given.indptr) - 1, len(nets[0].item_bias)), np.float32)
    for net in nets:
        total += standardised(net.decode(net.encode(given, place_of)[0]))[0]
    return total
