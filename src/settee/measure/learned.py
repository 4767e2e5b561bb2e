"""Learn what each set of channels is worth from the paths that converted and those that did not.

A logistic model gives the chance of a path by the channels it met, by pairs of them and, where
order counts, by which of two came first and by who was first and last of all. A set is worth what
the same people would have done, had only its channels been there. A path over search and mail with
a chance of 9 %, of 5 and 4 % with one of them and of 3 % with neither gives search 3.5 points and
mail 2.5; 3 of the 9 are nobody's, and are shared in proportion.

Reads / Writes: nothing.
Source: Shao and Li (2011), "Data-driven Multi-touch Attribution Models"; Shapley (1953), path by
path; Kline and Santos (2012), "A Score Based Approach to Wild Bootstrap Inference".
Not here: the loops (measure.learned_loops), other worths (measure.games_paths, games_reach).
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput
from settee.measure.games import Floats, order_shares
from settee.measure.learned_loops import distinct_steps, fill_features, path_values
from settee.measure.paths import Paths

MAX_CHANNELS = 200
MAX_DISTINCT = 15
"""Channels of one path; 2 ** 15 subsets of it are looked at."""

_MAX_PAIRS = 300
_MAX_CELLS = 200_000_000  # of the table of features: 1.6 GB
_RIDGE_CHANNEL, _RIDGE_OTHER = 1e-3, 1.0
_MOST_STEPS, _CLOSE = 50, 1e-10
Ints = NDArray[np.int64]


class CannotLearn(BadInput):
    """The paths do not allow a model of conversion."""

    code = "cannot_learn"


class OneOutcome(CannotLearn):
    """Nobody converted, or everybody did."""

    code = "needs_paths_without_conversion"


class TooManyTerms(CannotLearn):
    """There are more channels or distinct paths than the model takes."""

    code = "too_many_channels_to_learn"


@dataclass(frozen=True)
class LearnedWorth:
    """A fitted model, and the distinct paths it was fitted on.

    Args:
        kind: "sets": order does not count; "ordered": it does.
        weight: (d,) coefficients: 1, channels, firsts and lasts (ordered), pairs.
        pair: (C, C) column of "a, then b", -1 where the pair has none.
        starts: (U + 1,) where the channels of each distinct path begin.
        channel: (m,) channels of the distinct paths, in the order of first contacts.
        last: (m,) rank of the last contact of each.
        features: (U, d).
        hessian_inverse: (d, d) of the penalised likelihood at the optimum.
    """

    kind: Literal["sets", "ordered"]
    weight: Floats
    pair: Ints
    starts: Ints
    channel: Ints
    last: Ints
    features: Floats
    hessian_inverse: Floats

    def chance(self) -> Floats:
        """(U,) probability that each distinct path converts."""
        return np.asarray(_logistic(self.features @ self.weight))

    def with_weights(self, converted: Floats, nulls: Floats) -> "LearnedWorth":
        """The model as it would be, to first order, had the paths these weights.

        One Newton step from the optimum: exact in the limit, and no second fit.

        Args:
            converted: (U,) conversions of each distinct path.
            nulls: (U,) times each ended without one.
        """
        chance, n = self.chance(), converted + nulls
        slope = self.features.T @ (converted - n * chance) - _ridge(self) * self.weight
        return replace(self, weight=self.weight + self.hessian_inverse @ slope)

    def step_values(self) -> Floats:
        """(m,) Shapley value of each channel of each distinct path: chance that it adds."""
        n_channels = len(self.pair)
        ends = np.zeros((2, n_channels))
        if self.kind == "ordered":
            ends = self.weight[1 + n_channels : 1 + 3 * n_channels].reshape(2, -1)
        most = int(np.diff(self.starts).max(initial=1))
        shares = np.zeros((most + 1, most + 1))
        for n in range(1, most + 1):
            shares[n, :n] = order_shares(n)
        values: Floats = path_values(
            self.starts, self.channel, self.last, self.pair, self.weight,
            np.ascontiguousarray(ends), shares,
        )  # fmt: skip
        return values

    def credit(self, people: Floats) -> tuple[Floats, float]:
        """Conversions that each channel adds, and those that nobody's contacts made.

        Args:
            people: (U,) how many people had each distinct path, with and without a conversion.

        Returns:
            (C,) float64, and what the same people do without any contact.
        """
        rows = np.repeat(np.arange(len(people)), np.diff(self.starts))
        added = np.bincount(
            self.channel, self.step_values() * people[rows], minlength=len(self.pair)
        )
        return np.asarray(added, np.float64), float(_logistic(self.weight[:1])[0] * people.sum())


def _logistic(log_odds: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * log_odds)))


def _ridge(model: LearnedWorth) -> Floats:
    return _ridges(len(model.pair), len(model.weight))


def _ridges(n_channels: int, n_features: int) -> Floats:
    """(d,) penalties: next to none on channels, a bell of width 1 on what refines them."""
    out = np.full(n_features, _RIDGE_OTHER)
    out[0] = 0.0
    out[1 : 1 + n_channels] = _RIDGE_CHANNEL
    return out


def learn_worth(paths: Paths, kind: Literal["sets", "ordered"] = "sets") -> LearnedWorth:
    """Fit the model on distinct paths.

    Args:
        paths: Collapsed paths; see `Paths.collapse`.
        kind: "sets", where a pair is a pair and order does not count; "ordered", where it does.

    Raises:
        OneOutcome: Nobody converted, or everybody did.
        TooManyTerms: There are more than 200 channels, a path has more than 15 different ones, or
            the table of terms would not fit in memory.

    >>> from settee.measure.paths import paths_of
    >>> model = learn_worth(paths_of([["web"], ["mail"]], converted=[10, 30], nulls=[90, 70]))
    >>> model.chance().round(2).tolist()
    [0.1, 0.3]
    """
    _check(paths)
    n_channels = paths.n_channels
    starts, channel, last = distinct_steps(paths.indptr, paths.step, n_channels)
    if int(np.diff(starts).max(initial=0)) > MAX_DISTINCT:
        raise TooManyTerms(
            f"a path has {int(np.diff(starts).max())} channels; the model takes {MAX_DISTINCT} at "
            "most of one path.",
            hint="Shorten the lookback, or set attribution.worth to empirical.",
        )
    n_ends = n_channels if kind == "ordered" else 0
    people = paths.converted + paths.nulls
    pair, n_features = _pairs(starts, channel, people, n_channels, kind)
    if n_features * paths.n_paths > _MAX_CELLS:
        raise TooManyTerms(
            f"{paths.n_paths:,} distinct paths times {n_features} terms are more than "
            f"{_MAX_CELLS:,} cells.",
            hint="Set attribution.worth to empirical, or unite channels.",
        )
    features: Floats = fill_features(starts, channel, last, pair, n_ends, n_features)
    weight, inverse = _fit(features, paths.converted, people, _ridges(n_channels, n_features))
    return LearnedWorth(kind, weight, pair, starts, channel, last, features, inverse)


def _check(paths: Paths) -> None:
    if not paths.n_conversions > 0 or not float(paths.nulls.sum()) > 0:
        raise OneOutcome(
            f"{paths.n_conversions:g} conversions and {float(paths.nulls.sum()):g} paths without "
            "one; a model needs both.",
            hint="Give the paths of people who did not convert, too.",
        )
    if paths.n_channels > MAX_CHANNELS:
        raise TooManyTerms(
            f"{paths.n_channels} channels; the model takes {MAX_CHANNELS} at most.",
            hint="Unite channels, or set attribution.worth to empirical.",
        )


def _pairs(
    starts: Ints, channel: Ints, people: Floats, n_channels: int, kind: str
) -> tuple[Ints, int]:
    """The column of each pair that most people met, and the number of columns."""
    met = np.zeros((n_channels, n_channels))
    sizes = np.diff(starts)
    for gap in range(1, int(sizes.max(initial=1))):
        rows = np.repeat(np.arange(len(sizes)), np.maximum(sizes - gap, 0))
        offset = np.arange(len(rows)) - np.searchsorted(rows, rows)
        at = starts[rows] + offset
        np.add.at(met, (channel[at], channel[at + gap]), people[rows])
    if kind == "sets":
        met = np.triu(met + met.T)
    first_column = 1 + n_channels * (3 if kind == "ordered" else 1)
    order = np.argsort(-met, axis=None, kind="stable")[:_MAX_PAIRS]
    order = np.sort(order[met.ravel()[order] > 0])
    pair = np.full((n_channels, n_channels), -1, np.int64)
    pair.ravel()[order] = first_column + np.arange(len(order))
    if kind == "sets":
        pair = np.maximum(pair, pair.T)
    return pair, first_column + len(order)


def _fit(x: Floats, converted: Floats, people: Floats, ridge: Floats) -> tuple[Floats, Floats]:
    """Newton's method on the penalised likelihood, halving steps that make it worse."""
    weight = np.zeros(x.shape[1])
    rate = converted.sum() / people.sum()
    weight[0] = np.log(rate / (1 - rate))

    def loss(at: Floats) -> float:
        return _loss(x @ at, converted, people) + 0.5 * float(ridge @ at**2)

    for _ in range(_MOST_STEPS):
        slope = x.T @ (converted - people * _logistic(x @ weight)) - ridge * weight
        step = np.linalg.solve(_hessian(x, weight, people, ridge), slope)
        while loss(weight + step) > loss(weight) and float(np.abs(step).max()) > _CLOSE:
            step = step / 2
        weight = weight + step
        if float(np.abs(step).max()) <= _CLOSE:
            break
    return weight, np.asarray(np.linalg.inv(_hessian(x, weight, people, ridge)), np.float64)


def _loss(log_odds: Floats, converted: Floats, people: Floats) -> float:
    return float(people @ np.logaddexp(0.0, log_odds) - converted @ log_odds)


def _hessian(x: Floats, weight: Floats, people: Floats, ridge: Floats) -> Floats:
    chance = _logistic(x @ weight)
    spread = people * chance * (1.0 - chance)
    return np.asarray((x * spread[:, None]).T @ x + np.diag(ridge))
