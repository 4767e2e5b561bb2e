"""Cluster the sessions of households by DBSTREAM of River; runs in River's own interpreter.

    python run_river.py TASK.npz ANSWER.npz

The task holds the sessions of all households as one matrix, where each household ends, and the
numbers of sessions after which its clusters are asked; the answer holds, one after the other, the
cluster of every session up to the next asking. This file imports nothing of settee: figures are
computed where ours are.
"""

import sys

import numpy as np
from river.cluster import DBSTREAM


def labels_of(x: np.ndarray, steps: list[int], settings: dict[str, float]) -> list[int]:
    """Clusters of sessions 0 to the next step, as known at each step."""
    rows = [dict(enumerate(row)) for row in x.tolist()]
    model = DBSTREAM(**settings)
    learnt, answers = 0, []
    for place, step in enumerate(steps):
        for row in rows[learnt:step]:
            model.learn_one(row)
        learnt = step
        until = steps[place + 1] if place + 1 < len(steps) else len(rows)
        answers += [int(model.predict_one(row)) for row in rows[:until]]
    return answers


def main() -> None:
    with np.load(sys.argv[1]) as task:
        x, ends, steps, step_ends = (task[name] for name in ("x", "ends", "steps", "step_ends"))
        names = ("clustering_threshold", "fading_factor", "intersection_factor", "minimum_weight")
        settings = {name: float(task[name]) for name in names}
    answers: list[int] = []
    starts, step_starts = [0, *ends[:-1]], [0, *step_ends[:-1]]
    for first, last, low, high in zip(starts, ends, step_starts, step_ends, strict=True):
        answers += labels_of(x[first:last], steps[low:high].tolist(), settings)
    np.savez(sys.argv[2], labels=np.array(answers, np.int32))


main()
