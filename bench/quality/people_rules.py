"""Learn again the rules that were learnt: how many persons there are, and when several watch.

Households of known size are fitted with one person, two, three and so on, when a tenth, a third,
six tenths and all of the first three quarters of their days were over; whether one more is true is
a logistic regression over what the fits gained (`sizing.FACTS`). A person counts who had two
sessions and 2 % of them. Whether several watch is another one, over the judged quarter
(`doubt.together_facts`). Both are judged on worlds of other seeds, beside "always three" and
"every television session". Training seeds are 101 to 113, held-out ones 121 to 123; none of them
is a seed of quality/people.

Reads / Writes: nothing.
Source: Tutz (1991) for continuation ratios.
Not here: the rules at work (settee.people.sizing, settee.people.doubt).
"""

import itertools
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bench.harness import Context, Result
from bench.quality.people_methods import population_of
from bench.quality.people_world import HouseholdWorld, household_world
from settee.core import PeopleSettings
from settee.people.changes import Told
from settee.people.doubt import DEFAULT_DOUBT, together_probability
from settee.people.mixture import Mixture, evidence_of
from settee.people.population import Population
from settee.people.posterior import Answering
from settee.people.rows import Places, Rows
from settee.people.sizing import FACTS, SIZING, Step, likeliest_size

ID = "quality/people-rules"
SUMMARY = "learn again when one more person is there and when several watch"

TRAINING = (
    ("default", 101, 100, True), ("hard", 102, 70, True), ("easy", 103, 70, True),
    ("default", 104, 80, False), ("hard", 105, 50, False), ("easy", 106, 40, False),
    ("default", 111, 60, True), ("hard", 112, 40, True), ("easy", 113, 40, True),
)  # fmt: skip
"""Difficulty, seed, households, and whether devices have ids."""
HELD_OUT = (
    ("default", 121, 80, True), ("default", 121, 80, False), ("hard", 122, 50, True),
    ("easy", 123, 50, True),
)  # fmt: skip
AGES = (0.1, 0.3, 0.6, 1.0)
"""Shares of the time before the judged quarter at which a household is sized."""
_LEAST = 5  # sessions
_MOST = 8
_SEED = 7
_MODEL = Mixture()
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Sized:
    """A household at one age: steps from one person to eight, and how many there are."""

    age: float
    steps: tuple[Step, ...]
    n_true: int


@dataclass(frozen=True)
class _Watched:
    """Judged sessions of a household: facts, were several there, was it a television?"""

    facts: Floats
    is_together: NDArray[np.bool_]
    is_tv: NDArray[np.bool_]


@dataclass(frozen=True)
class _Home:
    """One household of a world, with its truth."""

    rows: Rows
    is_member: NDArray[np.bool_]
    is_together: NDArray[np.bool_]
    is_tv: NDArray[np.bool_]
    is_judged: NDArray[np.bool_]


def run(context: Context) -> Result:
    """Learn both rules, and judge them and those committed on held-out worlds."""
    training, held = (TRAINING[:2], HELD_OUT[:2]) if context.quick else (TRAINING, HELD_OUT)
    shrink = 8 if context.quick else 1
    learnt_from = [_seen(context, *one, shrink) for one in training]
    sizing = learn_sizing([one for sized, _ in learnt_from for one in sized])
    together = learn_together([one for _, watched in learnt_from for one in watched])
    context.log(f"SIZING learnt    {np.round(sizing, 3).tolist()}")
    context.log(f"SIZING committed {list(SIZING)}")
    context.log(f"together learnt    {np.round(together, 3).tolist()}")
    context.log(f"together committed {list(DEFAULT_DOUBT.together)}")
    figures = {f"sizing.{name}": float(w) for name, w in zip(FACTS, sizing, strict=True)}
    judged = [_seen(context, *one, shrink) for one in held]
    for (difficulty, _, _, has_devices), (sized, watched) in zip(held, judged, strict=True):
        name = f"{difficulty}.{'devices' if has_devices else 'no_devices'}"
        figures |= _size_figures(name, sized, sizing)
        figures |= _together_figures(name, watched, together)
    for name, value in figures.items():
        context.log(f"{name}: {value:.3f}")
    return Result(figures)


def learn_sizing(sized: Iterable[_Sized]) -> Floats:
    """(len(FACTS),) weights of "is there one more?", asked up to the first that is too far.

    A step that gains nothing is no question.
    """
    asked, answers = [], []
    for one in sized:
        explaining = itertools.takewhile(lambda step: step.gain > 0, one.steps[: one.n_true])
        for step in explaining:
            asked.append(step.facts())
            answers.append(step.n_people <= one.n_true)
    return _logistic(np.array(asked), np.array(answers))


def learn_together(watched: Sequence[_Watched]) -> Floats:
    """(N_FACTS,) weights of "do several watch?"."""
    facts = np.concatenate([one.facts for one in watched])
    return _logistic(facts, np.concatenate([one.is_together for one in watched]))


def _logistic(facts: Floats, answers: NDArray[np.bool_]) -> Floats:
    scale = facts.std(axis=0) + 1e-9
    scale[0] = 1.0  # the constant
    model = LogisticRegression(C=3, max_iter=5000, fit_intercept=False)
    weights: Floats = model.fit(facts / scale, answers).coef_[0] / scale
    return weights


def _seen(
    context: Context, difficulty: str, seed: int, n_households: int, has_devices: bool, shrink: int
) -> tuple[list[_Sized], list[_Watched]]:
    """What the rules look at in one world, and the truth."""
    world = household_world(difficulty, seed, n_households // shrink)
    world = world if has_devices else world.without_devices()
    population = population_of(world, _SEED)
    homes = list(_homes(world, population))
    with ThreadPoolExecutor() as pool:
        sized = list(pool.map(lambda home: _sized(home, population), homes))
        watched = list(pool.map(lambda home: _watched(home, population), homes))
    context.log(f"{difficulty}, seed {seed}: {len(homes)} households")
    return [one for each in sized for one in each], [one for one in watched if one is not None]


def _homes(world: HouseholdWorld, population: Population) -> Iterable[_Home]:
    truth = world.truth
    is_tv = np.zeros(len(world.sessions), np.bool_) if truth.is_tv is None else truth.is_tv
    bounds = world.sessions.account_indptr
    for account in range(world.sessions.n_accounts):
        own = world.sessions.of_account(account)
        places = np.arange(*bounds[account : account + 2].tolist())
        order = np.argsort(own.start_us, kind="stable")
        at = places[order]
        rows = population.encode(own, Places()).take(order)
        member = truth.is_present[at] & ~truth.is_guest[at, None]
        judged = truth.is_judged[at]
        yield _Home(rows, member, truth.is_together[at], is_tv[at], judged)


def _sized(home: _Home, population: Population) -> list[_Sized]:
    known = np.flatnonzero(~home.is_judged)
    if len(known) < _LEAST:
        return []
    start_s = home.rows.start_s[known]
    whole_s = start_s[-1] - start_s[0]
    found = []
    for age in AGES:
        past = known[start_s <= start_s[0] + age * whole_s]
        if len(past) >= _LEAST:
            n_had = home.is_member[past].sum(axis=0)
            n_true = max(int((n_had >= max(2, 0.02 * len(past))).sum()), 1)
            found.append(_Sized(age, _steps(home.rows.take(past), population), n_true))
    return found


def _steps(rows: Rows, population: Population) -> tuple[Step, ...]:
    evidence = evidence_of(population.symbols(rows), rows)
    sizes = range(1, min(_MOST, len(rows) // 2) + 1)
    fits = [_MODEL.vote(evidence, population, n_people, _SEED) for n_people in sizes]
    return tuple(evidence.step(before[1], *after) for before, after in itertools.pairwise(fits))


def _watched(home: _Home, population: Population) -> _Watched | None:
    known, asked = np.flatnonzero(~home.is_judged), np.flatnonzero(home.is_judged)
    if len(known) < _LEAST or not len(asked):
        return None
    past, later = home.rows.take(known), home.rows.take(asked)
    symbols = population.symbols(past)
    share, _ = _MODEL.find(evidence_of(symbols, past), population, _SEED)
    if share.shape[1] < 3:  # one person is never together
        return None
    answering = Answering(
        account_id="", numbers=tuple(range(1, share.shape[1])), told=Told(),
        counts=_MODEL.counts(symbols, share, population), size=share[:, :-1].sum(axis=0),
        n_sessions=len(past), now_s=int(past.end_s.max()), half_life_s=np.inf,
        mixture=_MODEL, population=population, settings=PeopleSettings(),
    )  # fmt: skip
    symbols = population.symbols(later)
    posterior = answering.posterior(symbols, answering.mix[None, :])
    facts = answering.company(later, posterior, symbols)
    return _Watched(facts, home.is_together[asked], home.is_tv[asked])


def _size_figures(name: str, sized: Sequence[_Sized], learnt: Floats) -> dict[str, float]:
    """Share of households whose size is exactly right, at each age."""
    found: dict[str, float] = {}
    for age in AGES:
        there = [one for one in sized if one.age == age]
        for rule, weights in (("learnt", learnt.tolist()), ("committed", SIZING)):
            said = [likeliest_size(one.steps, weights) for one in there]
            right = [n == one.n_true for n, one in zip(said, there, strict=True)]
            found[f"{name}.size_{rule}_at_{age:g}"] = float(np.mean(right))
        always = [one.n_true == 3 for one in there]
        found[f"{name}.size_three_at_{age:g}"] = float(np.mean(always))
    return found


def _together_figures(name: str, watched: Sequence[_Watched], learnt: Floats) -> dict[str, float]:
    """F1 of calling a session together, at the threshold that is the default."""
    facts = np.concatenate([one.facts for one in watched])
    truth = np.concatenate([one.is_together for one in watched])
    above = PeopleSettings().together_above
    called = {
        "learnt": together_probability(facts, tuple(learnt.tolist())) >= above,
        "committed": together_probability(facts, DEFAULT_DOUBT.together) >= above,
        "every_tv": np.concatenate([one.is_tv for one in watched]),
    }
    return {
        f"{name}.together_f1_{rule}": float(2 * (said & truth).sum() / (said.sum() + truth.sum()))
        for rule, said in called.items()
    }
