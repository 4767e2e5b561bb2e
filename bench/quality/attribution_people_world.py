"""Make worlds of shared accounts: sessions are learnt once, advertising upon them is drawn often.

Who lives in an account is learnt from its sessions alone, and that is what takes long. So sessions
are simulated, imported and folded once a world; contacts of known effect and the conversions after
them are then drawn anew upon the same households, twelve times in the half minute that one took.

Reads / Writes: worlds in the work folder.
Not here: crediting them and judging it (bench attribution_people).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from bench.harness import Context
from settee.app import Workspace, open_workspace
from settee.core import AttributionSettings, load_settings
from settee.events import (
    CONVERSION,
    TOUCH,
    Contacts,
    Label,
    Plan,
    make_world,
    write_households,
)
from settee.events.simulate_homes import PLATFORMS, Home, draw_home
from settee.events.simulate_households import one_household
from settee.events.simulate_stage import Stage, make_stage
from settee.events.simulate_touches import CONTACTS, contact
from settee.measure import Paths, Rows, Whose, drawn, gather_paths, whose_contacts

SILENT = {"touches": 0.0, "conversions": 0.0001}
DIALS = {"touches": 4.0, "conversions": 0.15, "touch_effect": 2.0}
N_IMPUTED = 20
_END = datetime(2026, 11, 1, tzinfo=UTC)
_DAY_S = 86_400
_MICROS = 1_000_000
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Size:
    """How much of a world there is: accounts, days, and how often advertising is drawn."""

    n_households: int
    n_days: int
    n_draws: int


@dataclass(frozen=True)
class Drawn:
    """Advertising upon the households of one world, and whose each row is by each way of telling.

    Args:
        contacts: Contacts and conversions.
        member: (n,) who it really was about: one number for each person of the world.
        extra: (n,) conversions to be expected less without that contact; 0 for conversions.
        rows: Way of telling to whose rows are.
    """

    contacts: Contacts
    member: Ints
    extra: Floats
    rows: dict[str, Rows]


def worlds(
    context: Context, seed: int, size: Size, targeting: dict[str, float]
) -> Iterator[tuple[str, Drawn]]:
    """Every drawing of advertising upon one world, by the name of its targeting.

    Args:
        context: Where files may lie.
        seed: Of the world and of everything drawn.
        size: How much.
        targeting: Name to how much more the keen are contacted.
    """
    folder, home = context.work / f"world-{seed}", context.work / f"home-{seed}"
    plan = Plan(make_world("default", **SILENT), seed, size.n_households, size.n_days, _END)
    write_households(folder, plan)
    with open_workspace(load_settings(flags=[f"home={home}"])) as workspace:
        workspace.import_path(folder)
        workspace.fold()
        stage = make_stage(plan.world, seed, size.n_days, _END)
        homes = [_home(stage, number) for number in range(size.n_households)]
        for number in range(size.n_draws):
            for place, (kind, pull) in enumerate(targeting.items()):
                world = make_world("default", targeting=pull, **DIALS)
                rng = np.random.default_rng((seed, number, place))
                yield kind, _drawn(workspace, replace(stage, world=world), homes, rng)


@dataclass(frozen=True)
class Told:
    """The paths of all drawings of one world, by one way of telling whose they are.

    Args:
        paths: All of them, over all channels or campaigns.
        is_own: (S,) is the step a contact of whoever converted at the end of its path?
    """

    paths: Paths
    is_own: NDArray[np.bool_]


def told(draws: list[Drawn], way: str, by: Label) -> Told:
    """Paths of all drawings, one after another.

    Args:
        draws: Of one world.
        way: How it is told whose each row is.
        by: What contacts are told apart by.
    """
    settings = AttributionSettings()
    names = draws[0].contacts.labels(by)[0]
    each = [gather_paths(one.contacts, settings, one.rows[way], by=by) for one in draws]
    own: list[NDArray[np.bool_]] = []
    steps: list[NDArray[np.int32]] = []
    for one, found in zip(draws, each, strict=True):
        end = np.repeat(found.end_place, np.diff(found.paths.indptr))
        own.append((end >= 0) & (one.member[found.step_place] == one.member[end]))
        place = np.array([names.index(name) for name in found.paths.channels], np.int32)
        steps.append(place[found.paths.step])
    parts = [found.paths for found in each]

    def joined(name: str) -> Floats:
        return np.concatenate([getattr(part, name) for part in parts])

    sizes = np.concatenate([np.diff(part.indptr) for part in parts])
    whole = Paths(
        names, np.append(0, np.cumsum(sizes)), np.concatenate(steps), joined("converted"),
        joined("nulls"), joined("value"), before_s=joined("before_s"),
    )  # fmt: skip
    return Told(whole, np.concatenate(own))


def _home(stage: Stage, number: int) -> tuple[str, Home]:
    """The account's id and who lives there, as the simulator had them when it wrote the world."""
    stream = np.random.SeedSequence(stage.seed, spawn_key=(number,)).spawn(2)[0]
    home = draw_home(np.random.default_rng(stream), stage.world, stage.calendar.n_days)
    return one_household(stage, number).account_id, home


def _drawn(
    workspace: Workspace, stage: Stage, homes: list[tuple[str, Home]], rng: np.random.Generator
) -> Drawn:
    contacts, member, extra = _advertised(stage, homes, rng)
    settings = workspace.settings.people
    whose = whose_contacts(contacts, workspace.history, workspace.people, settings)
    ways = {"person": whose, "true": _true(contacts, member), "lot": _by_lot(whose, contacts)}
    seed = int(rng.integers(2**31))
    account = contacts.account.astype(np.int64)
    rows = {"account": Rows(np.arange(len(contacts)), account, account)}
    rows |= {
        name: drawn(one, contacts, 1 if name == "true" else N_IMPUTED, seed)
        for name, one in ways.items()
    }
    return Drawn(contacts, member, extra, rows)


def _advertised(
    stage: Stage, homes: list[tuple[str, Home]], rng: np.random.Generator
) -> tuple[Contacts, Ints, Floats]:
    """Contacts and conversions of all households, and the truth about each."""
    names = tuple(sorted(name for name, _ in homes))
    devices = tuple(sorted({one for _, home in homes for pair in home.devices.ids for one in pair}))
    number = {name: place for place, name in enumerate(devices)}
    parts: list[dict[str, NDArray[np.generic]]] = []
    for name, home in homes:
        visits, rows, effects = contact(rng, stage, home)
        n, day = len(rows), (visits.at_s - stage.calendar.start_s) / _DAY_S
        is_updated = (day >= home.devices.update_day[visits.device]).astype(np.int64)
        is_replaced = (day >= home.devices.replaced_day[visits.device]).astype(np.int64)
        is_second = rng.random(n) < home.platform_share[visits.actor]
        ids = np.array([[number[one] for one in pair] for pair in home.devices.ids])
        extra = np.zeros(n)
        extra[effects.touch] = effects.touch_extra
        parts.append({
            "account": np.full(n, names.index(name), np.int32),
            "at_us": rows["at_s"] * _MICROS,
            "contact": rows["contact"].astype(np.int64),
            "device": ids[visits.device, is_replaced].astype(np.int32),
            "device_type": home.devices.type[visits.device, is_updated].astype(np.int8),
            "platform": (is_second + 2 * is_updated).astype(np.int32),
            "cents": np.maximum(rows["revenue_cents"], 0).astype(np.float64),
            "member": 16 * names.index(name) + visits.actor,
            "extra": extra,
        })  # fmt: skip
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    kind = np.where(whole["contact"] >= 0, TOUCH, CONVERSION).astype(np.int8)
    order = np.lexsort((kind, whole["at_us"], whole["account"]))
    whole = {name: column[order] for name, column in whole.items()}
    is_touch = whole["contact"] >= 0
    spaces = {
        by: tuple(sorted({getattr(one, by) for one in CONTACTS})) for by in ("channel", "campaign")
    }
    place = {
        by: np.array([space.index(getattr(one, by)) for one in CONTACTS], np.int32)
        for by, space in spaces.items()
    }
    contacts = Contacts(
        names, spaces["channel"], spaces["campaign"], devices, PLATFORMS,
        whole["account"], kind[order], whole["at_us"],
        np.where(is_touch, place["channel"][whole["contact"]], -1).astype(np.int32),
        np.where(is_touch, place["campaign"][whole["contact"]], -1).astype(np.int32),
        whole["device"], whole["device_type"], whole["platform"], whole["cents"],
        tuple(f"e{one}" for one in range(len(order))),
    )  # fmt: skip
    return contacts, whole["member"], whole["extra"]


def _true(contacts: Contacts, member: Ints) -> Whose:
    """Each row is of the member whom it really was about."""
    n, rows = len(contacts.account_ids), np.arange(len(contacts) + 1, dtype=np.int64)
    known, place = np.unique(member, return_inverse=True)
    names = tuple(str(one) for one in known)
    return Whose(n, names, rows, n + place.astype(np.int64), np.ones(len(member)), rows[:-1])


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
