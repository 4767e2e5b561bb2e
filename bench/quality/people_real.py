"""Who is watching, on real ratings: households of CAMRa2011, and invented accounts of MovieLens 1M.

CAMRa2011 knows which member of a real household rated what, but not when: all that is left is
taste. Its ratings come as sessions of one title and of five titles of one member; a quarter of
them, drawn at random, is judged by a fit on the rest. MovieLens 1M knows when: users who came back
over months are put together into accounts of two to four, sessions are cut as the product does, and
the last quarter of each account's sessions is judged as known at the time. What leaks there: those
who rate in bulk have long sessions, and users live in different time zones, so hours tell more than
in a household; `no_hours` withholds them, and `true_last` is who was there in the session before.

Reads: folders camra2011 and ml-1m of the data; without them there is nothing to say.
Writes: nothing.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.harness import Context, Result
from bench.quality.people_ours import with_true_labels
from bench.quality.people_replay import F32, one_person, replay_all, stack
from bench.quality.people_world import HouseholdWorld
from settee.core import Item, PeopleSettings
from settee.events import activity_of, catalogue_of
from settee.people import PeopleAnswers, PeopleTruth, Sessions, score_people, sessions_of
from settee.people.baselines import GaussianMixture, KMeans, PlainMixture
from settee.people.mixture import Mixture
from settee.people.models import HouseholdModel
from settee.people.population import Population, learn_population
from settee.people.replay import replay
from settee.people.rows import Places, Rows

ID = "quality/people-real"
SUMMARY = "who is watching: members of CAMRa2011 households, merged users of MovieLens 1M"

_PLAIN: tuple[HouseholdModel, ...] = (KMeans(), GaussianMixture(), PlainMixture())
_SHOWN = ("accuracy", "accuracy_earlier", "adjusted_rand", "size_exact", "brier")
_LEAST_SESSIONS, _LEAST_DAYS = 15, 60
_DAY_S, _MICROS = 86_400, 1_000_000
_GENERATIONS = (0.25, 0.5, 0.75)  # of the days, where what is known across accounts is learnt


def run(context: Context) -> Result:
    """Both sets that are there."""
    figures: dict[str, float] = {}
    if context.data is None:
        context.log("no data folder: nothing is judged; name one by --data")
        return Result(figures)
    for name, judged in (("camra2011", _camra), ("ml-1m", _merged)):
        folder = context.data / name
        if folder.is_dir():
            judged(context, folder, figures)
        else:
            context.log(f"no folder {name}: left out")
    return Result(figures)


# -- CAMRa2011: taste alone ------------------------------------------------------------------


def _camra(context: Context, folder: Path, figures: dict[str, float]) -> None:
    for n_titles in (1, 5):
        sessions, person = camra_sessions(folder, n_titles, context.seed, quick=context.quick)
        rng = np.random.default_rng(context.seed)
        is_judged = rng.random(len(sessions)) < 0.25
        # the judged ones last: a fit sees the first rows of a household
        order = np.lexsort((is_judged, sessions.account))
        sessions, person, is_judged = sessions.take(order), person[order], is_judged[order]
        past = sessions.where(~is_judged)
        catalogue = catalogue_of([Item(item_id=one) for one in sessions.item_ids])
        settings = PeopleSettings()
        population = learn_population(past, catalogue, 2 * settings.gap_s, settings, context.seed)
        rows = [
            population.encode(sessions.of_account(one), Places())
            for one in range(sessions.n_accounts)
        ]
        n_known = np.bincount(sessions.account[~is_judged], minlength=sessions.n_accounts)
        table = f"camra2011.titles_{n_titles}"
        context.log(f"{table}: {sessions.n_accounts} households, {len(sessions)} sessions")
        world = _world(sessions, person, is_judged)
        _note(context, figures, f"{table}.one_person", world, one_person(len(sessions)))
        for model in (*_PLAIN, Mixture()):
            answers = [
                _fitted_once(model, one, int(n), population, context.seed)
                for one, n in zip(rows, n_known, strict=True)
            ]
            _note(context, figures, f"{table}.{model.name}", world, stack(answers))
        labels = with_true_labels(world, rows, population)
        _note(context, figures, f"{table}.true_labels", world, labels)


def camra_sessions(
    folder: Path, n_titles: int, seed: int, *, quick: bool = False
) -> tuple[Sessions, NDArray[np.int64]]:
    """Ratings of members as sessions of some titles each, and the member's number in its household.

    No instant is known, so all lie in the same one: hours and weekdays say nothing.
    """
    members = pq.read_table(folder / "household_members.parquet")
    home = dict(
        zip(*(members[name].to_pylist() for name in ("member_id", "household_id")), strict=True)
    )
    table = pq.read_table(folder / "member_ratings.parquet")
    member = np.asarray(table["member_id"]).astype(np.int64)
    household = np.array([home[one] for one in member.tolist()])
    if quick:
        keep = np.isin(household, np.unique(household)[:12])
        table, member, household = table.filter(pa.array(keep)), member[keep], household[keep]
    mixed = np.random.default_rng(seed).permutation(len(member))
    order = mixed[np.argsort(member[mixed], kind="stable")]
    item_ids, item = np.unique(np.asarray(table["item_id"]), return_inverse=True)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(member[order])) + 1])
    place = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    is_first = place % n_titles == 0
    first = np.flatnonzero(is_first)
    accounts, account = np.unique(household[order][first], return_inverse=True)
    own = member[order][first]
    sessions = _sessions(
        tuple(f"h{one:04d}" for one in accounts.tolist()),
        account,
        tuple(f"m{one:06d}" for one in item_ids.tolist()),
        np.append(first, len(order)),
        item[order],
    )
    rank = np.array(
        [sorted(m for m, h in home.items() if h == home[one]).index(one) for one in own.tolist()]
    )
    by_account = np.argsort(account, kind="stable")
    return sessions.take(by_account), rank[by_account]


def _sessions(
    account_ids: tuple[str, ...],
    account: NDArray[np.int64],
    item_ids: tuple[str, ...],
    indptr: NDArray[np.int64],
    item: NDArray[np.int64],
) -> Sessions:
    n = len(account)
    nowhere, never = np.full(n, -1, np.int32), np.zeros(n, np.int64)
    return Sessions(
        account_ids, (), (), (), item_ids,
        account=account.astype(np.int32), device=nowhere, device_type=nowhere.astype(np.int8),
        platform=nowhere, profile=nowhere, start_us=never, last_us=never, end_us=never,
        n_events=np.ones(n, np.int32), watched_s=np.zeros(n, np.float32),
        item_indptr=indptr.astype(np.int64), item=item.astype(np.int32),
        n_touches=np.ones(len(item), np.int32), last_event_id=("",) * n,
    )  # fmt: skip


def _fitted_once(
    model: HouseholdModel, rows: Rows, n_known: int, population: Population, seed: int
) -> F32:
    """Answers of one fit on the first sessions about all of them."""
    if n_known < 2:
        return one_person(len(rows))
    fit = model.fit(rows.take(slice(0, n_known)), population, seed)
    joint = np.asarray(model.log_likelihood(fit.arrays, rows, population))
    raised = np.exp(joint - joint.max(axis=1, keepdims=True))
    return (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)


# -- MovieLens 1M: merged users ----------------------------------------------------------------


def _merged(context: Context, folder: Path, figures: dict[str, float]) -> None:
    world = merged_world(folder, context.seed, quick=context.quick)
    for name, seen in (("hours", world), ("no_hours", _without_hours(world))):
        table = f"ml-1m.{name}"
        context.log(f"{table}: {seen.sessions.n_accounts} accounts, {len(seen.sessions)} sessions")
        generations = _generations(seen, context.seed)
        population = generations[-1]
        rows = [
            population.encode(seen.sessions.of_account(one), Places())
            for one in range(seen.sessions.n_accounts)
        ]
        _note(context, figures, f"{table}.one_person", seen, one_person(len(seen.sessions)))
        _note(context, figures, f"{table}.true_last", seen, _true_last(seen))
        for model in _PLAIN:
            answers = replay_all(model, rows, population, context.seed)
            _note(context, figures, f"{table}.{model.name}", seen, answers)
        answers = with_true_labels(seen, rows, population)
        _note(context, figures, f"{table}.true_labels", seen, answers)
        if name == "hours":  # without hours there is no clock to replay by
            ours = replay(seen.sessions, generations, PeopleSettings()).probability
            _note(context, figures, f"{table}.ours", seen, ours)
        else:
            ours = replay_all(Mixture(), rows, population, context.seed)
            _note(context, figures, f"{table}.mixture", seen, ours)


def merged_world(folder: Path, seed: int, *, quick: bool = False) -> HouseholdWorld:
    """Users with at least 15 sessions over 60 days, two to four to an invented account."""
    ratings = pq.read_table(folder / "ratings.parquet")
    films = pq.read_table(folder / "items.parquet").to_pylist()
    items = tuple(
        Item(item_id=f"m{one['item_id']:04d}", title=one["title"], tags=tuple(one["genres"]))
        for one in films
    )
    user, at_s = (
        np.asarray(ratings["user_id"]).astype(np.int64),
        np.asarray(ratings["ts"]).astype(np.int64),
    )
    home = _homes(user, at_s, seed, quick=quick)
    keep = home[user] >= 0
    user, at_s = user[keep], at_s[keep]
    item = np.asarray(ratings["item_id"])[keep]
    number = np.arange(len(user))
    nothing = pa.nulls(len(user), pa.string())
    table = pa.table({
        "event_id": pa.array([f"e{one:07d}" for one in number.tolist()]),
        "account_id": pa.array([f"a{one:04d}" for one in home[user].tolist()]),
        "kind": pa.array(["rate"] * len(user)),
        "at": pa.array(at_s * _MICROS, pa.timestamp("us", "UTC")),
        "item_id": pa.array([f"m{one:04d}" for one in item.tolist()]),
        "device_id": nothing, "device_type": nothing, "platform": nothing, "profile_id": nothing,
        "duration_s": pa.nulls(len(user), pa.float32()),
    })  # fmt: skip
    by = [(name, "ascending") for name in ("account_id", "at", "event_id")]
    sessions = sessions_of(activity_of(table.take(pc.sort_indices(table, by))), PeopleSettings())
    last = np.array([int(one[1:]) for one in sessions.last_event_id])
    rank = {one: place for house in _grouped(home) for place, one in enumerate(house)}
    person = np.array([rank[one] for one in user[last].tolist()])
    is_judged = np.zeros(len(sessions), np.bool_)
    for first, end in itertools.pairwise(sessions.account_indptr.tolist()):
        is_judged[end - (end - first) // 4 : end] = True
    return replace(_world(sessions, person, is_judged), items=items)


def _homes(
    user: NDArray[np.int64], at_s: NDArray[np.int64], seed: int, *, quick: bool
) -> NDArray[np.int64]:
    """Account of each user, -1 for none; users who were there in the same months live together."""
    order = np.lexsort((at_s, user))
    of, at = user[order], at_s[order]
    starts = np.append(True, (np.diff(of) > 0) | (np.diff(at) > PeopleSettings().gap_s))
    n_sessions = np.bincount(of[starts], minlength=int(of.max()) + 1)
    first = np.full(len(n_sessions), np.iinfo(np.int64).max)
    last = np.zeros(len(n_sessions), np.int64)
    np.minimum.at(first, user, at_s)
    np.maximum.at(last, user, at_s)
    able = np.flatnonzero((n_sessions >= _LEAST_SESSIONS) & (last - first > _LEAST_DAYS * _DAY_S))
    able = able[np.argsort((first + last)[able], kind="stable")][: 24 if quick else None]
    home = np.full(len(n_sessions), -1)
    rng, at_place, number = np.random.default_rng(seed), 0, 0
    while at_place < len(able):
        size = int(rng.integers(2, 5))
        home[able[at_place : at_place + size]] = number
        at_place, number = at_place + size, number + 1
    return home


def _grouped(home: NDArray[np.int64]) -> Iterator[list[int]]:
    for number in range(int(home.max()) + 1):
        yield np.flatnonzero(home == number).tolist()


def _without_hours(world: HouseholdWorld) -> HouseholdWorld:
    """Every session at the same hour of the same weekday, in the order in which they were."""
    week_us = 7 * _DAY_S * _MICROS
    at = np.arange(len(world.sessions)) * week_us
    long = world.sessions.end_us - world.sessions.start_us
    moved = replace(world.sessions, start_us=at, last_us=at + long, end_us=at + long)
    return replace(world, sessions=moved, at_s=at // _MICROS)


def _generations(world: HouseholdWorld, seed: int) -> list[Population]:
    catalogue, settings = catalogue_of(world.items), PeopleSettings()
    cuts = np.quantile(world.sessions.end_us // _MICROS, _GENERATIONS)
    return [learn_population(world.sessions, catalogue, int(cut), settings, seed) for cut in cuts]


def _true_last(world: HouseholdWorld) -> F32:
    """Whoever was there in the session before, told the truth about it."""
    width = world.truth.is_present.shape[1]
    before = np.append(0, world.primary[:-1])
    before[world.sessions.account_indptr[:-1]] = 0
    table: F32 = np.eye(width, dtype=np.float32)[before]
    return table


# -- both --------------------------------------------------------------------------------------


def _world(
    sessions: Sessions, person: NDArray[np.int64], is_judged: NDArray[np.bool_]
) -> HouseholdWorld:
    nobody = np.zeros(len(sessions), np.bool_)
    present = np.arange(int(person.max()) + 1) == person[:, None]
    truth = PeopleTruth(present, nobody, nobody, is_judged)
    return HouseholdWorld(sessions, truth, sessions.last_us // _MICROS, 0, ())


def _note(
    context: Context, figures: dict[str, float], name: str, world: HouseholdWorld, answers: F32
) -> None:
    nobody = np.zeros(len(answers), np.bool_)
    account = world.sessions.account.astype(np.int64)
    n_resamples = 0 if context.quick else 200
    found = score_people(PeopleAnswers(account, answers, nobody, nobody), world.truth, n_resamples)
    cells = []
    for metric in _SHOWN:
        one = found.estimates()[metric]
        if one is None:
            continue
        figures[f"{name}.{metric}"] = round(one.value, 4)
        if one.low is not None and one.high is not None:
            figures[f"{name}.{metric}.low"] = round(one.low, 4)
            figures[f"{name}.{metric}.high"] = round(one.high, 4)
        cells.append(f"{metric} {one.value:.3f}")
    context.log(f"  {name.split('.')[-1]:12} {', '.join(cells)}")
