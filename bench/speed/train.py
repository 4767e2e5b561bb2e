"""Fit iALS, EASE and item neighbours beside implicit and RecTools, and list for everybody.

Two matrices: MovieLens 1M (strong generalisation, as in quality/ml-1m; made up without a folder),
and a made-up one of the shape of MovieLens 20M: 138,000 accounts, 20,000 items, 10 million cells.
Every model is fitted in a process of its own, on the same matrix and the same number of threads, so
that its memory can be told, with that of the process which inverts for EASE. What it is worth
stands beside it, for a fast model that lists nonsense is none, and seconds of the processor beside
those of the clock, which other work on the machine prolongs.

Reads: a folder with ratings.parquet and items.parquet, itself or its subfolder ml-1m.
Writes: the work folder.
Not here: one person's answer (speed/respond).
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.harness import ROOT, Bar, Context, Result
from bench.quality.judging import Truth, accuracy
from bench.quality.ml_1m import films_of
from bench.quality.peers import interpreter
from bench.quality.strong import split

ID = "speed/train"
SUMMARY = "fitting iALS, EASE and kNN and listing for everybody beside implicit and RecTools"

OURS = ("als", "ease", "knn")
PEERS = {
    "als": "implicit ALS",
    "cosine": "implicit cosine kNN",
    "bm25": "implicit BM25 kNN",
    "ease": "RecTools EASE",
}
_LIMIT_S = 1200.0
_CIRCLES = 60
_OWN_CIRCLE = 0.75
_N_JUDGED = 2_000


@dataclass(frozen=True)
class Task:
    """A matrix to fit, and people it has not met.

    Args:
        name: Prefix of the figures.
        arrays: What the children read.
        truth: What the people are to be given.
    """

    name: str
    arrays: dict[str, NDArray[Any]]
    truth: Truth


def run(context: Context) -> Result:
    """Both matrices, one after the other."""
    figures: dict[str, float] = {"n_threads": n_threads()}
    peers: dict[str, dict[str, float]] = {}
    if interpreter() is None:
        context.log("no peers: run `make bench-peers`, or name them by SETTEE_PEERS_PYTHON")
    for make in (_movielens, _large):
        task = make(context)
        indptr, index = task.arrays["train_indptr"], task.arrays["train_index"]
        context.log(
            f"{task.name}: {len(indptr) - 1:,} accounts, {int(task.arrays['n_items']):,} items, "
            f"{len(index):,} cells"
        )
        path = context.work / f"{task.name}.npz"
        np.savez(path, allow_pickle=False, **task.arrays)
        for system in OURS:
            figures |= _measured(context, task, path, system, is_ours=True)
        for system, name in PEERS.items():
            if interpreter() is not None:
                found = _measured(context, task, path, system, is_ours=False)
                peers.setdefault(name, {}).update(found)
        path.unlink()
    return Result(figures, _bars(figures, peers, quick=context.quick), peers)


def n_threads() -> int:
    """Threads that everybody gets: OMP_NUM_THREADS, or the cores."""
    named = os.environ.get("OMP_NUM_THREADS", "")
    return int(named) if named.isdigit() else len(os.sched_getaffinity(0))


def _measured(
    context: Context, task: Task, path: Path, system: str, *, is_ours: bool
) -> dict[str, float]:
    """What one model took and was worth, or nothing where it did not end in time."""
    python = sys.executable if is_ours else str(interpreter())
    program = (
        ["-m", "bench.speed.train_child"]
        if is_ours
        else [str(ROOT / "bench" / "peers" / "run_train.py")]
    )
    answer = context.work / "answer.npz"
    threads = str(n_threads())
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    whose = "ours" if is_ours else PEERS[system]
    start = time.perf_counter()
    child = subprocess.Popen(
        [python, *program, str(path), str(answer), system, threads],
        env={**os.environ, **dict.fromkeys(names, threads)},
        cwd=ROOT,
    )
    peak = watched(child, _LIMIT_S)
    if child.returncode != 0:
        context.log(f"{task.name} {system} ({whose}): no figure, it ended with {child.returncode}")
        return {}
    with np.load(answer) as found:
        figures = _figures(task, system, dict(found))
    answer.unlink()
    figures[f"{task.name}.{system}.peak_gb"] = round(peak / 1e9, 3)
    shown = ", ".join(f"{key.rpartition('.')[2]} {value:g}" for key, value in figures.items())
    context.log(f"{system} ({whose}): {shown}; {time.perf_counter() - start:.0f} s in all")
    return figures


def watched(child: subprocess.Popen[bytes], limit_s: float) -> int:
    """Wait until it ends, or end it; the most bytes that it and its children held at once."""
    most, start = 0, time.perf_counter()
    while child.poll() is None:
        most = max(most, _held(child.pid))
        if time.perf_counter() - start > limit_s:
            child.kill()
        time.sleep(0.05)
    return most


def _held(pid: int) -> int:
    """Bytes in memory of a process and of its children; 0 once it is gone."""
    folder = Path("/proc") / str(pid)
    try:
        pages = int((folder / "statm").read_text(encoding="ascii").split()[1])
        children = (folder / "task" / str(pid) / "children").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(_held(int(one)) for one in children)


def _figures(task: Task, system: str, found: dict[str, NDArray[Any]]) -> dict[str, float]:
    worth = accuracy(found["lists"], task.truth)
    n_people = len(task.arrays["train_indptr"]) - 1
    every = {
        "fit_s": float(found["fit_s"]),
        "fit_cpu_s": float(found["fit_cpu_s"]),
        "lists_per_s": n_people / float(found["lists_s"]),
        "lists_per_cpu_s": n_people / max(float(found["lists_cpu_s"]), 1e-9),
        "ndcg@100": float(worth["ndcg@100"].mean()),
        "recall@20": float(worth["recall@20"].mean()),
    }
    return {f"{task.name}.{system}.{name}": round(value, 4) for name, value in every.items()}


def _movielens(context: Context) -> Task:
    films = films_of(context)
    parts = split(films.events, context.seed)
    _, sizes = np.unique(parts.train.account, return_counts=True)
    arrays = {
        "train_indptr": np.cumsum([0, *sizes]),
        "train_index": parts.train.item,
        "people_indptr": parts.test.histories.indptr,
        "people_index": parts.test.histories.item,
    }
    settings = {"n_items": parts.train.n_items, "factors": 256, "als_reg": 100.0, "als_alpha": 10.0}
    numbers = {name: np.array(value) for name, value in (settings | {"l2": 700.0}).items()}
    return Task("ml_1m", arrays | numbers, parts.test.truth)


def _large(context: Context) -> Task:
    shape = (4_000, 2_000, 200_000) if context.quick else (138_000, 20_000, 10_000_000)
    indptr, index = circles(np.random.default_rng(context.seed), *shape)
    n_train = len(indptr) - 1 - min(_N_JUDGED, shape[0] // 10)
    people, truth = _parted(indptr, index, n_train, shape[1])
    arrays = {
        "train_indptr": indptr[: n_train + 1],
        "train_index": index[: indptr[n_train]],
        "people_indptr": people[0],
        "people_index": people[1],
    }
    settings = {"n_items": shape[1], "factors": 128, "als_reg": 100.0, "als_alpha": 10.0}
    numbers = {name: np.array(value) for name, value in (settings | {"l2": 700.0}).items()}
    return Task("large", arrays | numbers, truth)


def circles(
    rng: np.random.Generator, n_accounts: int, n_items: int, n_cells: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Rows of distinct items, about `n_cells` in all, of accounts that like two circles each."""
    worth = 1.0 / (10.0 + rng.permutation(n_items)) ** 1.0
    circle = rng.integers(_CIRCLES, size=n_items)
    sizes = rng.lognormal(0.0, 1.0, n_accounts)
    sizes = np.minimum(sizes / sizes.sum() * n_cells * 1.5, n_items / 4).astype(np.int64) + 2
    account = np.repeat(np.arange(n_accounts), sizes)
    likes = rng.integers(_CIRCLES, size=(n_accounts, 2))
    chosen = likes[account, rng.integers(2, size=len(account))]
    is_own = rng.random(len(account)) < _OWN_CIRCLE
    # One ladder of all items by circle: a place in the span of a circle draws from that circle.
    order = np.argsort(circle, kind="stable")
    ladder = np.concatenate([[0.0], np.cumsum(worth[order])])
    edges = ladder[np.searchsorted(circle[order], np.arange(_CIRCLES + 1))]
    low = np.where(is_own, edges[chosen], 0.0)
    high = np.where(is_own, edges[chosen + 1], ladder[-1])
    drawn = np.searchsorted(ladder, low + rng.random(len(account)) * (high - low), side="right") - 1
    item = order[np.clip(drawn, 0, n_items - 1)]
    key = np.unique(account * n_items + item)
    row, index = np.divmod(key, n_items)
    indptr = np.searchsorted(row, np.arange(n_accounts + 1))
    return indptr.astype(np.int64), index.astype(np.int32)


def _parted(
    indptr: NDArray[np.int64], index: NDArray[np.int32], first: int, n_items: int
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int32]], Truth]:
    """Of the accounts from `first` on: four fifths of each as history, the rest as truth."""
    rng = np.random.default_rng(0)
    kept, hidden = [], []
    for a, b in zip(indptr[first:-1], indptr[first + 1 :], strict=True):
        mixed = rng.permutation(index[a:b])
        n = int(0.8 * len(mixed))
        if 0 < n < len(mixed):
            kept.append(mixed[:n])
            hidden.append(mixed[n:])

    def joined(parts: list[NDArray[np.int32]]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        ends = np.cumsum([0, *map(len, parts)]).astype(np.int64)
        return ends, np.concatenate([np.empty(0, np.int32), *parts])

    return joined(kept), Truth(*joined(hidden), n_items)


def _bars(
    figures: dict[str, float], peers: dict[str, dict[str, float]], *, quick: bool
) -> dict[str, Bar]:
    bars: dict[str, Bar] = {}
    pairs = {"als": ("als",), "ease": ("ease",), "knn": ("cosine", "bm25")}
    for prefix in ("ml_1m", "large"):
        for ours, theirs in pairs.items():
            for system in theirs:
                found = peers.get(PEERS[system], {})
                _beside(bars, figures, found, (prefix, ours, system))
        peaks = [
            value
            for name, value in figures.items()
            if name.startswith(prefix) and name.endswith("peak_gb")
        ]
        if peaks:
            bars[f"{prefix}: most memory of ours, GB"] = Bar(max(peaks), 12.0)
    ease_s = figures.get("large.ease.fit_s")
    if ease_s is not None and not quick:
        bars["large: EASE in two minutes"] = Bar(ease_s, 120.0)
    return bars


def _beside(
    bars: dict[str, Bar],
    figures: dict[str, float],
    found: dict[str, float],
    names: tuple[str, str, str],
) -> None:
    """Hold processor seconds, lists and worth against one peer."""
    prefix, ours, system = names
    mine, other = f"{prefix}.{ours}", f"{prefix}.{system}"
    if f"{other}.fit_cpu_s" not in found or f"{mine}.fit_cpu_s" not in figures:
        return
    name = f"{prefix}: {ours} beside {PEERS[system]}"
    bars[f"{name}, seconds of the processor"] = Bar(
        figures[f"{mine}.fit_cpu_s"], found[f"{other}.fit_cpu_s"]
    )
    bars[f"{name}, lists per second of the processor"] = Bar(
        figures[f"{mine}.lists_per_cpu_s"], found[f"{other}.lists_per_cpu_s"], at_most=False
    )
    bars[f"{name}, NDCG@100"] = Bar(
        figures[f"{mine}.ndcg@100"], found[f"{other}.ndcg@100"] - 0.001, at_most=False
    )
