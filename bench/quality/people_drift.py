"""Alarms in households where nothing changes, and what is found where something does.

Households live 60 days unjudged and 90 judged, on seeds that nothing was chosen on. Where nothing
changes (but holidays, seasons, guests and live events go on), an alarm is false. Where somebody
joins, moves, leaves or drifts at a known instant, the first alarm after it counts, and a new member
has to be found within 10 of their sessions. A dummy that always alarms stands beside it, and
detectors of River on the same surprises.

Reads / Writes: for River, two files in the work folder.
Not here: the detectors (settee.people.watch), the worlds (people_world).
"""

import json
import multiprocessing
import subprocess
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bench.harness import ROOT, Bar, Context, Result
from bench.quality.people_methods import interpreter
from bench.quality.people_world import END_AT, HouseholdWorld, household_world
from settee.core import Item, PeopleSettings
from settee.events import Change, catalogue_of, make_world, simulate_households
from settee.people import Sessions
from settee.people.calm_learning import with_calm
from settee.people.drift import DriftRules, DriftState, Evidence
from settee.people.drift_features import watch_features
from settee.people.household import Household
from settee.people.population import Population, learn_population
from settee.people.rows import Rows
from settee.people.watch import Sight

ID = "quality/people-drift"
SUMMARY = "false alarms of calm households, and what is found of six kinds of change"

N_DAYS = 150
JUDGED_DAYS = 90
_DAY_S = 86_400
_START_S = int(END_AT.timestamp()) - JUDGED_DAYS * _DAY_S
_SEED = 30_262
_LEARN_FROM = 80
_WITHIN = 10
_ANSWERED_DAYS = 45
_CALM = {
    "new_members": 0.0, "leaving_members": 0.0, "moved_shifts": 0.0, "rotating_shifts": 0.0,
    "taste_drift": 0.0, "app_updates": 0.0, "new_devices": 0.0,
}  # fmt: skip
CHANGES: dict[str, tuple[str, dict[str, float]]] = {
    "joined": ("new_member", {"new_members": 1.0}),
    "left": ("lost_member", {"leaving_members": 1.0}),
    "hours_moved": ("sudden", {"moved_shifts": 0.4}),
    "taste_drifts": ("gradual", {"taste_drift": 0.4}),
    "hours_rotate": ("recurring", {"rotating_shifts": 0.4}),
    "device_replaced": ("concept", {"new_devices": 0.4}),
    "device_updated": ("feature", {"app_updates": 1.0}),
}
"""Each change of the simulator, what it should be called, and the dial that brings it."""


@dataclass(frozen=True)
class Lived:
    """What was noticed while a household lived.

    Args:
        at_s: (n,) ends of its sessions.
        alarms: Row, instant and kind of each.
        births: Rows at which a refit said that somebody was born or split off.
        surprise: (n, 4) what the detectors saw.
    """

    at_s: NDArray[np.int64]
    alarms: tuple[tuple[int, int, str], ...]
    births: tuple[int, ...]
    surprise: NDArray[np.float64]


class _Recorded(Household):
    """A household that keeps what its detectors saw."""

    seen: Evidence | None = None

    def _look(self, rows: Rows, posterior: NDArray[np.float64]) -> Sight:
        found = super()._look(rows, posterior)
        self.seen = found.seen
        return found


def live(population: Population, settings: PeopleSettings, own: Sessions) -> Lived:
    """Live through the sessions of one account, alarms answered as the product answers them."""
    household = _Recorded("a", population, settings)
    alarms, births, surprise = [], [], []
    ends = own.end_us // 1_000_000
    for row in range(len(own)):
        for event in household.absorb(own.take(np.array([row]))):
            if event.kind == "drifted":
                alarms.append((row, int(ends[row]), event.evidence[0][0]))
            elif event.kind in ("born", "split"):
                births.append(row)
        seen = household.seen
        surprise.append(np.full(4, np.nan) if seen is None else seen.surprise[0])
    return Lived(ends, tuple(alarms), tuple(births), np.array(surprise))


def live_all(sessions: Sessions, population: Population, false_alarms: float) -> list[Lived]:
    """All households, on two processes."""
    settings = PeopleSettings(drift_false_alarms=false_alarms)
    own = [sessions.of_account(number) for number in np.unique(sessions.account).tolist()]
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        return list(pool.map(partial(live, population, settings), own, chunksize=8))


def run(context: Context) -> Result:
    """Learn, live through calm households, then through each change."""
    scale = 20 if context.quick else 1
    world = household_world("default", _SEED, 1000 // scale + _LEARN_FROM, N_DAYS, **_CALM)
    population = _population(world.items, _some(world, -_LEARN_FROM, None))
    calm = _some(world, 0, -_LEARN_FROM)
    lived = live_all(calm, population, 0.01)
    figures = _of_calm(lived)
    context.log(f"calm households alarmed: {figures['calm_alarmed']:.2%}")
    more = _some(world, 0, max(200 // scale, 20))
    figures["calm_alarmed_at_10_percent"] = _alarmed(live_all(more, population, 0.1))
    peers: dict[str, dict[str, float]] = {"always alarm": {"calm_alarmed": 1.0, "found_10": 1.0}}
    for difficulty in ("default", "easy"):
        _newcomers(context, difficulty, population, 200 // scale, figures, peers, lived)
    for what, (kind, dial) in CHANGES.items():
        if what not in ("joined", "device_updated"):
            figures |= _of_change(what, kind, dial, population, 80 // scale)
    figures |= _of_update(population, 120 // min(scale, 2))
    bars = {
        "calm_alarmed": Bar(figures["calm_alarmed"], 0.01),
        "new_member_found_10": Bar(figures["new_member_found_10"], 0.9, at_most=False),
    }
    return Result(figures, bars, peers)


def _some(world: HouseholdWorld, first: int, last: int | None) -> Sessions:
    """Some accounts of a world, whole."""
    numbers = np.arange(world.sessions.n_accounts)[first:last]
    keep = np.isin(world.sessions.account, numbers)
    return world.sessions.where(keep)


def _population(items: tuple[Item, ...], sessions: Sessions) -> Population:
    """What is known across households: learnt from others than those judged, of one service."""
    until_s = int(END_AT.timestamp()) + 30 * _DAY_S
    settings = PeopleSettings()
    learnt = learn_population(sessions, catalogue_of(items), until_s, settings, 7)
    return with_calm(learnt, sessions, settings)


def _alarmed(lived: Sequence[Lived]) -> float:
    return float(np.mean([any(at >= _START_S for _, at, _ in one.alarms) for one in lived]))


def _of_calm(lived: Sequence[Lived]) -> dict[str, float]:
    kinds = Counter(
        kind for one in lived for kind in {k for _, at, k in one.alarms if at >= _START_S}
    )
    births = [any(one.at_s[row] >= _START_S for row in one.births) for one in lived]
    share = {f"calm_{kind}": n / len(lived) for kind, n in sorted(kinds.items())}
    return {
        "calm_households": float(len(lived)),
        "calm_alarmed": _alarmed(lived),
        **share,
        "calm_somebody_born_by_a_refit": float(np.mean(births)),
    }


def _changes(
    difficulty: str, seed: int, n: int, dials: dict[str, float]
) -> tuple[HouseholdWorld, list[tuple[tuple[str, ...], tuple[Change, ...]]]]:
    """A world, and what changes in each of its households, in the order of its accounts."""
    made = household_world(difficulty, seed, n, N_DAYS, **{**_CALM, **dials})
    world = make_world(difficulty, **{**_CALM, **dials})
    _, homes = simulate_households(world, seed, n, N_DAYS, END_AT)
    known = {home.account_id: (home.person_ids, home.changes) for home in homes}
    return made, [known[name] for name in made.sessions.account_ids]


def _newcomers(
    context: Context, difficulty: str, population: Population, n: int, figures: dict[str, float],
    peers: dict[str, dict[str, float]], calm: Sequence[Lived],
) -> None:  # fmt: skip
    """Of members who join late enough to be judged and come 10 times: how many are found."""
    world, changes = _changes(difficulty, _SEED, n, {"new_members": 1.0})
    lived = live_all(world.sessions, population, 0.01)
    cases = []
    for number, (one, (names, made)) in enumerate(zip(lived, changes, strict=True)):
        rows = np.flatnonzero(world.sessions.account == number)
        for change in made:
            mine = np.flatnonzero(world.truth.is_present[rows, names.index(change.who)])
            if change.what == "joined" and len(mine) >= _WITHIN and mine[0] >= 60:
                cases.append((one, mine))
    tag = "" if difficulty == "default" else f"{difficulty}_"
    found: dict[str, list[int]] = {"new_member": [], "any_alarm": [], "born_by_refit": []}
    for one, mine in cases:
        new = [row for row, _, kind in one.alarms if row >= mine[0] and kind == "new_member"]
        some = [row for row, _, _ in one.alarms if row >= mine[0]]
        born = [row for row in one.births if row >= mine[0]]
        for name, hits in zip(found, (new, some, born), strict=True):
            found[name].append(int((mine <= hits[0]).sum()) if hits else 10**6)
    for name, counts in found.items():
        figures[f"{tag}{name}_found_10"] = float(np.mean(np.array(counts) <= _WITHIN))
        figures[f"{tag}{name}_found_20"] = float(np.mean(np.array(counts) <= 2 * _WITHIN))
    figures[f"{tag}new_member_cases"] = float(len(cases))
    context.log(f"{difficulty}: {len(cases)} joined, {figures[f'{tag}new_member_found_10']:.0%}")
    if not tag:
        _river(context, peers, calm, cases)


def _of_change(
    what: str, expected: str, dials: dict[str, float], population: Population, n: int
) -> dict[str, float]:
    """What households whose habits change in the judged days are first told, in 45 days."""
    world, changes = _changes("default", _SEED, n, dials)
    lived = live_all(world.sessions, population, 0.01)
    first: Counter[str] = Counter()
    for one, (_, made) in zip(lived, changes, strict=True):
        times = [max(change.at_s, _START_S) for change in made if change.what == what]
        if not times or min(times) > one.at_s[-1] - 14 * _DAY_S:
            continue
        until = min(times) + _ANSWERED_DAYS * _DAY_S
        kinds = [kind for _, at, kind in one.alarms if min(times) <= at <= until]
        first[kinds[0] if kinds else "nothing"] += 1
    total = max(sum(first.values()), 1)
    shown = {f"{what}_called_{kind}": count / total for kind, count in sorted(first.items())}
    return {
        f"{what}_cases": float(sum(first.values())),
        f"{what}_noticed": 1 - first["nothing"] / total,
        f"{what}_told_right": first[expected] / total,
        **shown,
    }


def _of_update(population: Population, n: int) -> dict[str, float]:
    """On one day the types of all devices are reported otherwise: everybody's, so nobody's."""
    world = household_world("default", _SEED, n, N_DAYS, **_CALM)
    at_s = int(END_AT.timestamp()) - 45 * _DAY_S
    sessions = world.sessions
    later = sessions.end_us // 1_000_000 >= at_s
    renamed = replace(
        sessions,
        device_type=np.where(later, 6, sessions.device_type).astype(np.int8),
        device=np.full(len(sessions), -1, np.int32),
    )
    lived = live_all(renamed, population, 0.01)
    settings = PeopleSettings()

    rules = DriftRules.of(settings, population.calm)
    account = np.concatenate([np.full(len(one.at_s), i) for i, one in enumerate(lived)])
    ends = np.concatenate([one.at_s for one in lived])
    surprise = np.concatenate([one.surprise for one in lived])
    quiet = watch_features(account, ends, surprise, rules)
    after = ends >= at_s + 2 * _DAY_S
    before = (ends < at_s) & (ends >= _START_S)
    return {
        "update_recognised": float(quiet[after, 1].mean()),
        "update_imagined_before": float(quiet[before].mean()),
        "update_alarmed_by_habits": _alarmed_after(lived, surprise, account, rules, at_s),
        "update_alarmed_by_habits_when_recognised": _alarmed_after(
            lived, np.where(quiet, np.nan, surprise), account, rules, at_s
        ),
    }


def _alarmed_after(
    lived: Sequence[Lived], surprise: NDArray[np.float64], account: NDArray[np.int64],
    rules: DriftRules, at_s: int,
) -> float:  # fmt: skip
    """Share of households whose habits are said to change, without answers to alarms."""
    alarmed = []
    for number, one in enumerate(lived):
        nothing = np.zeros(len(one.at_s))
        seen = Evidence(one.at_s, surprise[account == number], nothing, nothing.astype(np.int64))
        alarmed.append(any(drift.at_s >= at_s for drift in DriftState.new().observe(seen, rules)))
    return float(np.mean(alarmed))


def _river(
    context: Context, peers: dict[str, dict[str, float]], calm: Sequence[Lived],
    cases: Sequence[tuple[Lived, NDArray[np.int64]]],
) -> None:  # fmt: skip
    """ADWIN and Page-Hinkley on the sum of the surprises of each session."""
    python = interpreter()
    if python is None:
        context.log("no River: run `make bench-peers`, or name one by SETTEE_RIVER_PYTHON")
        return
    streams = [np.nan_to_num(one.surprise).sum(axis=1).tolist() for one in calm[:300]]
    streams += [np.nan_to_num(one.surprise).sum(axis=1).tolist() for one, _ in cases]
    task, answer = context.work / "streams.json", context.work / "alarms.json"
    task.write_text(json.dumps(streams), encoding="utf-8")
    script = ROOT / "bench" / "peers" / "run_river_drift.py"
    subprocess.run([str(python), str(script), str(task), str(answer)], check=True)
    for name, alarms in json.loads(answer.read_text(encoding="utf-8")).items():
        n = min(len(calm), 300)
        false = [
            any(one.at_s[row] >= _START_S for row in rows)
            for one, rows in zip(calm[:n], alarms[:n], strict=True)
        ]
        found = []
        for (_, mine), rows in zip(cases, alarms[n:], strict=True):
            hits = [row for row in rows if row >= mine[0]]
            found.append(bool(hits) and int((mine <= hits[0]).sum()) <= _WITHIN)
        peers[f"River {name}"] = {
            "calm_alarmed": float(np.mean(false)),
            "found_10": float(np.mean(found)),
        }
