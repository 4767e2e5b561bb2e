"""Have other libraries answer the same split in an interpreter of their own.

Reads / Writes: two files in the work folder.
Not here: the libraries (bench/peers/run_peers.py), their versions (bench/peers-constraints.txt).
"""

import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.harness import ROOT, Context
from bench.quality.judging import accuracy, with_intervals
from bench.quality.strong import Split

NAMES = {
    "als": "implicit ALS",
    "bm25": "implicit BM25 kNN",
    "cosine": "implicit cosine kNN",
    "ease": "RecTools EASE",
    "shipped_ease": "RecTools EASE.recommend",
}
OURS = {
    "als": "als",
    "bm25": "knn",
    "cosine": "knn",
    "ease": "ease_plain",
    "shipped_ease": "ease_plain",
}
"""Beside which of our figures each family stands."""


def interpreter() -> Path | None:
    """SETTEE_PEERS_PYTHON, or what `make bench-peers` installed, or None."""
    named = os.environ.get("SETTEE_PEERS_PYTHON")
    path = Path(named) if named else ROOT / ".venv-peers" / "bin" / "python"
    return path if path.is_file() else None


def _rows(split: Split) -> dict[str, NDArray[Any]]:
    accounts, sizes = np.unique(split.train.account, return_counts=True)
    return {
        "train_indptr": np.cumsum([0, *sizes]),
        "train_index": split.train.item,
        "valid_indptr": split.valid.histories.indptr,
        "valid_index": split.valid.histories.item,
        "test_indptr": split.test.histories.indptr,
        "test_index": split.test.histories.item,
        "n_items": np.array(split.train.n_items),
        "n_accounts": np.array(len(accounts)),
    }


def run_peers(context: Context, split: Split, l2: float) -> dict[str, dict[str, float]]:
    """Per library its figures on the test people; settings are chosen on the valid people.

    Args:
        context: Whether to hurry, and where to put the files.
        split: Train, valid and test.
        l2: The ridge for EASE, so that both solve the same problem.
    """
    python = interpreter()
    if python is None:
        context.log(
            "no peers: run `make bench-peers`, or name an interpreter by SETTEE_PEERS_PYTHON"
        )
        return {}
    task, answer = context.work / "task.npz", context.work / "answer.npz"
    rows = _rows(split) | {"l2": np.array([l2]), "quick": np.array(context.quick)}
    np.savez(task, allow_pickle=False, **rows)
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    subprocess.run(
        [str(python), str(ROOT / "bench" / "peers" / "run_peers.py"), str(task), str(answer)],
        check=True,
        env={**os.environ, **one_thread},
    )
    with np.load(answer) as found:
        context.log(f"peers: {found['versions']}")
        return _judge(context, split, dict(found))


def _judge(
    context: Context, split: Split, found: dict[str, NDArray[Any]]
) -> dict[str, dict[str, float]]:
    best: dict[str, tuple[float, str]] = {}
    for key in found:
        family, _, setting = key.rpartition("|")[0].partition("|")
        if key.endswith("|valid"):
            value = float(accuracy(found[key], split.valid.truth)["ndcg@100"].mean())
            best[family] = max(best.get(family, (-1.0, "")), (value, setting))
    out = {}
    for family, (_, setting) in best.items():
        context.log(f"{NAMES[family]}: {setting}")
        values = accuracy(found[f"{family}|{setting}|test"], split.test.truth)
        prefix = f"strong.{OURS[family]}"
        out[NAMES[family]] = with_intervals(values, prefix, context.seed) | {
            f"{prefix}.fit_s": round(float(found[f"{family}|{setting}|fit_s"]), 3)
        }
    return out
