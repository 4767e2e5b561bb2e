"""Our sources beside other libraries on one set of data, all asked the same of the same people.

Every source and every peer is fitted with a few settings; the people that choose say which of them
judges, and the others judge it. More systems are ours: the sources that are enabled by default, all
with default settings, as the product would order what they put forward (by a blend, by the best of
them, or by ranks, whichever the people that choose say), all sources there are, and the preset for
such a record. A lead is of the same people, with its interval over them.

Reads: an interpreter of other libraries, named by SETTEE_PEERS_PYTHON, and one with LensKit, named
by SETTEE_LENSKIT_PYTHON. Without them only ours are judged, and it says so.
Writes: two files in the work folder.
Not here: the sets of data (amazon_next, globo, retail, lastfm, steam), the peers (run_sets).
"""

import os
import subprocess
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.harness import ROOT, Bar, Context, Result
from bench.quality.judging import Truth, accuracy, with_intervals
from bench.quality.next_item import lead, next_accuracy
from bench.quality.peers import interpreter
from settee.candidates import SOURCES, Source, top_k
from settee.core import Item, Settings, SourceSettings, preset_text
from settee.events import Catalogue, Histories, Interactions, catalogue_of
from settee.features import Pool
from settee.learn.blending import Asked as Lessons
from settee.learn.blending import Blending, weigh
from settee.ranking import Blend, make_pool, widened

K = 100
_BLOCK = 128
_PLAIN = {"ease_dropout": 0.0, "ease_account_power": 0.0}
GRID: dict[str, tuple[dict[str, Any], ...]] = {
    "popular": ({}, {"popular_half_life_days": 36_500.0}),
    "knn": ({}, {"knn_shrinkage": 5.0}),
    "ease": ({}, {"ease_l2": 30.0}, {"ease_l2": 300.0, **_PLAIN}),
    "als": ({},),
    "graph": ({},),
    "slim": ({},),
    "next_ridge": ({}, {"next_ridge_l2": 400.0}),
    "session_knn": ({}, {"session_knn_rarity": 0.0}),
}
"""Settings that are tried of each source; the first are the defaults."""

Values = dict[str, NDArray[np.float64]]
Measure = Callable[[NDArray[np.int32], "Asked"], Values]


@dataclass(frozen=True)
class Asked:
    """People, what each did so far, and what each is to be given.

    Args:
        histories: Oldest first.
        truth: What is to be found.
        row: (n_people,) their rows among the accounts that train, -1 for people whom no model met.
    """

    histories: Histories
    truth: Truth
    row: NDArray[np.int64]

    @property
    def n_people(self) -> int:
        """Number of people."""
        return self.histories.n_people

    def chosen(self, people: NDArray[np.int64]) -> "Asked":
        """Those people."""
        story, truth = self.histories, self.truth
        indptr, place = _spans(story.indptr, people)
        ends, found = _spans(truth.indptr, people)
        return Asked(
            Histories(indptr, story.item[place], story.at_s[place]),
            Truth(ends, truth.index[found], truth.n_items),
            self.row[people],
        )


@dataclass(frozen=True)
class Task:
    """What trains, who chooses and who judges.

    Args:
        train: What all are fitted on.
        valid: People that choose settings.
        test: People that judge.
        headline: The metric that chooses.
        measure: Metrics of lists.
        refit: What those that judge are answered from, where that is more than `train`.
        updates: Settings of ours in place of the defaults, for the size of the set.
        leave_out: Sources that are not asked.
        most_ease_items: EASE of other libraries learns only of that many most wanted items.
        preset: Name of the preset for such a record, "" for none.
    """

    train: Interactions
    valid: Asked
    test: Asked
    headline: str = "ndcg@10"
    measure: Measure = lambda lists, asked: accuracy(lists, asked.truth)
    refit: Interactions | None = None
    updates: Mapping[str, Any] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    most_ease_items: int = 20_000
    preset: str = ""


@dataclass(frozen=True)
class System:
    """What a system made of both groups of people.

    Args:
        told: Its settings in words.
        valid: The headline of the people that choose.
        values: Metrics of the people that judge.
        fit_s: Seconds of the fit.
    """

    told: str
    valid: float
    values: Values
    fit_s: float


def _spans(
    indptr: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    sizes = np.diff(indptr)[rows]
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    return ends, np.arange(ends[-1]) + np.repeat(indptr[rows] - ends[:-1], sizes)


def next_measure(lists: NDArray[np.int32], asked: Asked) -> Values:
    """Metrics of one wanted item: HR@10, HR@20, NDCG@10 and MRR@20."""
    hits = lists == asked.truth.index[:, np.newaxis]
    ranks = np.where(hits.any(axis=1), hits.argmax(axis=1), K)
    values = next_accuracy(ranks.astype(np.int64), [10, 20])
    return values | {"mrr@20": np.where(ranks < 20, 1.0 / (ranks + 1.0), 0.0)}


def drawn(asked: Asked, most: int, seed: int) -> Asked:
    """At most that many people, drawn at random."""
    if asked.n_people <= most:
        return asked
    chosen = np.random.default_rng(seed).choice(asked.n_people, most, replace=False)
    return asked.chosen(np.sort(chosen))


def blank_catalogue(n_items: int) -> Catalogue:
    """Items of which nothing is known but that they are there."""
    return catalogue_of([Item(item_id=str(item)) for item in range(n_items)])


def _seen(histories: Histories, n_items: int) -> NDArray[np.bool_]:
    out = np.zeros((histories.n_people, n_items), np.bool_)
    out[np.repeat(np.arange(len(out)), np.diff(histories.indptr)), histories.item] = True
    return out


def _blocks(asked: Asked) -> list[Asked]:
    people = np.arange(asked.n_people)
    return [asked.chosen(people[at : at + _BLOCK]) for at in range(0, len(people), _BLOCK)]


def source_lists(source: Source, asked: Asked) -> NDArray[np.int32]:
    """The 100 best of a source; an item of no opinion is on no list: (n_people, 100)."""
    parts = [np.empty((0, K), np.int32)]
    for block in _blocks(asked):
        scores = source.score(block.histories)
        items, best = top_k(scores, K, _seen(block.histories, scores.shape[1]))
        parts.append(np.where((items >= 0) & (best > 0), items, -1).astype(np.int32))
    return np.concatenate(parts)


class Ours:
    """Our sources on one task.

    Args:
        context: Whether to hurry.
        task: What they are asked.
        changed: Settings in place of the defaults.
    """

    def __init__(
        self, context: Context, task: Task, changed: Mapping[str, Any] | None = None
    ) -> None:
        self.context, self.task = context, task
        self.catalogue = blank_catalogue(task.train.n_items)
        self.defaults = SourceSettings(**{**task.updates, **(changed or {})})
        self.fitted: dict[str, tuple[Source, Source]] = {}

    def enabled(self) -> tuple[str, ...]:
        """Those of the enabled sources that a set without words and torch has something for."""
        left_out = self.task.leave_out
        return tuple(n for n in self.defaults.enabled if n in GRID and n not in left_out)

    def _fit(self, name: str, changed: Mapping[str, Any]) -> tuple[Source, Source, float]:
        """The source for those that choose and the one for those that judge."""
        settings = self.defaults.model_copy(update=dict(changed))
        start = time.perf_counter()
        first = SOURCES[name].fit(self.task.train, self.catalogue, settings)
        seconds = time.perf_counter() - start
        if self.task.refit is None:
            return first, first, seconds
        return first, SOURCES[name].fit(self.task.refit, self.catalogue, settings), seconds

    def source(self, name: str) -> System:
        """The settings of a source that the people that choose like best."""
        task, best = self.task, None
        for changed in GRID[name][:1] if self.context.quick else GRID[name]:
            first, second, fit_s = self._fit(name, changed)
            if not changed:
                self.fitted[name] = (first, second)
            found = task.measure(source_lists(first, task.valid), task.valid)[task.headline]
            valid = float(found.mean())
            if best is None or valid > best.valid:
                values = task.measure(source_lists(second, task.test), task.test)
                told = ", ".join(f"{key} {value}" for key, value in changed.items()) or "defaults"
                best = System(told, valid, values, fit_s)
        assert best is not None  # noqa: S101 -- every source has settings to try
        return best

    def all_enabled(self) -> System:
        """The enabled sources, as they would serve."""
        for name in self.enabled():
            self.fitted[name] = self._fit(name, {})[:2]
        return self.together({"": self.enabled()})[""]

    def together(self, groups: Mapping[str, tuple[str, ...]]) -> dict[str, System]:
        """Groups of sources with default settings, by rank fusion and as they would serve.

        Args:
            groups: Names of sources by the name of the group.

        Returns:
            By group, and by group and "_fusion"; weights are learnt from the people that choose.
        """
        task, systems = self.task, dict[str, System]()
        valid, test = (self._pools(place, groups) for place in (0, 1))
        for group, names in groups.items():
            learnt = self._learnt(valid[group], names)
            serving = learnt.blend if learnt.blend is not None and learnt.blend.serves else None
            for name, order in ((f"{group}_fusion", None), (group, serving)):
                lists = [
                    _lists_of(pools, asked, order)
                    for pools, asked in ((valid[group], task.valid), (test[group], task.test))
                ]
                systems[name] = System(
                    f"{', '.join(names)}: {'by ranks' if order is None else learnt.reason}",
                    float(task.measure(lists[0], task.valid)[task.headline].mean()),
                    task.measure(lists[1], task.test),
                    0.0,
                )
        return systems

    def _pools(self, place: int, groups: Mapping[str, tuple[str, ...]]) -> dict[str, list[Pool]]:
        """Of each group all that its sources put forward: for those that choose (0), judge (1)."""
        out: dict[str, list[Pool]] = {group: [] for group in groups}
        for block in _blocks((self.task.valid, self.task.test)[place]):
            scores = {
                name: both[place].score(block.histories) for name, both in self.fitted.items()
            }
            allowed = ~_seen(block.histories, self.task.train.n_items)
            for person in range(block.n_people):
                for group, names in groups.items():
                    ranking = widened(Settings().ranking, len(names))
                    told = [scores[name][person] for name in names]
                    out[group].append(make_pool(told, allowed[person], ranking))
        return out

    def _learnt(self, pools: list[Pool], names: tuple[str, ...]) -> Blending:
        """What the product would learn of the people that choose; nobody is said to come back."""
        asked = self.task.valid
        ends = asked.truth.indptr
        hits = [
            np.isin(pool.items, asked.truth.index[ends[person] : ends[person + 1]])
            for person, pool in enumerate(pools)
        ]
        people = np.arange(len(pools))
        lessons = Lessons(
            pools, hits, people, np.diff(asked.histories.indptr), np.diff(ends), 0 * people
        )
        is_personal = {name: self.fitted[name][0].needs_history for name in names}
        return weigh(lessons, is_personal, Settings().ranking)


def _lists_of(pools: list[Pool], asked: Asked, blend: Blend | None) -> NDArray[np.int32]:
    """The 100 best of each pool, by ranks or by the weights of a blend."""
    out = np.full((len(pools), K), -1, np.int32)
    for person, size in enumerate(np.diff(asked.histories.indptr)):
        pool = pools[person] if blend is None else blend.order(pools[person], int(size), K)
        out[person, : min(K, len(pool))] = pool.items[:K]
    return out


def _lenskit() -> Path | None:
    """SETTEE_LENSKIT_PYTHON, or what `make bench-peers` installed, or None."""
    named = os.environ.get("SETTEE_LENSKIT_PYTHON")
    path = Path(named) if named else ROOT / ".venv-lenskit" / "bin" / "python"
    return path if path.is_file() else None


def _arrays(context: Context, task: Task) -> dict[str, NDArray[Any]]:
    out: dict[str, NDArray[Any]] = {
        "n_items": np.array(task.train.n_items),
        "most_ease_items": np.array(task.most_ease_items),
        "quick": np.array(context.quick),
    }
    for name, events in (("train", task.train), ("refit", task.refit)):
        if events is not None:
            sizes = np.bincount(events.account, minlength=events.n_accounts)
            out[f"{name}_indptr"] = np.concatenate([[0], np.cumsum(sizes)])
            out[f"{name}_index"] = events.item
    for name, asked in (("valid", task.valid), ("test", task.test)):
        out[f"{name}_indptr"] = asked.histories.indptr
        out[f"{name}_index"] = asked.histories.item
        out[f"{name}_row"] = asked.row
    return out


def peer_systems(context: Context, task: Task) -> dict[str, System]:
    """The best of each family of other libraries, by what the people that choose say."""
    out: dict[str, System] = {}
    for library, python in (("implicit", interpreter()), ("lenskit", _lenskit())):
        if python is None:
            context.log(
                f"no interpreter with {library}, its models are left out: run `make bench-peers`, "
                "or name interpreters by SETTEE_PEERS_PYTHON and SETTEE_LENSKIT_PYTHON"
            )
            continue
        question, answer = context.work / "task.npz", context.work / f"{library}.npz"
        np.savez(question, allow_pickle=False, **_arrays(context, task))
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        script = ROOT / "bench" / "peers" / "run_sets.py"
        subprocess.run(
            [str(python), str(script), library, str(question), str(answer)],
            check=True,
            cwd=context.work,
            env={**os.environ, **threads, "NUMBA_NUM_THREADS": "1", "LK_NUM_THREADS": "1"},
        )
        with np.load(answer) as found:
            context.log(f"peers: {found['versions']}")
            for key in found:
                if not key.endswith("|valid"):
                    continue
                family, told, _ = key.split("|")
                valid = float(task.measure(found[key], task.valid)[task.headline].mean())
                if family not in out or valid > out[family].valid:
                    values = task.measure(found[f"{family}|{told}|test"], task.test)
                    fit_s = float(found[f"{family}|{told}|fit_s"])
                    out[family] = System(told, valid, values, fit_s)
    return out


def beside(context: Context, task: Task, prefix: str = "") -> Result:
    """Judge ours and the peers.

    Figures are named `prefix` + system + metric; leads are of the headline.
    """
    ours = Ours(context, task)
    names = [name for name in GRID if name in SOURCES and name not in task.leave_out]
    singles: dict[str, System] = {}
    for name in names:
        singles[name] = ours.source(name)
        _tell(context, prefix + name, singles[name])
    wide = tuple(dict.fromkeys([*ours.enabled(), *(n for n in singles if n != "popular")]))
    systems = dict(singles)
    systems |= ours.together({"default": ours.enabled(), "all": wide})
    systems["best_of_ours"] = max(systems.values(), key=lambda one: one.valid)
    if task.preset:
        searched = tomllib.loads(preset_text(task.preset))["sources"]
        systems["preset"] = Ours(context, task, searched).all_enabled()
    for name in list(systems)[len(singles) :]:
        _tell(context, prefix + name, systems[name])
    peers = peer_systems(context, task)
    figures: dict[str, float] = {f"{prefix}n_people": float(task.test.n_people)}
    for name, system in systems.items():
        figures |= with_intervals(system.values, f"{prefix}{name}", context.seed)
        figures[f"{prefix}{name}.valid"] = round(system.valid, 5)
        figures[f"{prefix}{name}.fit_s"] = round(system.fit_s, 2)
    if task.preset:
        pair = systems["preset"], systems["default"]
        figures |= _leads(task, f"{prefix}preset_less_default", *pair, context.seed)
    told: dict[str, dict[str, float]] = {}
    for name, system in peers.items():
        _tell(context, prefix + name, system)
        told[name] = with_intervals(system.values, f"{prefix}best_of_ours", context.seed)
        told[name][f"{prefix}best_of_ours.fit_s"] = round(system.fit_s, 2)
    bars: dict[str, Bar] = {}
    if peers:
        best = max(peers, key=lambda name: float(peers[name].values[task.headline].mean()))
        context.log(f"{prefix}best peer on those that judge: {best}")
        for name in ("default", "default_fusion", "all", "best_of_ours"):
            led = f"{prefix}{name}_less_best_peer"
            figures |= _leads(task, led, systems[name], peers[best], context.seed)
        bars[f"{prefix}default preset wins or ties {task.headline}"] = Bar(
            figures[f"{prefix}default_less_best_peer.high"], 0.0, at_most=False
        )
        bars[f"{prefix}best of ours wins or ties {task.headline}"] = Bar(
            figures[f"{prefix}best_of_ours_less_best_peer.high"], 0.0, at_most=False
        )
    return Result(figures, bars, told)


def _leads(task: Task, name: str, ours: System, theirs: System, seed: int) -> dict[str, float]:
    mean, low, high = lead(ours.values[task.headline], theirs.values[task.headline], seed)
    return {name: round(mean, 5), f"{name}.low": round(low, 5), f"{name}.high": round(high, 5)}


def _tell(context: Context, name: str, system: System) -> None:
    means = "  ".join(f"{key} {value.mean():.4f}" for key, value in system.values.items())
    context.log(f"{name}: {means}  (valid {system.valid:.4f}, {system.told}, {system.fit_s:.1f} s)")
