"""Drive any household model as it would have been driven: fitted on what was known, then asked.

A model is fitted when a household has 8 sessions, and again whenever it has 1.3 times as many; each
session in between is answered by the fit before it. Persons keep their names over refits by the
sessions that both fits know.

Reads / Writes: nothing.
Not here: our own replay (settee.people.replay), what the answers are worth (settee.people).
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from settee.people.identity import match
from settee.people.models import HouseholdModel
from settee.people.population import Population
from settee.people.rows import Rows

FIRST = 8
GROWTH = 1.3
F32 = NDArray[np.float32]


def schedule(n: int) -> list[int]:
    """Numbers of sessions after which a model is fitted.

    >>> schedule(14)
    [8, 11]
    """
    sizes, at = [], FIRST
    while at < n:
        sizes.append(at)
        at = max(at + 1, int(np.ceil(at * GROWTH)))
    return sizes


def one_person(n: int) -> F32:
    """Everything is one person, for certain."""
    return np.ones((n, 1), np.float32)


def replay_household(model: HouseholdModel, population: Population, seed: int, rows: Rows) -> F32:
    """(n, n_persons) probability of each person for each session, as known at its end."""
    steps = schedule(len(rows))

    def shares() -> Iterator[tuple[F32, F32]]:
        for place, size in enumerate(steps):
            until = steps[place + 1] if place + 1 < len(steps) else len(rows)
            known = rows.take(slice(0, size))
            fit = model.fit(known, population, seed)
            joint = model.log_likelihood(fit.arrays, rows.take(slice(0, until)), population)
            joint = np.asarray(joint, np.float64)
            raised = np.exp(joint - joint.max(axis=1, keepdims=True))
            share = raised / raised.sum(axis=1, keepdims=True)
            yield share[:size], share[size:]

    return join_fits(shares(), len(rows))


def join_fits(fits: Iterator[tuple[F32, F32]], n: int) -> F32:
    """Answers of one fit after another under names that stay.

    Args:
        fits: Shares of the sessions that the fit was made on, and of those that it answers.
        n: Sessions of the household; those before the first fit are one person.
    """
    parts: list[tuple[F32, list[int]]] = []
    before, numbers, following = np.zeros((n, 0)), [], 1
    start = min(FIRST, n)
    for known, answered in fits:
        matching = match(before[: len(known)], known, numbers, following)
        numbers, following = list(matching.numbers), matching.next_number
        before = np.concatenate([known, answered])
        parts.append((answered, numbers))
    table = np.zeros((n, max(following - 1, 1)), np.float32)
    table[:start, 0] = 1.0
    for answered, columns in parts:
        table[start : start + len(answered), np.array(columns) - 1] = answered
        start += len(answered)
    return table


def replay_all(
    model: HouseholdModel, rows: Sequence[Rows], population: Population, seed: int
) -> F32:
    """(n, K) answers for the sessions of all households, one household after the other."""
    one = partial(replay_household, model, population, seed)
    return stack(spread(one, rows))


def spread(task: Callable[[Rows], F32], rows: Sequence[Rows]) -> list[F32]:
    """The task for every household, on as many processes as there are cores."""
    n_cores = len(os.sched_getaffinity(0))
    if n_cores == 1 or len(rows) < 16:
        return [task(one) for one in rows]
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(n_cores, mp_context=context) as pool:
        return list(pool.map(task, rows, chunksize=8))


def stack(parts: Sequence[F32]) -> F32:
    """Households below each other, padded to the most persons."""
    width = max(part.shape[1] for part in parts)
    return np.concatenate([np.pad(part, ((0, 0), (0, width - part.shape[1]))) for part in parts])
