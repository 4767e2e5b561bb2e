"""Judge orders of people: precision and recall at a thousand, and at 200, with intervals.

Intervals are over people: each is drawn again a Poisson(1) number of times, for all items and all
systems at once, so that differences between systems have intervals as well.

Reads / Writes: two files in the work folder, for the peers.
Not here: which people and items (quality/audience-retail, quality/audience-journey).
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.harness import ROOT, Bar, Context
from bench.quality.peers import interpreter
from settee.audiences import Reach, calibration_error

SIZE = 1000
FEW = 200
RESAMPLES = 300
Grid = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """One period: people as of its start, what is asked, who responded.

    Args:
        reach: The people.
        items: (n,) positions that are asked for; the first item of each campaign.
        responded: (n, n_people) bool.
    """

    reach: Reach
    items: NDArray[np.int32]
    responded: NDArray[np.bool_]


def plain_orders(reach: Reach, seed: int) -> dict[str, Grid]:
    """Orders that know nothing of the item: (n_people,) each."""
    since = (reach.as_of_s - reach.last_s) / 86_400
    days = reach.n_days.astype(np.float64)
    # The classic score of direct mail: fifths by recency, then fifths by frequency.
    fifth = _fifths(-since) * 10 + _fifths(days)
    return {
        "random": np.random.default_rng(seed).random(reach.n_units),
        "popularity": np.diff(reach.indptr).astype(np.float64),
        "activity": reach.lately.astype(np.float64),
        "recency_frequency": fifth + days / (days.max() + 1),
    }


def _fifths(values: Grid) -> Grid:
    rank = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return (5 * rank // len(values)).astype(np.float64)


def judge(
    context: Context, scores: Mapping[str, Grid], asked: Asked
) -> tuple[dict[str, float], dict[str, Bar]]:
    """Precision and recall of each system, means over items, and what settee is ahead by."""
    rng = np.random.default_rng(context.seed)
    n_people = asked.reach.n_units
    n = 20 if context.quick else RESAMPLES
    weight = np.vstack([np.ones(n_people), rng.poisson(1.0, (n, n_people))])
    found = {name: _worth(score, asked.responded, weight) for name, score in scores.items()}
    figures: dict[str, float] = {}
    for name, (precision, recall) in found.items():
        _note(figures, f"{name}.precision@{SIZE}", precision)
        _note(figures, f"{name}.recall@{SIZE}", recall)
        _note(figures, f"{name}.gain_over_random", recall * n_people / min(SIZE, n_people))
    few = {name: _worth(score, asked.responded, weight, FEW)[0] for name, score in scores.items()}
    for name, precision in few.items():
        _note(figures, f"{name}.precision@{FEW}", precision)
        if name != "settee":
            _note(figures, f"settee_less_{name}.precision@{FEW}", few["settee"] - precision)
    bars = {}
    for name, (precision, _) in found.items():
        if name != "settee":
            ahead = found["settee"][0] - precision
            _note(figures, f"settee_less_{name}.precision@{SIZE}", ahead)
            bars[f"settee first before {name}"] = Bar(
                figures[f"settee_less_{name}.precision@{SIZE}.low"], 0.0, at_most=False
            )
    return figures, bars


def _note(figures: dict[str, float], name: str, values: Grid) -> None:
    figures[name] = round(float(values[0]), 5)
    low, high = np.quantile(values[1:], [0.025, 0.975])
    figures[f"{name}.low"], figures[f"{name}.high"] = round(float(low), 5), round(float(high), 5)


def _worth(
    score: Grid, responded: NDArray[np.bool_], weight: Grid, size: int = SIZE
) -> tuple[Grid, Grid]:
    """(1 + resamples,) mean precision and recall; a person drawn twice takes two places."""
    precision, recall = np.zeros(len(weight)), np.zeros(len(weight))
    for row, came in enumerate(responded):
        order = np.argsort(-(score[row] if score.ndim == 2 else score), kind="stable")
        ordered = weight[:, order]
        places = np.minimum(np.cumsum(ordered, axis=1), size)
        taken = np.diff(places, axis=1, prepend=0.0)
        hits = taken @ came[order]
        precision += hits / places[:, -1]
        recall += hits / np.maximum(ordered @ came[order], 1e-9)
    return precision / len(responded), recall / len(responded)


def calibration(context: Context, p: Grid, asked: Asked) -> tuple[dict[str, float], dict[str, Bar]]:
    """Error of all probabilities at once, in bins of equal size, and what came over foretold."""
    found = calibration_error(
        p.ravel(), asked.responded.ravel(), n_bins=20, n_resamples=50, seed=context.seed
    )
    worst = float(np.abs(found.foretold - found.came).max())
    figures = {
        "calibration_error": round(found.error, 5),
        "calibration_error.low": round(found.low, 5),
        "calibration_error.high": round(found.high, 5),
        "calibration_worst_bin": round(worst, 5),
        "foretold": round(float(p.mean()), 5),
        "came": round(float(asked.responded.mean()), 5),
    }
    return figures, {"calibration error": Bar(figures["calibration_error"], 0.03)}


def als_scores(
    context: Context, parts: Mapping[str, tuple[Reach, list[NDArray[np.int32]]]]
) -> dict[str, dict[str, Grid]]:
    """What ALS of `implicit` says of everybody, by setting, by part: (n_asked, n_people) each.

    Args:
        context: Where files go.
        parts: People and the items of each campaign that is asked for.

    Returns:
        Nothing without an interpreter that has `implicit`.
    """
    python = interpreter()
    if python is None:
        context.log("no peers: name an interpreter by SETTEE_PEERS_PYTHON")
        return {}
    task, answer = context.work / "people.npz", context.work / "scores.npz"
    given = {"n_items": np.array(max(reach.n_items for reach, _ in parts.values()))}
    for name, (reach, asked) in parts.items():
        sizes = np.array([len(items) for items in asked])
        given |= {
            f"{name}_indptr": reach.indptr,
            f"{name}_item": reach.item,
            f"{name}_count": np.ones(len(reach.item), np.float32),
            f"{name}_asked": np.concatenate(asked),
            f"{name}_starts": np.cumsum(sizes) - sizes,
        }
    np.savez(task, allow_pickle=False, **given)
    script = ROOT / "bench" / "peers" / "run_audience.py"
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run([str(python), str(script), str(task), str(answer)], check=True,
                   env={**os.environ, **alone})  # fmt: skip
    out: dict[str, dict[str, Grid]] = {}
    with np.load(answer) as found:
        for name in found:
            part, _, setting = name.partition("|")
            out.setdefault(setting, {})[part] = found[name].astype(np.float64)
    return out


def precision_of(score: Grid, responded: NDArray[np.bool_]) -> float:
    """Mean precision at a thousand, for choosing settings."""
    return float(_worth(score, responded, np.ones((1, responded.shape[1])))[0][0])
