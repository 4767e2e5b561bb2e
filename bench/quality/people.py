"""Who is watching: every method on the same sessions of simulated households, as known at the time.

A household of three whose majority has half of the sessions gives .5 to whoever says "one person".
The last quarter of the days judges; fits are made on what was known before. The seeds below judge
and nothing else: defaults were set on other worlds (SET_ON). Profiles are off but for the row that
is about them. Device ids are withheld in a second table, and each hard case has a row of its own.

Reads / Writes: for River, two files in the work folder.
Not here: worlds (people_world), methods (people_methods), figures (settee.people).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench.harness import Bar, Context, Result
from bench.quality import people_methods as methods
from bench.quality.people_ours import as_known, with_true_labels
from bench.quality.people_replay import F32, replay_all
from bench.quality.people_world import HouseholdWorld, household_world
from settee.people import Estimate, PeopleAnswers, PeopleScore, score_people
from settee.people.baselines import GaussianMixture, KMeans, PlainMixture

ID = "quality/people"
SUMMARY = "who is watching: persons of simulated households beside plain methods and River"

SEEDS = {"default": 20_261, "easy": 20_262, "hard": 20_263}
"""Worlds that judge; nothing was ever chosen on them."""
SET_ON = (*range(101, 114), *range(121, 124))
"""Seeds of worlds on which settings were chosen: of the plain methods on 101 alone."""
_CASE_SEED = 20_264
_HOUSEHOLDS = {"default": 200, "easy": 100, "hard": 100}
_CASE_HOUSEHOLDS = 40
_RESAMPLES = 200
_PLAIN = (KMeans(), GaussianMixture(), PlainMixture())

CASES: dict[str, dict[str, float]] = {
    "profiles": {"profiles": 1.0},
    "shared_tv": {"shared_tv": 0.9},
    "lent": {"lent": 0.3},
    "handover": {"handover": 0.3},
    "co_viewing": {"co_viewing": 0.6},
    "guests": {"guests": 0.2},
    "twins": {"twins": 1.0},
    "new_members": {"new_members": 1.0},
    "leaving_members": {"leaving_members": 1.0},
    "moved_shifts": {"moved_shifts": 0.6},
    "rotating_shifts": {"rotating_shifts": 0.6},
    "taste_drift": {"taste_drift": 1.0},
    "holidays": {"holidays": 0.3},
    "seasons": {"seasons": 1.0},
    "live_events": {"live_events": 20.0},
    "time_zones": {"time_zones": 1.0, "daylight_saving": 1.0},
    "app_updates": {"app_updates": 1.0},
    "new_devices": {"new_devices": 0.6},
    "two_platforms": {"two_platforms": 1.0},
}
"""Each hard case: the default world with its dial turned up."""
_SHOWN = (
    "accuracy", "accuracy_earlier", "adjusted_rand", "size_exact", "brier", "calibration_error",
    "accuracy_at_80", "together_f1", "guest_auc",
)  # fmt: skip
_KEPT = (*_SHOWN, "size_excess", "accuracy_when_sure", "coverage_when_sure", "together_f1_tv")


@dataclass(frozen=True)
class Answered:
    """What a method answered; methods that know no such thing flag nothing."""

    name: str
    probability: F32
    is_together: np.ndarray | None = None
    is_unsure: np.ndarray | None = None


def run(context: Context) -> Result:
    """Three difficulties with and without device ids, then every hard case."""
    figures: dict[str, float] = {}
    peers: dict[str, dict[str, float]] = {}
    for difficulty, seed in SEEDS.items():
        n = 8 if context.quick else _HOUSEHOLDS[difficulty]
        world = household_world(difficulty, seed, n, profiles=0.0)
        for devices in (True, False):
            table = f"{difficulty}.{'devices' if devices else 'no_devices'}"
            seen = world if devices else world.without_devices()
            _table(context, table, seen, figures, peers)
    _cases(context, figures)
    bars = _bars(figures)
    for name, bar in bars.items():
        gap = bar.limit - bar.value if bar.at_most else bar.value - bar.limit
        context.log(
            f"{name}: {bar.value:.3f}, {'holds' if gap >= 0 else 'misses'} by {abs(gap):.3f}"
        )
    return Result(figures, bars, peers)


def _table(
    context: Context,
    name: str,
    world: HouseholdWorld,
    figures: dict[str, float],
    peers: dict[str, dict[str, float]],
) -> None:
    """Every method on one world."""
    context.log(f"{name}: {world.sessions.n_accounts} households, {len(world.sessions)} sessions")
    _head(context)
    for answered in _answers(context, world):
        found = _score(world, answered, 0 if context.quick else _RESAMPLES)
        _note(figures, f"{name}.{answered.name}", found)
        _row(context, answered.name, found)
        if answered.name == "dbstream":
            theirs = {f"{name}.ours.{metric}": one for metric, one in _values(found).items()}
            peers.setdefault("River DBSTREAM", {}).update(theirs)
    televisions = figures.get(f"{name}.ours.together_f1_tv", 0.0)
    context.log(f"  calling every television session together: F1 {televisions:.3f}")


def _values(found: PeopleScore) -> dict[str, float]:
    estimates = found.estimates()
    known = ((name, estimates[name]) for name in _KEPT)
    return {name: round(one.value, 4) for name, one in known if one is not None}


def _answers(context: Context, world: HouseholdWorld) -> Iterator[Answered]:
    population = methods.population_of(world, context.seed)
    rows = methods.rows_of(world, population)
    is_whole = bool((world.sessions.device >= 0).any())
    yield Answered("one_person", methods.everything_one_person(world))
    yield Answered("device_majority", methods.device_majority(world, rows))
    for model in _PLAIN:
        yield Answered(model.name, replay_all(model, rows, population, context.seed))
    clustered = methods.dbstream(context, rows) if is_whole else None
    if clustered is not None:  # pure Python, so only where devices are known
        yield Answered("dbstream", clustered)
    yield Answered("true_labels", with_true_labels(world, rows, population))
    ours = as_known(world, context.seed)
    yield Answered("ours", ours.probability, ours.is_together, ours.is_unsure)


def _cases(context: Context, figures: dict[str, float]) -> None:
    """One person, plain EM and ours where life is hard."""
    n = 6 if context.quick else _CASE_HOUSEHOLDS
    for case, dials in list(CASES.items())[: 3 if context.quick else None]:
        world = household_world("default", _CASE_SEED, n, **{"profiles": 0.0, **dials})
        context.log(
            f"case {case}: {n} households, {', '.join(f'{k}={v:g}' for k, v in dials.items())}"
        )
        _head(context)
        population = methods.population_of(world, context.seed)
        rows = methods.rows_of(world, population)
        plain = replay_all(PlainMixture(), rows, population, context.seed)
        ours = as_known(world, context.seed)
        for answered in (
            Answered("one_person", methods.everything_one_person(world)),
            Answered("plain_em", plain),
            Answered("ours", ours.probability, ours.is_together, ours.is_unsure),
        ):
            found = _score(world, answered, 0)
            _note(figures, f"case.{case}.{answered.name}", found)
            _row(context, answered.name, found)


def _score(world: HouseholdWorld, answered: Answered, n_resamples: int) -> PeopleScore:
    nothing = np.zeros(len(world.sessions), np.bool_)
    told = PeopleAnswers(
        world.sessions.account.astype(np.int64),
        answered.probability,
        nothing if answered.is_together is None else answered.is_together,
        nothing if answered.is_unsure is None else answered.is_unsure,
    )
    return score_people(told, world.truth, n_resamples)


def _note(figures: dict[str, float], name: str, found: PeopleScore) -> None:
    figures[f"{name}.n_sessions"] = found.n_sessions
    figures |= {f"{name}.{metric}": value for metric, value in _values(found).items()}
    for metric in _SHOWN:
        one = found.estimates()[metric]
        if one is not None and one.low is not None and one.high is not None:
            figures[f"{name}.{metric}.low"] = round(one.low, 4)
            figures[f"{name}.{metric}.high"] = round(one.high, 4)


def _head(context: Context) -> None:
    context.log("  " + "method".ljust(16) + "".join(one[:12].rjust(14) for one in _SHOWN))


def _row(context: Context, name: str, found: PeopleScore) -> None:
    estimates = found.estimates()
    context.log("  " + name.ljust(16) + "".join(_cell(estimates[one]).rjust(14) for one in _SHOWN))


def _cell(one: Estimate | None) -> str:
    return "-" if one is None else f"{one.value:.3f}".removeprefix("0")


_WANTED = (
    ("default.devices.ours.accuracy", 0.82, False),
    ("default.no_devices.ours.accuracy", 0.72, False),
    ("hard.devices.ours.accuracy", 0.72, False),
    ("easy.devices.ours.accuracy", 0.89, False),
    ("default.devices.ours.adjusted_rand", 0.66, False),
    ("default.devices.ours.size_exact", 0.78, False),
    ("default.devices.ours.brier", 0.28, True),
    ("default.devices.ours.calibration_error", 0.03, True),
    ("default.devices.ours.accuracy_at_80", 0.90, False),
    ("default.devices.ours.together_f1", 0.45, False),
    ("default.devices.ours.guest_auc", 0.75, False),
    ("default.devices.gaussian.accuracy", 0.57, True),
)


def _bars(figures: dict[str, float]) -> dict[str, Bar]:
    return {
        name: Bar(figures[name], limit, at_most)
        for name, limit, at_most in _WANTED
        if name in figures
    }
