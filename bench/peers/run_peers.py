"""Fit other libraries on a split and write their lists; runs in the peers' own interpreter.

    python run_peers.py TASK.npz ANSWER.npz

The task holds three sparse matrices by rows (train, valid, test: accounts by items), the ridges
for EASE and whether to hurry. The answer holds, per family and setting, the 100 best items of
every valid and test account without those it already has, and the seconds of the fit. This file
imports nothing of settee: figures are computed where ours are.
"""

import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.metadata import version
from typing import Any

import implicit
import numpy as np
import pandas as pd
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, ItemItemRecommender
from rectools.dataset import Dataset, IdMap, Interactions
from rectools.models import EASEModel
from scipy import sparse

K = 100
Lists = np.ndarray
"""(n_people, K) items, best first."""


def read(task: Mapping[str, Lists], name: str) -> sparse.csr_matrix:
    indptr, index = task[f"{name}_indptr"], task[f"{name}_index"]
    values = np.ones(len(index), np.float32)
    return sparse.csr_matrix((values, index, indptr), shape=(len(indptr) - 1, int(task["n_items"])))


def implicit_lists(model: AlternatingLeastSquares, people: sparse.csr_matrix) -> Lists:
    items, _ = model.recommend(
        np.arange(people.shape[0]),
        people,
        N=K,
        filter_already_liked_items=True,
        recalculate_user=True,
    )
    return items


def neighbour_lists(model: ItemItemRecommender, people: sparse.csr_matrix) -> Lists:
    items, _ = model.recommend(
        np.arange(people.shape[0]), people, N=K, filter_already_liked_items=True
    )
    return items


def dataset(matrix: sparse.csr_matrix, item_map: IdMap) -> Dataset:
    """The matrix as RecTools wants it, over the same items whatever it holds."""
    rows, columns = matrix.nonzero()
    frame = pd.DataFrame(
        {
            "user_id": rows,
            "item_id": columns,
            "weight": 1.0,
            "datetime": pd.Timestamp("2000-01-01"),
        }
    )
    people = IdMap.from_values(np.arange(matrix.shape[0]))
    return Dataset(people, item_map, Interactions.from_raw(frame, people, item_map))


def ease_lists(model: EASEModel, people: sparse.csr_matrix) -> Lists:
    """The weights that RecTools fitted, applied as published: history times weights."""
    n_known = len(model.weight)  # the matrix of RecTools ends at the last item it saw
    scores = np.zeros(people.shape, np.float32)
    scores[:, :n_known] = people[:, :n_known] @ model.weight
    scores[people.nonzero()] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :K]


def shipped_ease_lists(model: EASEModel, people: sparse.csr_matrix, item_map: IdMap) -> Lists:
    """What its `recommend` gives for people that were not fitted.

    In 0.19.0 it multiplies by the transposed weights, so it differs from the published model.
    """
    found = model.recommend(
        np.arange(people.shape[0]), dataset(people, item_map), k=K, filter_viewed=True
    )
    items = np.full((people.shape[0], K), -1, np.int32)
    items[found["user_id"].to_numpy(), found["rank"].to_numpy() - 1] = found["item_id"].to_numpy()
    return items


def settings(hurry: bool) -> Iterator[tuple[str, str, Callable[[], Any]]]:
    """Family, name of the setting, and what makes the model."""
    als = [(256, 100.0, 10.0), (256, 30.0, 10.0), (128, 100.0, 10.0), (128, 30.0, 10.0)]
    for factors, ridge, alpha in als[2:3] if hurry else als:
        yield (
            "als",
            f"factors={factors} reg={ridge:g} alpha={alpha:g}",
            lambda f=factors, r=ridge, a=alpha: AlternatingLeastSquares(
                factors=f, regularization=r, alpha=a, random_state=7, num_threads=1
            ),
        )
    for family, model in (("bm25", BM25Recommender), ("cosine", CosineRecommender)):
        for k in (200,) if hurry else (50, 100, 200, 400):
            yield family, f"K={k}", lambda m=model, k=k: m(K=k, num_threads=1)


class Answer:
    """The lists and seconds of every setting, named as `bench.quality.peers` expects."""

    def __init__(self, valid: sparse.csr_matrix, test: sparse.csr_matrix) -> None:
        self.parts = {"valid": valid, "test": test}
        self.arrays: dict[str, Any] = {}

    def keep(self, name: str, fit_s: float, lists: Callable[[sparse.csr_matrix], Lists]) -> None:
        self.arrays[f"{name}|fit_s"] = np.array(fit_s)
        for part, people in self.parts.items():
            self.arrays[f"{name}|{part}"] = np.asarray(lists(people), np.int32)


def timed(fit: Callable[[], Any]) -> float:
    start = time.perf_counter()
    fit()
    return time.perf_counter() - start


def main() -> None:
    warnings.filterwarnings("ignore")
    task = np.load(sys.argv[1])
    train, valid, test = (read(task, name) for name in ("train", "valid", "test"))
    answer = Answer(valid, test)
    for family, setting, make in settings(bool(task["quick"])):
        model = make()
        fit_s = timed(partial(model.fit, train, show_progress=False))
        lists = implicit_lists if family == "als" else neighbour_lists
        answer.keep(f"{family}|{setting}", fit_s, partial(lists, model))
    item_map = IdMap.from_values(np.arange(train.shape[1]))
    for ridge in task["l2"]:
        model = EASEModel(regularization=float(ridge), recommend_n_threads=1)
        fit_s = timed(partial(model.fit, dataset(train, item_map)))
        answer.keep(f"ease|l2={ridge:g}", fit_s, partial(ease_lists, model))
        shipped = partial(shipped_ease_lists, model, item_map=item_map)
        answer.keep(f"shipped_ease|l2={ridge:g}", fit_s, shipped)
    told = f"implicit {implicit.__version__}, RecTools {version('RecTools')}"
    np.savez(sys.argv[2], versions=np.array(told), **answer.arrays)


if __name__ == "__main__":
    main()
