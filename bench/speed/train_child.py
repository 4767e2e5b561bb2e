"""Fit one of our sources and list for everybody, in a process of its own.

    python -m bench.speed.train_child TASK.npz ANSWER.npz SYSTEM THREADS

Reads: the task, as bench/peers/run_train.py does.  Writes: the answer, in the same words.
Not here: the matrices and the judging (bench.speed.train).
"""

import os
import sys
import time

import numpy as np
from numpy.typing import NDArray

from bench.speed.listing import best_lists
from settee.candidates import SOURCES
from settee.core import Item, SourceSettings
from settee.events import Catalogue, Histories, Interactions, catalogue_of

K = 100


def _catalogue(n_items: int) -> Catalogue:
    return catalogue_of([Item(item_id=f"i{number}") for number in range(n_items)])


def _histories(indptr: NDArray[np.int64], index: NDArray[np.int32]) -> Histories:
    return Histories(indptr, index, np.zeros(len(index), np.int64))


def _events(indptr: NDArray[np.int64], index: NDArray[np.int32], n_items: int) -> Interactions:
    n = len(indptr) - 1
    account = np.repeat(np.arange(n, dtype=np.int32), np.diff(indptr))
    ids = tuple(f"a{number}" for number in range(n))
    zeros, ones = np.zeros(len(index), np.int64), np.ones(len(index), np.bool_)
    return Interactions(ids, n_items, account, index, zeros, ones)


def _cpu_s() -> float:
    """Seconds of the processor of this process and of children that ended: one inverts for EASE."""
    return sum(os.times()[:4])


def _main(task_path: str, answer_path: str, system: str, n_threads: int) -> None:
    with np.load(task_path) as found:
        task = dict(found)
    n_items = int(task["n_items"])
    events = _events(task["train_indptr"], task["train_index"], n_items)
    catalogue = _catalogue(n_items)
    people = _histories(task["people_indptr"], task["people_index"])
    settings = SourceSettings(
        max_history=100_000,
        als_threads=n_threads,
        als_factors=int(task["factors"]),
        ease_max_items=max(2, n_items),
        ease_l2=float(task["l2"]),
        ease_dropout=0.0,
        ease_account_power=0.0,
    )
    # Compiled loops come from the cache of the first run; compile them apart from what is timed.
    few = events.where(events.account < 20)
    best_lists(SOURCES[system].fit(few, catalogue, settings), people, 1)
    start, start_cpu = time.perf_counter(), _cpu_s()
    source = SOURCES[system].fit(events, catalogue, settings)
    fit_s, fit_cpu_s = time.perf_counter() - start, _cpu_s() - start_cpu
    lists, _ = best_lists(source, people, K, n_threads)
    everybody = _histories(task["train_indptr"], task["train_index"])
    start, start_cpu = time.perf_counter(), _cpu_s()
    best_lists(source, everybody, K, n_threads)
    lists_s, lists_cpu_s = time.perf_counter() - start, _cpu_s() - start_cpu
    np.savez(
        answer_path,
        lists=lists,
        fit_s=np.array(fit_s),
        fit_cpu_s=np.array(fit_cpu_s),
        lists_s=np.array(lists_s),
        lists_cpu_s=np.array(lists_cpu_s),
    )


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
