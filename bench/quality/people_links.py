"""Whose each device is, and who is one person on two accounts, on simulated households.

A device is truly somebody's when they alone had at least seven in ten of its sessions (5 or more).
Links are made from what the model says of the sessions, found persons standing for those with whom
they share most. For pairs every household with two services is cut into two accounts, one for each
service, whose devices tell that they meet. Truth judges and teaches nothing; settings were chosen
on other seeds.

Reads / Writes: nothing.
Not here: links (settee.people.links, pairs), who was there (settee.people).
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from bench.harness import Bar, Context, Result
from bench.quality.people_replay import spread
from bench.quality.people_world import END_AT, HouseholdWorld, household_world
from settee.core import PeopleSettings
from settee.events import catalogue_of
from settee.people import Sessions
from settee.people.links import OWN_SHARE, LinkPrior, Uses, learn_owned, link_things
from settee.people.mixture import Mixture
from settee.people.pairs import PairRules, Someone, link_pairs, meetings
from settee.people.population import Population, learn_population
from settee.people.rows import Places, Rows

ID = "quality/people-links"
SUMMARY = "devices and second accounts linked to persons, beside every device to its top user"

_SEEDS = {"default": 31_262, "easy": 31_263, "hard": 31_264}
_HOUSEHOLDS = 150
_SECOND = ("sport", "sport-2")
_LEAST = 5
_NOW_S = int(END_AT.timestamp())
F64 = NDArray[np.float64]
Pair = tuple[int, int, int]
"""Household, device, true person."""


@dataclass(frozen=True)
class House:
    """One household: its sessions, who was there, and who the model says was there.

    Args:
        rows: Sessions.
        truth: (n, 8) who was there, shared evenly; guests are what is missing to 1.
        found: (n, K) shares of the persons found.
        who: (K,) true person that each found one stands for, -1 nobody.
    """

    rows: Rows
    truth: F64
    found: F64
    who: NDArray[np.int64]

    def uses(self, shares: F64) -> Uses:
        """The sessions as links need them."""
        rows = self.rows
        return Uses(rows.device, rows.device_type, rows.end_s, rows.hour, shares)


def houses(world: HouseholdWorld, population: Population) -> list[House]:
    """Every household, its persons found with the whole record known."""
    sessions, present = world.sessions, world.truth.is_present.astype(np.float64)
    present /= np.maximum(present.sum(axis=1) + world.truth.is_guest, 1)[:, None]
    places = [np.flatnonzero(sessions.account == one) for one in range(sessions.n_accounts)]
    rows = [population.encode(sessions.take(place), Places()) for place in places]
    found = spread(partial(_shares, population), rows)
    return [
        House(one, present[place], share.astype(np.float64), _stand_for(share, present[place]))
        for one, place, share in zip(rows, places, found, strict=True)
    ]


def _shares(population: Population, rows: Rows) -> NDArray[np.float32]:
    return Mixture().fit(rows, population, 7).responsibility


def _stand_for(found: NDArray[np.float32], truth: F64) -> NDArray[np.int64]:
    common = found.T.astype(np.float64) @ truth  # (K, 8)
    who = np.full(found.shape[1], -1)
    here, there = linear_sum_assignment(common, maximize=True)
    who[here] = np.where(common[here, there] > 0, there, -1)
    return who


def owners(house: House, number: int) -> Iterator[Pair]:
    """Devices that truly are somebody's."""
    for device in np.unique(house.rows.device[house.rows.device >= 0]).tolist():
        on = house.rows.device == device
        share = house.truth[on].mean(axis=0)
        if on.sum() >= _LEAST and share.max() >= OWN_SHARE:
            yield number, device, int(share.argmax())


def linked(house: House, number: int, shares: F64, who: NDArray[np.int64], prior: LinkPrior
           ) -> Iterator[Pair]:  # fmt: skip
    """Devices that are said to be somebody's."""
    for link in link_things(house.uses(shares), _NOW_S, prior):
        if link.is_linked and link.n_sessions >= _LEAST:
            yield number, link.thing, int(who[link.place])


def top_users(house: House, number: int) -> Iterator[Pair]:
    """Every device to whoever is likeliest on it most often."""
    for device in np.unique(house.rows.device[house.rows.device >= 0]).tolist():
        on = house.rows.device == device
        if on.sum() >= _LEAST:
            yield number, device, int(house.who[int(house.found[on].sum(axis=0).argmax())])


def scores(said: AbstractSet[object], true: AbstractSet[object]) -> dict[str, float]:
    """Precision, recall and F1."""
    right = len(said & true)
    precision, recall = right / max(len(said), 1), right / max(len(true), 1)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(precision + recall, 1e-9),
    }


def run(context: Context) -> Result:
    """Devices of three worlds, then pairs of accounts of one."""
    n = _HOUSEHOLDS // (10 if context.quick else 1)
    figures: dict[str, float] = {}
    peers: dict[str, dict[str, float]] = {"top user": {}, "true labels": {}}
    for difficulty, seed in _SEEDS.items():
        made = household_world(difficulty, seed, n)
        world = houses(made, _population(made))
        owned = learn_owned([house.uses(house.found) for house in world])  # nobody tells it who
        prior = LinkPrior.of(PeopleSettings(), owned)
        _devices(difficulty, world, prior, figures, peers)
        context.log(f"{difficulty}: F1 {figures[f'{difficulty}_f1']:.3f}")
    figures |= _pairs(context, n)
    bars = {"default_f1": Bar(figures["default_f1"], 0.85, at_most=False)}
    return Result(figures, bars, peers)


def _population(world: HouseholdWorld) -> Population:
    """What is known across the households of a world."""
    catalogue, until_s = catalogue_of(world.items), _NOW_S + 30 * 86_400
    return learn_population(world.sessions, catalogue, until_s, PeopleSettings(), 7)


def _devices(
    name: str, world: Sequence[House], prior: LinkPrior, figures: dict[str, float],
    peers: dict[str, dict[str, float]],
) -> None:  # fmt: skip
    true = {pair for number, house in enumerate(world) for pair in owners(house, number)}
    eight = np.arange(8)
    ours = {p for i, h in enumerate(world) for p in linked(h, i, h.found, h.who, prior)}
    told = {p for i, h in enumerate(world) for p in linked(h, i, h.truth, eight, prior)}
    top = {p for i, h in enumerate(world) for p in top_users(h, i)}
    figures |= {f"{name}_{key}": value for key, value in scores(ours, true).items()}
    figures[f"{name}_devices"] = float(len(true))
    peers["top user"] |= {f"{name}_{key}": value for key, value in scores(top, true).items()}
    peers["true labels"] |= {f"{name}_{key}": value for key, value in scores(told, true).items()}


def _pairs(context: Context, n: int) -> dict[str, float]:
    """One person on two accounts that share devices: cut households with two services in two."""
    world = household_world("default", _SEEDS["default"] + 10, 2 * n, two_platforms=1.0)
    population, sessions = _population(world), world.sessions
    names = np.array([*sessions.platforms, ""])[sessions.platform]
    is_second = np.isin(names, _SECOND)
    people: dict[str, list[Someone]] = {}
    places: dict[str, list[str]] = {}
    known: dict[str, int] = {}
    for number in range(sessions.n_accounts):
        for side in (False, True):
            rows = np.flatnonzero((sessions.account == number) & (is_second == side))
            if len(rows) >= 15:
                account = f"{number}-{int(side)}"
                own = sessions.take(rows)
                people[account] = _people(account, own, population, world, rows, known)
                used = np.unique(own.device[own.device >= 0])
                places[account] = [own.device_ids[one] for one in used]
    rules = PairRules.of(PeopleSettings())
    found = link_pairs(people, meetings(places, rules.max_group), rules)
    said = {tuple(sorted(one.persons)) for one in found if one.is_linked}
    true = _truly_one(people, known)
    best = {tuple(sorted(pair)) for pair in _nearest(people)}
    figures = {f"pairs_{key}": value for key, value in scores(said, true).items()}
    figures["pairs_true"] = float(len(true))
    figures["pairs_by_devices_alone_f1"] = scores(best, true)["f1"]
    context.log(f"pairs: F1 {figures['pairs_f1']:.3f} of {len(true)}")
    return figures


def _people(
    account: str, own: Sessions, population: Population, world: HouseholdWorld,
    rows: NDArray[np.int64], known: dict[str, int],
) -> list[Someone]:  # fmt: skip
    """Persons of one account, and who they truly are in `known`."""
    encoded = population.encode(own, Places())
    share = _shares(population, encoded)
    truth = world.truth.is_present[rows].astype(np.float64)
    who = _stand_for(share, truth / np.maximum(truth.sum(axis=1, keepdims=True), 1))
    hour = encoded.hour.astype(np.int64) % 24
    found = []
    for k in range(share.shape[1]):
        hours = np.bincount(hour, share[:, k], minlength=24).astype(np.float64)
        used = np.bincount(own.device[own.device >= 0], share[own.device >= 0, k])
        devices = {own.device_ids[one]: float(used[one]) for one in np.flatnonzero(used > 0.5)}
        name = f"{account}/{k}"
        taste = share[:, k] @ encoded.taste
        found.append(Someone(account, name, float(share[:, k].sum()), devices, hours, taste))
        known[name] = int(who[k])
    return found


def _truly_one(people: dict[str, list[Someone]], known: dict[str, int]) -> set[tuple[str, ...]]:
    pairs = set()
    for account, here in people.items():
        for one in here if account.endswith("-0") else []:
            for other in people.get(account[:-1] + "1", []):
                if known[one.person_id] == known[other.person_id] >= 0:
                    pairs.add(tuple(sorted((one.person_id, other.person_id))))
    return pairs


def _nearest(people: dict[str, list[Someone]]) -> Iterator[tuple[str, str]]:
    """Each person with whoever of the other account has most sessions on their main device."""
    for account, here in people.items():
        there = people.get(account[:-1] + "1", []) if account.endswith("-0") else []
        for one in here if there else []:
            main = max(one.devices, key=lambda device: one.devices[device], default="")
            other = max(there, key=lambda someone: someone.devices.get(main, 0.0))
            yield one.person_id, other.person_id
