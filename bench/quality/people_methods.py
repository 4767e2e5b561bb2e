"""Answer the same sessions by every method: one person, owners of devices, plain models, peers.

Reads / Writes: for River, two files in the work folder.
Not here: our own answers (bench.quality.people), the driver (bench.quality.people_replay).
"""

import itertools
import os
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.harness import ROOT, Context
from bench.quality.people_replay import F32, join_fits, one_person, schedule, stack
from bench.quality.people_world import HouseholdWorld
from settee.core import PeopleSettings
from settee.events import catalogue_of
from settee.people.baselines.columns import Scale
from settee.people.population import Population, learn_population
from settee.people.rows import Places, Rows

_PRIOR = 1.0  # imaginary sessions with the household's own shares behind each device
_DBSTREAM = {
    "clustering_threshold": 1.5,
    "fading_factor": 0.01,
    "intersection_factor": 0.1,
    "minimum_weight": 2.0,
}


def population_of(world: HouseholdWorld, seed: int) -> Population:
    """What was known across households when the judged time began."""
    catalogue = catalogue_of(world.items)
    return learn_population(world.sessions, catalogue, world.judged_from_s, PeopleSettings(), seed)


def rows_of(world: HouseholdWorld, population: Population) -> list[Rows]:
    """Sessions of every household, encoded."""
    sessions = world.sessions
    return [
        population.encode(sessions.of_account(account), Places())
        for account in range(sessions.n_accounts)
    ]


def labels_of(world: HouseholdWorld) -> list[NDArray[np.int64]]:
    """Per household who was there alone, -1 for several, guests and nobody."""
    bounds = world.sessions.account_indptr
    return [world.primary[first:last] for first, last in itertools.pairwise(bounds)]


def everything_one_person(world: HouseholdWorld) -> F32:
    """One person a household."""
    return one_person(len(world.sessions))


def device_majority(world: HouseholdWorld, rows: list[Rows]) -> F32:
    """Who had most of the device's earlier sessions, told the truth about each when it is over.

    Without device ids, the type of the device takes their place.
    """
    width = world.truth.is_present.shape[1]
    answers = []
    for one, labels in zip(rows, labels_of(world), strict=True):
        by_device = bool((one.device >= 0).any())
        place = np.asarray(one.device if by_device else one.device_type, np.int64)
        counts = np.zeros((int(place.max(initial=0)) + 2, width))
        answer = np.zeros((len(one), width), np.float32)
        for row, (device, label) in enumerate(zip(place.tolist(), labels.tolist(), strict=True)):
            everywhere = counts.sum(axis=0) + 1 / width
            share = counts[device] + _PRIOR * everywhere / everywhere.sum()
            answer[row] = share / share.sum()
            if label >= 0:
                counts[device, label] += 1
        answers.append(answer)
    return stack(answers)


def interpreter() -> Path | None:
    """SETTEE_RIVER_PYTHON, or what `make bench-peers` installed, or None."""
    named = os.environ.get("SETTEE_RIVER_PYTHON")
    path = Path(named) if named else ROOT / ".venv-river" / "bin" / "python"
    return path if path.is_file() else None


def dbstream(context: Context, rows: list[Rows]) -> F32 | None:
    """Clusters of DBSTREAM of River under the same schedule, or None where it is not installed."""
    python = interpreter()
    if python is None:
        context.log("no River: run `make bench-peers`, or name one by SETTEE_RIVER_PYTHON")
        return None
    steps = [schedule(len(one)) for one in rows]
    task, answer = context.work / "river-task.npz", context.work / "river-answer.npz"
    columns = [Scale.of(one).matrix(one) for one in rows]
    width = max(one.shape[1] for one in columns)
    padded = [np.pad(one, ((0, 0), (0, width - one.shape[1]))) for one in columns]
    np.savez(
        task,
        allow_pickle=False,
        x=np.concatenate(padded),
        ends=np.cumsum([len(one) for one in rows]),
        steps=np.array([step for one in steps for step in one], np.int64),
        step_ends=np.cumsum([len(one) for one in steps]),
        **{name: np.array(value) for name, value in _DBSTREAM.items()},
    )
    script = ROOT / "bench" / "peers" / "run_river.py"
    subprocess.run([str(python), str(script), str(task), str(answer)], check=True)
    with np.load(answer) as found:
        return _named(found["labels"], rows, steps)


def _named(labels: NDArray[np.int32], rows: list[Rows], steps: list[list[int]]) -> F32:
    """Clusters of one asking after another, under names that stay."""
    answers, at = [], 0
    for one, sizes in zip(rows, steps, strict=True):
        fits = []
        for place, size in enumerate(sizes):
            until = sizes[place + 1] if place + 1 < len(sizes) else len(one)
            found = np.unique(labels[at : at + until], return_inverse=True)[1]
            share = np.eye(int(found.max()) + 1, dtype=np.float32)[found]
            fits.append((share[:size], share[size:]))
            at += until
        answers.append(join_fits(iter(fits), len(one)))
    return stack(answers)
