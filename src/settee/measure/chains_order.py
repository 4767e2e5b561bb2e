"""Choose how many channels a chain should remember, by journeys that it was not fitted on.

Each part is told by what was met in the others: how likely was the next channel, the conversion,
the end? A longer memory always fits its own journeys better; on others it does only where the
past beyond the last channel tells something. If mail converts after web and never after mail,
order 2 wins; if it converts alike, order 1 does.

A gram that was hardly met leans on the shorter one: with n(h) visits and T(h) kinds of sequels, the
shorter memory counts as T(h) visits more (Witten and Bell). At the front of a path the memory is
what there is.

Reads / Writes: nothing.
Source: Witten and Bell (1991), "The zero-frequency problem", IEEE Trans. Inf. Theory 37(4), method
C; Stone (1974), "Cross-validatory choice", JRSS B 36(2).
Not here: the chains (measure.chains).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput
from settee.measure.chains import MAX_ORDER, check_order
from settee.measure.paths import Paths


class TooFewPaths(BadInput):
    """There are not enough paths to hold some of them out."""

    code = "too_few_paths"


@dataclass(frozen=True)
class OrderChoice:
    """The order that told held-out journeys best.

    Args:
        order: The best; the lower one of equals.
        log_likelihood: (max_order,) mean over held-out steps and ends, natural logarithm, by order.
        baseline: The same of telling every step by how often it is met, whatever came before.
        n_steps: Weight of the steps and ends that were told.
    """

    order: int
    log_likelihood: NDArray[np.float64]
    baseline: float
    n_steps: float


@dataclass(frozen=True)
class _Told:
    """Everything that a chain has to tell: each step, and after the last each way to end.

    `context[k]` and `pair[k]` number the last k channels, and those with what followed.
    """

    path: NDArray[np.int64]  # (T,)
    kind: NDArray[np.int8]  # (T,) 0 a step, 1 a conversion, 2 an end without
    context: list[NDArray[np.int64]]  # of (T,)
    pair: list[NDArray[np.int64]]  # of (T,)
    context_of: list[NDArray[np.int64]]  # context of each pair


def _numbered(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    return number.astype(np.int64), first.astype(np.int64)


def _told(paths: Paths, max_order: int) -> _Told:
    n, size = paths.n_paths, np.diff(paths.indptr)
    base = paths.n_channels + 2
    path = np.concatenate((np.repeat(np.arange(n), size), np.arange(n), np.arange(n)))
    kind = np.repeat(np.array([0, 1, 2], np.int8), [len(paths.step), n, n])
    symbol = np.concatenate(
        (paths.step.astype(np.int64), np.repeat([paths.n_channels, paths.n_channels + 1], n))
    )
    place = np.concatenate((np.arange(len(paths.step)), paths.indptr[1:], paths.indptr[1:]))
    at = place - paths.indptr[path]  # steps before it
    key = np.zeros(len(path), np.int64)
    contexts, pairs, context_of = [], [], []
    for back in range(max_order + 1):
        if back:
            known = np.where(at >= back, paths.step[np.maximum(place - back, 0)] + 1, 0)
            key = key + known * base ** (back - 1)
        context, _ = _numbered(key)
        pair, first = _numbered(key * base + symbol)
        contexts.append(context)
        pairs.append(pair)
        context_of.append(context[first])
    return _Told(path, kind, contexts, pairs, context_of)


def _fold_weights(
    paths: Paths, folds: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(P, folds) conversions and nulls of each path that each fold holds.

    A group goes to one fold as a whole. Without groups each unit of weight is its own journey, and
    what is left of a fraction goes to one fold.
    """
    if paths.group is not None:
        _, group = np.unique(paths.group, return_inverse=True)
        fold = rng.integers(folds, size=int(group.max(initial=0)) + 1)[group]
        chosen = np.eye(folds)[fold]
        return paths.converted[:, None] * chosen, paths.nulls[:, None] * chosen

    def parted(weight: NDArray[np.float64]) -> NDArray[np.float64]:
        whole = np.floor(weight)
        parts = rng.multinomial(whole.astype(np.int64), np.full(folds, 1 / folds)).astype(
            np.float64
        )
        parts[np.arange(len(weight)), rng.integers(folds, size=len(weight))] += weight - whole
        return parts

    return parted(paths.converted), parted(paths.nulls)


def _log_likelihoods(
    told: _Told, train: NDArray[np.float64], test: NDArray[np.float64], n_symbols: int
) -> NDArray[np.float64]:
    """(max_order + 1,) summed over the test weights, of memories of 0, 1, ... channels."""
    chance = np.full(len(train), 1.0 / n_symbols)
    asked = np.flatnonzero(test > 0)
    sums = np.empty(len(told.pair))
    for back, (context, pair, owner) in enumerate(
        zip(told.context, told.pair, told.context_of, strict=True)
    ):
        met = np.bincount(pair, train, len(owner))
        visits = np.bincount(owner, met)
        sequels = np.bincount(owner, met > 0)
        weight = (visits + sequels)[context]
        leaning = met[pair] + sequels[context] * chance
        chance = np.divide(leaning, weight, out=chance, where=weight > 0)
        sums[back] = test[asked] @ np.log(chance[asked])
    return sums


def choose_order(
    paths: Paths, max_order: int = MAX_ORDER, folds: int = 5, seed: int = 0
) -> OrderChoice:
    """The order whose chain tells held-out journeys best.

    Args:
        paths: What was met, and what came of it.
        max_order: Highest order that is tried, 1 to 3; *changes results*.
        folds: Parts, 2 or more, each told by the others; *changes results* within their noise.
        seed: Draws the parts.

    Raises:
        BadOrder: There is no chain of that order.
        TooFewPaths: Fewer than 2 folds, or less weight than folds.

    >>> from settee.measure.paths import paths_of
    >>> two = paths_of([["mail", "web", "web"], ["web", "web"]], converted=[90, 0], nulls=[0, 90])
    >>> choose_order(two).order
    3
    """
    check_order(max_order, paths.n_channels)
    n_journeys = paths.n_conversions + float(paths.nulls.sum())
    if folds < 2 or n_journeys < folds:
        raise TooFewPaths(
            f"{n_journeys:g} journeys cannot be held out in {folds} parts;"
            " there must be at least 2 parts, and a journey for each."
        )
    converted, nulls = _fold_weights(paths, folds, np.random.default_rng(seed))
    told = _told(paths, max_order)
    weight = np.stack((converted + nulls, converted, nulls))  # by kind, (3, P, folds)
    sums, n_steps = np.zeros(max_order + 1), 0.0
    for fold in range(folds):
        test = weight[told.kind, told.path, fold]
        train = weight.sum(axis=2)[told.kind, told.path] - test
        sums += _log_likelihoods(told, np.maximum(train, 0.0), test, paths.n_channels + 2)
        n_steps += float(test.sum())
    mean = sums / n_steps
    return OrderChoice(int(np.argmax(mean[1:])) + 1, mean[1:], float(mean[0]), n_steps)
