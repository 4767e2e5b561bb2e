"""Homes whose persons are known: who watches what, on which device and at which hour, every day."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from settee.core import Item, PeopleSettings
from settee.events import Catalogue, catalogue_of
from settee.people.household import Household
from settee.people.population import Population, learn_population
from settee.people.sessions import Sessions, sessions_of
from tests.people.activities import Act, columns, named

DAY = 86_400
T0 = 1_767_571_200  # Monday, 5 January 2026, midnight
PEOPLE = PeopleSettings()
TAGS = (
    "drama",
    "sports",
    "cartoon",
    "news",
    "cooking",
    "crime",
    "opera",
    "anime",
    "travel",
    "quiz",
)
PER_TAG = 8


@dataclass(frozen=True)
class Dweller:
    """One person: a device, an hour, a favourite tag, and a session every so many days."""

    device: str = "tv"
    hour: float = 20.0
    tag: str = "drama"
    device_type: str = "tv"
    every_days: int = 1
    profile: str | None = None
    spread: float = 0.7


ANN = Dweller("tablet", 7.0, "drama", "tablet")
BOB = Dweller("tv", 20.0, "sports", "tv")


def titles() -> Catalogue:
    """Titles of one tag each."""
    return catalogue_of([
        Item(item_id=f"{tag}{number}", tags=(tag,)) for tag in TAGS for number in range(PER_TAG)
    ])  # fmt: skip


def lived(
    account_id: str, dwellers: Sequence[Dweller], n_days: int, seed: int = 1
) -> tuple[list[Act], dict[str, int]]:
    """Two events a session, and who it was by the id of the last one."""
    rng = np.random.default_rng(seed)
    acts, who = [], {}
    for day in range(n_days):
        for number, one in enumerate(dwellers):
            if (day + number) % one.every_days:
                continue
            at = T0 + day * DAY + round((one.hour + one.spread * rng.uniform(-1, 1)) * 3600)
            for part in range(2):
                event_id = f"{account_id}-{day}-{number}-{part}"
                acts.append(
                    Act(account_id, at + part * 900, event_id, "play",
                        f"{one.tag}{rng.integers(PER_TAG)}", one.device, one.device_type,
                        profile_id=one.profile, duration_s=600.0)
                )  # fmt: skip
                who[event_id] = number
    return acts, who


def home(
    dwellers: Sequence[Dweller], n_days: int, seed: int = 1, account_id: str = "a"
) -> tuple[Sessions, NDArray[np.int64]]:
    """Sessions of one account, and who had each."""
    acts, who = lived(account_id, dwellers, n_days, seed)
    sessions = sessions_of(columns(acts), PEOPLE)
    return sessions, np.array([who[one] for one in sessions.last_event_id], np.int64)


def at_once(acts: Sequence[Act]) -> Sessions:
    """Sessions of these events, each named anew."""
    return sessions_of(columns(named(acts)), PEOPLE)


@cache
def town() -> Sessions:
    """Neighbours, so that there is something to know across households."""
    rng = np.random.default_rng(0)
    acts: list[Act] = []
    for number in range(12):
        dwellers = [
            Dweller(f"d{number}-{one}", rng.uniform(6, 23), TAGS[rng.integers(len(TAGS))],
                    ("tv", "mobile", "tablet", "desktop")[rng.integers(4)], 2)
            for one in range(1 + number % 4)
        ]  # fmt: skip
        acts += lived(f"n{number:02}", dwellers, 14, number)[0]
    return sessions_of(columns(acts), PEOPLE)


@cache
def known(until_day: int = 14) -> Population:
    """What is known across the town's households after so many days."""
    return learn_population(town(), titles(), T0 + until_day * DAY + 7200, PEOPLE, 3)


def one_of(sessions: Sessions, place: int) -> Sessions:
    """One session alone."""
    return sessions.take(np.array([place]))


def moved_in(
    sessions: Sessions,
    population: Population | None = None,
    people: PeopleSettings = PEOPLE,
    account_id: str = "a",
) -> Household:
    """A household that has learnt from these sessions."""
    household = Household(account_id, population or known(), people)
    for place in range(len(sessions)):
        household.absorb(one_of(sessions, place))
    return household


def named_persons(household: Household, sessions: Sessions) -> list[str]:
    """Likeliest person of each session, by what is known now."""
    return [household.who(one_of(sessions, place)).persons[0][0] for place in range(len(sessions))]


def agreement(labels: Sequence[object], who: NDArray[np.int64]) -> float:
    """Share of sessions in which the likeliest name of each true person was said."""
    said = np.unique([str(one) for one in labels], return_inverse=True)[1]
    counts = np.zeros((said.max() + 1, who.max() + 1))
    np.add.at(counts, (said, who), 1)
    rows, cols = linear_sum_assignment(-counts)
    return float(counts[rows, cols].sum() / len(who))
