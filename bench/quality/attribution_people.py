"""Credit by persons against credit by accounts, where it is known what each contact did.

In a simulated world it is known by how much each contact raised the conversions to be expected. Its
sum by channel or campaign is the truth; credit is judged by its shares: half the sum of absolute
differences, 0 is right and 1 is all wrong. Four sets of paths are credited by the same methods: of
whole accounts, of persons by the posterior, of the persons who really were there (the ceiling), and
of persons by lot, which shows what cutting paths alone does. Worlds differ in their seed only;
added up they are less noisy, with an interval by leaving out each.

Reads / Writes: worlds in the work folder.
Not here: credit on games of known worth (bench attribution_sim), who is there (people).
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.harness import Bar, Context, Result
from settee.app import open_workspace
from settee.core import AttributionSettings, load_settings
from settee.events import Contacts, Label, Plan, make_world, read_contacts, write_households
from settee.measure import Rows, Whose, drawn, gather_paths, whose_contacts
from settee.measure.crediting import prepare
from settee.measure.paths import Paths

ID = "quality/attribution-people"
SUMMARY = "credit of channels by persons beside accounts, against the simulator's known effects"

SEEDS = (40_101, 40_102, 40_103, 40_104, 40_105, 40_106)
"""Worlds that judge; dials were looked at on the seeds 301 to 303."""
_HOUSEHOLDS, _DAYS = 150, 60
_DIALS = {"touches": 4.0, "conversions": 0.15, "touch_effect": 2.0}
_KINDS = {"untargeted": 0.0, "targeted": 0.6}
"""How much more the keen are contacted: not at all, and as in the default world."""
BY: tuple[Label, ...] = ("channel", "campaign")
_WAYS = ("account", "person", "true", "lot")
_TRUTH = "known effects"
_METHODS = ("first", "last", "linear", "position", "time_decay", "markov", "shapley", "hybrid")
_END = datetime(2026, 11, 1, tzinfo=UTC)
_T95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36}
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """One world: contacts, truth, and whose each row is by each way of telling."""

    contacts: Contacts
    extra: dict[str, float]
    rows: dict[str, Rows]


def run(context: Context) -> Result:
    """Every world, every way, every method."""
    seeds = SEEDS[:2] if context.quick else SEEDS
    errors: dict[str, list[float]] = {}
    sums: dict[str, list[Floats]] = {}
    for kind, targeting in _KINDS.items():
        for seed in seeds:
            world = _world(context, seed, 40 if context.quick else _HOUSEHOLDS, targeting)
            for by in BY:
                credits = _credits(world, by)
                for name, credit in credits.items():
                    sums.setdefault(f"{kind}.{by}.{name}", []).append(credit)
                for name, error in _errors(credits):
                    errors.setdefault(f"{kind}.{by}.{name}", []).append(error)
                means = {way: errors[f"{kind}.{by}.{way}.mean"][-1] for way in world.rows}
                said = ", ".join(f"{way} {error:.4f}" for way, error in means.items())
                context.log(f"{kind}, seed {seed}, by {by}: mean error of all methods: {said}")
    return _result(context, errors, sums)


def _world(context: Context, seed: int, n: int, targeting: float) -> Judged:
    folder = context.work / f"world-{seed}-{targeting}"
    plan = Plan(make_world("default", targeting=targeting, **_DIALS), seed, n, _DAYS, _END)
    write_households(folder, plan)
    home = context.work / f"home-{seed}-{targeting}"
    with open_workspace(load_settings(flags=[f"home={home}"])) as workspace:
        workspace.import_path(folder)
        workspace.fold()
        contacts = read_contacts(workspace.history)
        people = workspace.settings.people
        whose = whose_contacts(contacts, workspace.history, workspace.people, people)
    truth = _true(contacts, folder)
    lot = _by_lot(whose, contacts)
    ways = {"person": whose, "true": truth, "lot": lot}
    account = contacts.account.astype(np.int64)
    rows = {"account": Rows(np.arange(len(contacts)), account, account)}
    rows |= {
        name: drawn(one, contacts, 1 if name == "true" else 20, seed) for name, one in ways.items()
    }
    return Judged(contacts, _extra(folder), rows)


def _extra(folder: Path) -> dict[str, float]:
    found: dict[str, float] = {}
    with (folder / "truth-conversions.jsonl").open() as file:
        for line in file:
            found |= {one["event_id"]: one["extra"] for one in json.loads(line)["touches"]}
    return found


def _true(contacts: Contacts, folder: Path) -> Whose:
    """Each row is of the member whom it really was about."""
    wanted, member = set(contacts.event_id), {}
    with (folder / "truth.jsonl").open() as file:
        for line in file:
            one = json.loads(line)
            if one["event_id"] in wanted:
                member[one["event_id"]] = f"{one['account_id']} {(one['persons'] or ['-'])[0]}"
    names = sorted(set(member.values()))
    number = {name: place for place, name in enumerate(names)}
    n = len(contacts.account_ids)
    unit = np.array([n + number[member[one]] for one in contacts.event_id], np.int64)
    rows = np.arange(len(contacts) + 1, dtype=np.int64)
    return Whose(n, tuple(names), rows, unit, np.ones(len(unit)), rows[:-1])


def _by_lot(whose: Whose, contacts: Contacts) -> Whose:
    """Each row is of any person of its account, all as likely."""
    known: dict[int, set[int]] = {}
    row = np.repeat(np.arange(len(contacts)), np.diff(whose.indptr))
    for account, unit in zip(contacts.account[row].tolist(), whose.unit.tolist(), strict=True):
        if unit >= whose.n_accounts:
            known.setdefault(account, set()).add(unit)
    units = [sorted(known.get(one, {one})) for one in contacts.account.tolist()]
    sizes = np.array([len(one) for one in units], np.int64)
    return replace(
        whose,
        indptr=np.append(0, np.cumsum(sizes)),
        unit=np.concatenate([np.array(one, np.int64) for one in units]),
        p=np.repeat(1.0 / sizes, sizes),
        draw=np.arange(len(contacts), dtype=np.int64),
    )


def _credits(world: Judged, by: Label) -> dict[str, Floats]:
    """Credit of each way and method, the truth and the count of contacts, by channel."""
    settings = AttributionSettings(order=1, bootstrap=0, min_people=1)
    names, label = world.contacts.labels(by)
    touched = ~world.contacts.is_conversion
    extra = np.array([world.extra.get(one, 0.0) for one in world.contacts.event_id])
    found = {
        _TRUTH: np.maximum(np.bincount(label[touched], extra[touched], len(names)), 0),
        "by_count": np.bincount(label[touched], minlength=len(names)).astype(np.float64),
    }
    for way, rows in world.rows.items():
        paths = gather_paths(world.contacts, settings, rows, by=by).paths
        distinct = paths.collapse()
        crediting = prepare(paths, distinct, settings, settings.seed)
        for one in crediting.credits(distinct, paths):
            if one.method in _METHODS:
                found[f"{way}.{one.method}"] = _over(one.conversions, paths, names)
    return found


def _errors(credits: dict[str, Floats]) -> Iterator[tuple[str, float]]:
    """How far shares are from the truth, and from the same method on true persons' paths."""
    truth = credits[_TRUTH]
    yield "by_count", _error(credits["by_count"], truth)
    for way in _WAYS:
        each = [_error(credits[f"{way}.{name}"], truth) for name in _METHODS]
        yield from ((f"{way}.{name}", error) for name, error in zip(_METHODS, each, strict=True))
        yield f"{way}.mean", float(np.mean(each))
        ideal = [_error(credits[f"{way}.{one}"], credits[f"true.{one}"]) for one in _METHODS]
        yield f"{way}.from_true_persons", float(np.mean(ideal))


def _over(credit: Floats, paths: Paths, names: tuple[str, ...]) -> Floats:
    found = np.zeros(len(names))
    found[[names.index(one) for one in paths.channels]] = credit
    return found


def _error(credit: Floats, truth: Floats) -> float:
    return 0.5 * float(np.abs(credit / credit.sum() - truth / truth.sum()).sum())


def _pooled(sums: dict[str, list[Floats]], table: str, keep: list[int]) -> dict[str, float]:
    """Errors of credit and truth added up over some worlds."""
    added = {
        name.removeprefix(f"{table}."): np.sum([each[place] for place in keep], axis=0)
        for name, each in sums.items()
        if name.startswith(f"{table}.")
    }
    return dict(_errors(added))


def _note_pooled(figures: dict[str, float], sums: dict[str, list[Floats]], table: str) -> None:
    """How much nearer persons are over all worlds, with a jackknife interval."""
    n = len(sums[f"{table}.{_TRUTH}"])
    whole = _pooled(sums, table, list(range(n)))
    figures |= {f"{table}.pooled.{way}": round(whole[f"{way}.mean"], 4) for way in _WAYS}
    parts = [_pooled(sums, table, [one for one in range(n) if one != out]) for out in range(n)]
    gain = whole["account.mean"] - whole["person.mean"]
    left = np.array([one["account.mean"] - one["person.mean"] for one in parts])
    half = _T95[n] * math.sqrt((n - 1) / n * float(((left - left.mean()) ** 2).sum()))
    figures[f"{table}.pooled.nearer"] = round(gain, 4)
    figures[f"{table}.pooled.nearer.low"] = round(gain - half, 4)
    figures[f"{table}.pooled.nearer.high"] = round(gain + half, 4)


def _result(
    context: Context, errors: dict[str, list[float]], sums: dict[str, list[Floats]]
) -> Result:
    figures: dict[str, float] = {}
    for name, each in errors.items():
        figures[name] = round(float(np.mean(each)), 4)
    tables = [f"{kind}.{by}" for kind in _KINDS for by in BY]
    for by in tables:
        context.log(
            f"{by}: error of shares over {len(errors[f'{by}.by_count'])} worlds, 0 is right"
        )
        context.log(f"  {'method':<18}" + "".join(f"{way:>10}" for way in _WAYS))
        for method in (*_METHODS, "mean", "from_true_persons"):
            cells = "".join(f"{figures[f'{by}.{way}.{method}']:>10.4f}" for way in _WAYS)
            context.log(f"  {method:<18}{cells}")
        context.log(f"  contacts counted: {figures[f'{by}.by_count']:.4f}")
        for method in (*_METHODS, "mean", "from_true_persons"):
            nearer = _nearer(errors, by, method)
            figures |= {f"{by}.nearer.{method}{end}": value for end, value in nearer.items()}
        low, high = figures[f"{by}.nearer.mean.low"], figures[f"{by}.nearer.mean.high"]
        context.log(
            f"  persons are nearer by {figures[f'{by}.nearer.mean']:.4f} [{low:.4f}, {high:.4f}]"
        )
        _note_pooled(figures, sums, by)
        pooled = ", ".join(f"{way} {figures[f'{by}.pooled.{way}']:.4f}" for way in _WAYS)
        low, high = (figures[f"{by}.pooled.nearer.{end}"] for end in ("low", "high"))
        context.log(
            f"  all worlds added up: {pooled}; "
            f"nearer by {figures[f'{by}.pooled.nearer']:.4f} [{low:.4f}, {high:.4f}]"
        )
    # Nearer counts only where the whole interval is on that side.
    lows = [f"{by}.nearer.mean.low" for by in tables]
    bars = {low: Bar(figures[low], 0.0, False) for low in lows}
    return Result(figures, bars)


def _nearer(errors: dict[str, list[float]], by: str, method: str) -> dict[str, float]:
    """By how much persons are nearer to the truth than accounts, with a t interval over worlds."""
    whole, persons = errors[f"{by}.account.{method}"], errors[f"{by}.person.{method}"]
    gain = np.array(whole) - np.array(persons)
    half = _T95.get(len(gain), 2.0) * float(gain.std(ddof=1)) / math.sqrt(len(gain))
    mean = float(gain.mean())
    return {"": round(mean, 4), ".low": round(mean - half, 4), ".high": round(mean + half, 4)}
