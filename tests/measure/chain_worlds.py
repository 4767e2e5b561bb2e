"""Chains in plain dictionaries, and what their removal costs by solving without the states."""

from collections import defaultdict
from itertools import pairwise

import numpy as np

from settee.measure.paths import Paths


def random_paths(seed, n_paths=60, n_channels=4, longest=7):
    rng = np.random.default_rng(seed)
    indptr = np.cumsum([0, *rng.integers(1, longest + 1, n_paths)])
    step = rng.integers(0, n_channels, indptr[-1]).astype(np.int32)
    return Paths(
        tuple("abcdefgh"[:n_channels]),
        indptr,
        step,
        rng.integers(0, 3, n_paths) * rng.random(n_paths),
        rng.integers(0, 4, n_paths).astype(float),
        rng.random(n_paths) * 50,
    )


def plain_chain(paths, order):
    """Start, move, conversion and value counts by gram, as tuples of channel positions."""
    start, moves = defaultdict(float), defaultdict(lambda: defaultdict(float))
    converts, earns, leaves = defaultdict(float), defaultdict(float), defaultdict(float)
    for path in range(paths.n_paths):
        steps = paths.step[paths.indptr[path] : paths.indptr[path + 1]].tolist()
        weight = paths.converted[path] + paths.nulls[path]
        if weight == 0:
            continue
        grams = [tuple(steps[i : i + order]) for i in range(max(1, len(steps) - order + 1))]
        start[grams[0]] += weight
        for here, there in pairwise(grams):
            if here != there:
                moves[here][there] += weight
                leaves[here] += weight
        converts[grams[-1]] += paths.converted[path]
        earns[grams[-1]] += paths.value[path]
        leaves[grams[-1]] += weight
    return start, moves, converts, earns, leaves


def solved_without(paths, order, without):
    """Conversion chance and cents of a journey where the grams that hold a channel end it."""
    start, moves, converts, earns, leaves = plain_chain(paths, order)
    states = [gram for gram in sorted(leaves) if not set(gram) & set(without)]
    place = {gram: number for number, gram in enumerate(states)}
    q = np.zeros((len(states), len(states)))
    for here in states:
        for there, weight in moves[here].items():
            if there in place:
                q[place[here], place[there]] = weight / leaves[here]
    first = np.array([start[gram] for gram in states]) / sum(start.values())
    ends = np.array(
        [[converts[gram] / leaves[gram], earns[gram] / leaves[gram]] for gram in states]
    )
    return first @ np.linalg.solve(np.eye(len(states)) - q, ends.reshape(-1, 2))
