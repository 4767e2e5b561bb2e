"""Fit other libraries on one set of data and write their lists; runs in the peers' interpreters.

    python run_sets.py LIBRARY TASK.npz ANSWER.npz

LIBRARY is "implicit" (with RecTools) or "lenskit". The task holds sparse matrices by rows: accounts
by items that train (where the judging people are answered from more, also that), and people that
choose and judge with what each did so far and their rows among the accounts. The answer holds, per
family and setting, the 100 best items of each of these people without those they had, and the
seconds of the fit. RecTools wraps the ALS of implicit and adds EASE, whose weights are applied as
published. This file imports nothing of settee: figures are computed where ours are.
"""

import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
from scipy import sparse

K = 100
Arrays = dict[str, np.ndarray]
Score = Callable[[sparse.csr_matrix, np.ndarray], np.ndarray]
"""From histories and rows among the accounts that train to the 100 best items of each."""


def matrix(task: Mapping[str, np.ndarray], name: str) -> sparse.csr_matrix:
    indptr, index = task[f"{name}_indptr"], task[f"{name}_index"]
    values = np.ones(len(index), np.float32)
    shape = (len(indptr) - 1, int(task["n_items"]))
    out = sparse.csr_matrix((values, index, indptr), shape=shape)
    out.sum_duplicates()
    out.data[:] = 1.0
    return out


def best(scores: np.ndarray, people: sparse.csr_matrix) -> np.ndarray:
    """The 100 best of each row without what the people had."""
    scores[people.nonzero()] = -np.inf
    n = min(K, scores.shape[1])
    some = np.argpartition(-scores, n - 1, axis=1)[:, :n]
    order = np.argsort(-np.take_along_axis(scores, some, 1), axis=1, kind="stable")
    out = np.full((len(scores), K), -1, np.int64)
    out[:, :n] = np.take_along_axis(some, order, 1)
    return out


def in_blocks(
    people: sparse.csr_matrix, score: Callable[[sparse.csr_matrix], np.ndarray]
) -> np.ndarray:
    parts = [np.empty((0, K), np.int64)]
    for start in range(0, people.shape[0], 256):
        block = people[start : start + 256]
        parts.append(best(np.asarray(score(block), np.float32), block))
    return np.concatenate(parts)


def implicit_families(
    quick: bool,
) -> Iterator[tuple[str, str, Callable[[sparse.csr_matrix], Score]]]:
    from implicit.als import AlternatingLeastSquares
    from implicit.bpr import BayesianPersonalizedRanking
    from implicit.nearest_neighbours import BM25Recommender, CosineRecommender

    def recommended(
        recommend: Callable[..., Any], people: sparse.csr_matrix, rows: np.ndarray, **more: bool
    ) -> np.ndarray:
        items, scores = recommend(rows, people, N=K, filter_already_liked_items=True, **more)
        return np.where(np.isfinite(scores) & (scores > -1e30), items, -1)

    def als(factors: int, ridge: float, alpha: float, train: sparse.csr_matrix) -> Score:
        model = AlternatingLeastSquares(
            factors=factors, regularization=ridge, alpha=alpha, random_state=7, num_threads=1
        )
        model.fit(train, show_progress=False)
        return lambda people, _: recommended(
            model.recommend, people, np.arange(people.shape[0]), recalculate_user=True
        )

    def neighbours(kind: Callable[..., Any], k: int, train: sparse.csr_matrix) -> Score:
        model = kind(K=k, num_threads=1)
        model.fit(train, show_progress=False)
        return lambda people, _: recommended(model.recommend, people, np.arange(people.shape[0]))

    def bpr(factors: int, train: sparse.csr_matrix) -> Score:
        model = BayesianPersonalizedRanking(
            factors=factors, iterations=100, learning_rate=0.05, random_state=7, num_threads=1
        )
        model.fit(train, show_progress=False)
        return lambda people, rows: recommended(model.recommend, people, rows)

    als_grid = [(64, 10.0, 10.0), (64, 1.0, 1.0), (128, 30.0, 10.0)]
    for factors, ridge, alpha in als_grid[:1] if quick else als_grid:
        told = f"factors={factors} reg={ridge:g} alpha={alpha:g}"
        yield "implicit ALS", told, lambda t, a=(factors, ridge, alpha): als(*a, t)
    for family, kind in (
        ("implicit BM25 kNN", BM25Recommender),
        ("implicit cosine kNN", CosineRecommender),
    ):
        for k in (50,) if quick else (50, 400):
            yield family, f"K={k}", lambda t, kind=kind, k=k: neighbours(kind, k, t)
    for factors in (32,) if quick else (64,):
        yield "implicit BPR", f"factors={factors}", lambda t, f=factors: bpr(f, t)


def rectools_families(
    quick: bool, most_items: int
) -> Iterator[tuple[str, str, Callable[[sparse.csr_matrix], Score]]]:
    import pandas as pd
    from rectools.dataset import Dataset
    from rectools.models import EASEModel

    def ease(ridge: float, train: sparse.csr_matrix) -> Score:
        counts = np.asarray(train.sum(axis=0)).ravel()
        kept = np.sort(np.argsort(-counts, kind="stable")[:most_items])
        kept = kept[counts[kept] > 0]
        some = train[:, kept].tocoo()
        frame = pd.DataFrame(
            {"user_id": some.row, "item_id": kept[some.col], "weight": 1.0,
             "datetime": pd.Timestamp("2000-01-01")}
        )  # fmt: skip
        data = Dataset.construct(frame)
        model = EASEModel(regularization=ridge, recommend_n_threads=1)
        model.fit(data)
        external = np.asarray(data.item_id_map.external_ids, np.int64)

        def score(block: sparse.csr_matrix) -> np.ndarray:
            out = np.zeros(block.shape, np.float32)
            out[:, external] = block[:, external] @ model.weight
            return out

        return lambda people, _: in_blocks(people, score)

    for ridge in (100.0,) if quick else (50.0, 300.0):
        yield "RecTools EASE", f"l2={ridge:g}", lambda t, r=ridge: ease(r, t)


def lenskit_families(
    quick: bool,
) -> Iterator[tuple[str, str, Callable[[sparse.csr_matrix], Score]]]:
    import pandas as pd
    from lenskit.als import ImplicitMFScorer
    from lenskit.data import ItemList, RecQuery, from_interactions_df
    from lenskit.knn import ItemKNNScorer, UserKNNScorer

    def fitted(
        kind: Callable[..., Any], settings: dict[str, Any], train: sparse.csr_matrix
    ) -> Score:
        cells = train.tocoo()
        frame = pd.DataFrame({"user_id": cells.row, "item_id": cells.col})
        model = kind(**settings)
        model.train(from_interactions_df(frame))
        known = np.unique(cells.col)
        asked = ItemList(item_ids=known)

        def score(block: sparse.csr_matrix) -> np.ndarray:
            out = np.full(block.shape, -1e9, np.float32)
            for row in range(block.shape[0]):
                had = block.indices[block.indptr[row] : block.indptr[row + 1]]
                query = RecQuery(history_items=ItemList(item_ids=had[np.isin(had, known)]))
                found = np.asarray(model(query, asked).scores(), np.float32)
                out[row, known] = np.where(np.isfinite(found), found, -1e9)
            return out

        return lambda people, _: in_blocks(people, score)

    for k in (20,) if quick else (20, 100):
        one = {"max_nbrs": k, "feedback": "implicit"}
        yield "LensKit ItemKNN", f"k={k}", lambda t, s=one: fitted(ItemKNNScorer, s, t)
        yield "LensKit UserKNN", f"k={k}", lambda t, s=one: fitted(UserKNNScorer, s, t)
    for size, weight in ((32, 40.0),) if quick else ((64, 40.0),):
        two = {"embedding_size": size, "weight": weight}
        told = f"size={size} weight={weight:g}"
        yield "LensKit ImplicitMF", told, lambda t, s=two: fitted(ImplicitMFScorer, s, t)


def main() -> None:
    warnings.filterwarnings("ignore")
    library, task = sys.argv[1], np.load(sys.argv[2])
    quick = bool(task["quick"])
    train = matrix(task, "train")
    refit = matrix(task, "refit") if "refit_indptr" in task else None
    people = {name: matrix(task, name) for name in ("valid", "test")}
    rows = {name: task[f"{name}_row"] for name in people}
    if library == "lenskit":
        families = list(lenskit_families(quick))
        told = f"lenskit {version('lenskit')}"
    else:
        families = list(implicit_families(quick))
        families += list(rectools_families(quick, int(task["most_ease_items"])))
        told = f"implicit {version('implicit')}, RecTools {version('RecTools')}"
    out: Arrays = {}
    for family, setting, fit in families:
        if family == "implicit BPR" and min(one.min(initial=0) for one in rows.values()) < 0:
            continue  # it has no answer for people whom it did not meet
        start = time.perf_counter()
        model = fit(train)
        out[f"{family}|{setting}|fit_s"] = np.array(time.perf_counter() - start)
        out[f"{family}|{setting}|valid"] = model(people["valid"], rows["valid"]).astype(np.int32)
        model = model if refit is None else fit(refit)
        out[f"{family}|{setting}|test"] = model(people["test"], rows["test"]).astype(np.int32)
        print(f"  {family} {setting}", file=sys.stderr, flush=True)
    np.savez(sys.argv[3], versions=np.array(told), **out)


if __name__ == "__main__":
    main()
