"""Reach persons of shared accounts, and see whether those who were meant responded.

A message to an account is read by somebody of it. So who was addressed is a pair of an account and
a person, and a hit is where that very person, as the simulator knows, watched the tag within the 14
days behind the cut. Persons that settee tells apart are held against accounts ranked by the same
models, whose message goes to the busiest person of the account, or to any of them by lot.

Reads / Writes: a world in the work folder.
Not here: audiences of accounts (bench audience_retail), who is there (people).
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from settee.app import Workspace, open_workspace
from settee.audiences import Ready, probabilities, target_of
from settee.core import load_settings
from settee.events import Plan, make_world, write_households

ID = "quality/audience-persons"
SUMMARY = "persons of shared accounts as units of audiences, against who really responded"

SEED = 40_301
_N, _N_QUICK = 250, 40
_DAYS, _HORIZON = 60, 14
_CUT = datetime(2026, 11, 7, tzinfo=UTC)
_SIZES = (25, 50, 100)
_TAGS = 12
_RESAMPLES = 300
_WAYS = ("persons", "account_busiest", "account_lot", "random")
_KINDS = ("play", "complete", "like", "rate", "wishlist", "click", "view")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """What the simulator knows.

    Args:
        past: Account to instants and members of its events before the cut.
        responded: Member to the tags that it watched behind the cut.
    """

    past: dict[str, tuple[list[int], list[tuple[str, ...]]]]
    responded: dict[str, set[str]]

    def members(self, account_id: str) -> dict[str, int]:
        """Events of each member before the cut."""
        found: dict[str, int] = defaultdict(int)
        for there in self.past[account_id][1]:
            for one in there:
                found[one] += 1
        return dict(found)


def run(context: Context) -> Result:
    """One world: learn before the cut, rank, and look behind it."""
    n = _N_QUICK if context.quick else _N
    folder = context.work / "world"
    end_at = _CUT + timedelta(days=_HORIZON)
    plan = Plan(make_world("default", n_titles=300), SEED, n, _DAYS + _HORIZON, end_at)
    write_households(folder, plan)
    truth = _split(folder, context.work / "past")
    flags = [
        f"home={context.work / 'home'}", "train.ranker_requests=100", "train.max_requests=300",
        f"response.horizon_days={_HORIZON}", "train.bootstrap=100",
    ]  # fmt: skip
    took: dict[str, float] = {}
    with open_workspace(load_settings(flags=flags), lambda: _CUT) as workspace:
        for name, step in _steps(workspace, context.work / "past"):
            start = time.perf_counter()
            step()
            took[f"{name}_s"] = round(time.perf_counter() - start, 1)
        persons, accounts = (workspace.reach_ready(unit) for unit in ("person", "account"))
        member = _members(workspace, persons, truth)
    n_known = sum(map(bool, persons.reach.units.person_ids))
    context.log(
        f"{n:,} accounts, {persons.reach.n_units:,} units of which {n_known:,} are persons, "
        f"{sum(len(truth.members(one)) for one in truth.past):,} members"
    )
    figures = {"n_units": float(persons.reach.n_units), "n_persons": float(n_known), **took}
    figures |= _judged(context, persons, accounts, member, truth)
    gap = f"p@{_SIZES[1]}.nearer_than_account_busiest.low"
    return Result(figures, {gap: Bar(figures[gap], 0.0, at_most=False)})


def _steps(workspace: Workspace, past: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "import", lambda: workspace.import_path(past)
    yield "train", workspace.train
    yield "release", lambda: workspace.release(force_reason="a bench")
    yield "responses", workspace.train_responses
    yield "people", workspace.fold


def _split(world: Path, past: Path) -> Truth:
    """Write what lies before the cut, and keep what is true of both sides."""
    past.mkdir()
    with (world / "items.jsonl").open() as file:
        tags = {one["item_id"]: one["tags"] for one in map(json.loads, file)}
    (past / "items.jsonl").write_bytes((world / "items.jsonl").read_bytes())
    before: dict[str, tuple[list[int], list[tuple[str, ...]]]] = {}
    responded: dict[str, set[str]] = defaultdict(set)
    with (
        (world / "events.jsonl").open() as events,
        (world / "truth.jsonl").open() as truths,
        (past / "events.jsonl").open("w") as kept,
    ):
        for line, truth in zip(events, truths, strict=True):
            event, there = json.loads(line), json.loads(truth)["persons"]
            at = datetime.fromisoformat(event["at"])
            if at < _CUT:
                kept.write(line)
                instants, who = before.setdefault(event["account_id"], ([], []))
                instants.append(int(at.timestamp()))
                who.append(tuple(there))
            elif event["kind"] in _KINDS and "item_id" in event:
                for one in there:
                    responded[one].update(tags[event["item_id"]])
    return Truth(before, dict(responded))


def _members(workspace: Workspace, persons: Ready, truth: Truth) -> list[str]:
    """(n_units,) the member whom each person of settee's most often was; the busiest for none."""
    units = persons.reach.units
    found: list[str] = []
    known: dict[str, dict[str, str]] = {}
    for account_id, person_id in zip(units.account_ids, units.person_ids, strict=True):
        if account_id not in known:
            known[account_id] = _named(workspace, account_id, truth)
        found.append(known[account_id].get(person_id) or _busiest(truth, account_id))
    return found


def _named(workspace: Workspace, account_id: str, truth: Truth) -> dict[str, str]:
    household = workspace.people.household(account_id)
    if household is None:
        return {}
    instants, who = truth.past[account_id]
    shares = household.shares(np.array(instants, np.int64))  # (events, persons)
    members = sorted({one for there in who for one in there})
    was = np.array([[one in there for one in members] for there in who], np.float64)
    if not members:
        return {}
    likeliest = (shares.T @ was).argmax(axis=1)
    ids = [one.person_id for one in household.persons]
    return {name: members[place] for name, place in zip(ids, likeliest.tolist(), strict=True)}


def _busiest(truth: Truth, account_id: str) -> str:
    members = truth.members(account_id)
    return max(sorted(members), key=lambda one: members[one]) if members else ""


def _judged(
    context: Context, persons: Ready, accounts: Ready, member: list[str], truth: Truth
) -> dict[str, float]:
    """Precision at each size and calibration, over the commonest tags."""
    rng = np.random.default_rng(SEED)
    names = accounts.reach.units.account_ids
    number = {name: place for place, name in enumerate(names)}
    account = np.array([number[one] for one in persons.reach.units.account_ids])
    own = np.arange(len(names))
    drawn = rng.poisson(1.0, (_RESAMPLES, len(names))).astype(np.float64)
    drawn = np.vstack([np.ones(len(names)), drawn])  # the first row is everybody once
    hits: dict[str, list[Floats]] = defaultdict(list)
    promised: dict[str, list[float]] = defaultdict(list)
    busiest = [_busiest(truth, one) for one in names]
    for tag in _tags(persons):
        target = target_of(persons.catalogue, tag=tag)
        by_person, by_account = (probabilities(one, target)[0] for one in (persons, accounts))
        is_hit = np.array([tag in truth.responded.get(one, ()) for one in member], np.float64)
        of_busiest = np.array([tag in truth.responded.get(one, ()) for one in busiest], np.float64)
        by_lot = np.array([_share(truth, one, tag) for one in names])
        promised["persons"].append(float(by_person.mean()))
        promised["persons_came"].append(float(is_hit.mean()))
        for size in _SIZES:
            told = {
                "persons": (by_person, is_hit, account),
                "account_busiest": (by_account, of_busiest, own),
                "account_lot": (by_account, by_lot, own),
                "random": (rng.random(len(member)), is_hit, account),
            }
            for way, (score, hit, of) in told.items():
                top = np.argsort(-score, kind="stable")[:size]
                weight = drawn[:, of[top]]  # (resamples + 1, size)
                hits[f"p@{size}.{way}"].append(weight @ hit[top] / weight.sum(axis=1))
    return _told(context, hits, promised)


def _share(truth: Truth, account_id: str, tag: str) -> float:
    """Part of the members who would have responded, one drawn by lot."""
    each = [tag in truth.responded.get(one, ()) for one in truth.members(account_id)]
    return float(np.mean(each)) if each else 0.0


def _tags(ready: Ready) -> list[str]:
    """The commonest tags of the catalogue."""
    counts = np.bincount(ready.catalogue.tag_index, minlength=len(ready.catalogue.tag_names))
    order = np.argsort(-counts, kind="stable")[:_TAGS]
    return [ready.catalogue.tag_names[place] for place in order.tolist()]


def _told(
    context: Context, hits: dict[str, list[Floats]], promised: dict[str, list[float]]
) -> dict[str, float]:
    figures: dict[str, float] = {}
    for size in _SIZES:
        each = {way: np.mean(hits[f"p@{size}.{way}"], axis=0) for way in _WAYS}
        figures |= {f"p@{size}.{way}": round(float(one[0]), 4) for way, one in each.items()}
        for way in _WAYS[1:]:
            gap = each["persons"] - each[way]
            low, high = np.quantile(gap[1:], (0.025, 0.975)).round(4).tolist()
            name = f"p@{size}.nearer_than_{way}"
            figures |= {name: round(float(gap[0]), 4), f"{name}.low": low, f"{name}.high": high}
        said = ", ".join(f"{way} {figures[f'p@{size}.{way}']:.3f}" for way in _WAYS)
        context.log(f"of the first {size}, who responded: {said}")
    figures |= {f"mean.{name}": round(float(np.mean(each)), 4) for name, each in promised.items()}
    context.log(
        f"persons promised {figures['mean.persons']:.4f}, came {figures['mean.persons_came']:.4f}"
    )
    return figures
