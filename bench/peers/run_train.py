"""Fit one model of another library and list for everybody; runs in the peers' own interpreter.

    python run_train.py TASK.npz ANSWER.npz SYSTEM THREADS

A process of its own per model, so that its memory can be watched. The task holds the train matrix
by rows and histories of people that it has not met; the answer holds their 100 best items and the
seconds of the fit and of the 100 best of all train accounts. This file imports nothing of settee.
"""

import sys
import time
import warnings
from collections.abc import Mapping
from importlib.metadata import version

import numpy as np
from scipy import sparse

K = 100
_PEOPLE = 500


def read(task: Mapping[str, np.ndarray], name: str) -> sparse.csr_matrix:
    indptr, index = task[f"{name}_indptr"], task[f"{name}_index"]
    values = np.ones(len(index), np.float32)
    return sparse.csr_matrix((values, index, indptr), shape=(len(indptr) - 1, int(task["n_items"])))


class Als:
    """The vectors of implicit."""

    def __init__(self, task: Mapping[str, np.ndarray], n_threads: int) -> None:
        from implicit.als import AlternatingLeastSquares

        self.model = AlternatingLeastSquares(
            factors=int(task["factors"]),
            regularization=float(task["als_reg"]),
            alpha=float(task["als_alpha"]),
            random_state=7,
            num_threads=n_threads,
        )

    def fit(self, train: sparse.csr_matrix) -> None:
        self.model.fit(train, show_progress=False)

    def new_people(self, people: sparse.csr_matrix) -> np.ndarray:
        every = np.arange(people.shape[0])
        return self.model.recommend(every, people, N=K, recalculate_user=True)[0]

    def everybody(self, train: sparse.csr_matrix) -> None:
        self.model.recommend(np.arange(train.shape[0]), train, N=K)


class Neighbours:
    """A table of neighbours of implicit."""

    def __init__(self, kind: str, n_threads: int) -> None:
        from implicit.nearest_neighbours import BM25Recommender, CosineRecommender

        model = BM25Recommender if kind == "bm25" else CosineRecommender
        self.model = model(K=200, num_threads=n_threads)

    def fit(self, train: sparse.csr_matrix) -> None:
        self.model.fit(train, show_progress=False)

    def new_people(self, people: sparse.csr_matrix) -> np.ndarray:
        return self.model.recommend(np.arange(people.shape[0]), people, N=K)[0]

    def everybody(self, train: sparse.csr_matrix) -> None:
        self.new_people(train)


class Ease:
    """The weights that RecTools fits, applied as published: history times weights.

    Its own `recommend` would take them transposed (docs/benchmarks.md).
    """

    def __init__(self, ridge: float, n_threads: int) -> None:
        from rectools.models import EASEModel

        self.model = EASEModel(regularization=ridge, recommend_n_threads=n_threads)

    def fit(self, train: sparse.csr_matrix) -> None:
        import pandas as pd
        from rectools.dataset import Dataset, IdMap, Interactions

        rows, columns = train.nonzero()
        frame = pd.DataFrame({"user_id": rows, "item_id": columns, "weight": 1.0})
        frame["datetime"] = pd.Timestamp("2000-01-01")
        people, items = (IdMap.from_values(np.arange(n)) for n in train.shape)
        start = time.perf_counter()
        events = Interactions.from_raw(frame, people, items)
        self.model.fit(Dataset(people, items, events))
        self.fit_s = time.perf_counter() - start  # the frame is ours, not its work

    def new_people(self, people: sparse.csr_matrix) -> np.ndarray:
        found = [
            self._best(people[first : first + _PEOPLE])
            for first in range(0, people.shape[0], _PEOPLE)
        ]
        return np.concatenate(found)

    def _best(self, people: sparse.csr_matrix) -> np.ndarray:
        scores = np.zeros(people.shape, np.float32)
        n_known = len(self.model.weight)
        scores[:, :n_known] = people[:, :n_known] @ self.model.weight
        scores[people.nonzero()] = -np.inf
        best = np.argpartition(-scores, K, axis=1)[:, :K]
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        return np.take_along_axis(best, order, axis=1)

    def everybody(self, train: sparse.csr_matrix) -> None:
        self.new_people(train)


def made(task: Mapping[str, np.ndarray], system: str, n_threads: int) -> Als | Neighbours | Ease:
    if system == "als":
        return Als(task, n_threads)
    return Ease(float(task["l2"]), n_threads) if system == "ease" else Neighbours(system, n_threads)


def main() -> None:
    warnings.filterwarnings("ignore")
    task, system = np.load(sys.argv[1]), sys.argv[3]
    train, people = read(task, "train"), read(task, "people")
    model = made(task, system, int(sys.argv[4]))
    start, start_cpu = time.perf_counter(), time.process_time()
    model.fit(train)
    fit_s, fit_cpu_s = time.perf_counter() - start, time.process_time() - start_cpu
    lists = np.full((people.shape[0], K), -1, np.int32)
    found = model.new_people(people)
    lists[:, : found.shape[1]] = found
    start, start_cpu = time.perf_counter(), time.process_time()
    model.everybody(train)
    lists_s, lists_cpu_s = time.perf_counter() - start, time.process_time() - start_cpu
    told = f"implicit {version('implicit')}, RecTools {version('RecTools')}"
    np.savez(
        sys.argv[2],
        lists=lists,
        fit_s=np.array(getattr(model, "fit_s", fit_s)),
        fit_cpu_s=np.array(fit_cpu_s),
        lists_s=np.array(lists_s),
        lists_cpu_s=np.array(lists_cpu_s),
        versions=np.array(told),
    )


if __name__ == "__main__":
    main()
