"""Persons for the responder's tests, without a model behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from settee.core import PeopleSettings
from settee.people import Household as RealHousehold
from settee.people import Moment, Scene, gather, nobody_known
from settee.people.moment import session_at
from settee.people.sessionizer import Happening
from tests.respond.world import at

ANN, BOB, CAT = "p_ann", "p_bob", "p_cat"


def whose(minutes: float) -> int:
    """Ann's are the events of an odd minute, Bob's those of an even one."""
    return 0 if minutes % 2 else 1


@dataclass
class Household:
    """Persons whose events are told apart by the clock."""

    person_ids: tuple[str, ...] = (ANN, BOB)
    owner: Callable[[float], int] = whose
    sureness: float = 1.0

    @property
    def persons(self):
        return [SimpleNamespace(person_id=one) for one in self.person_ids]

    def shares(self, at_s):
        minutes = (np.asarray(at_s) - at(0).timestamp()) / 60
        out = np.zeros((len(minutes), len(self.person_ids)), np.float32)
        for row, minute in enumerate(minutes):
            if self.owner(minute) >= 0:
                out[row, self.owner(minute)] = self.sureness
        return out


def lived(account_id: str = "x", n: int = 12) -> RealHousehold:
    """A real household of so many evenings before a television."""
    household = RealHousehold(account_id, nobody_known(), PeopleSettings())
    for night in range(n):
        at_us = int(at(-60 * 24 * (n - night)).timestamp()) * 1_000_000
        played = Happening(at_us, "play", f"{account_id}-{night}", "alien", "d1", "tv", "web")
        household.absorb(
            gather(account_id, [session_at(Moment(account_id, at_us, "d1", events=(played,)))])
        )
    return household


@dataclass
class Who:
    persons: tuple[tuple[str, float], ...]
    stage: str = "persons"
    guest: float = 0.0
    together: float = 0.0
    is_together: bool = False
    is_unsure: bool = False
    signals: tuple[tuple[str, float], ...] = ()


@dataclass
class People:
    """Knows one account; says whatever it is told to say."""

    answer: Who = field(default_factory=lambda: Who(((ANN, 1.0), (BOB, 0.0))))
    households: dict[str, Household] = field(default_factory=lambda: {"x": Household()})
    asked: list = field(default_factory=list)

    n_folds: int = 0
    happened: list = field(default_factory=list)
    said: list = field(default_factory=list)

    def events(self, account_id):
        return self.happened if account_id in self.households else []

    def answers(self, account_id):
        return self.said if account_id in self.households else []

    def offset(self):
        return 0

    def step(self):
        self.n_folds += 1
        return False

    def household(self, account_id, _at_us=None):
        return self.households.get(account_id)

    since_us: int | None = None

    def running_since(self, _moment):
        return self.since_us

    def who(self, moment):
        self.asked.append(moment)
        return self.answer

    def scene(self, moment):
        household = self.household(moment.account_id, moment.at_us)
        if household is None:
            return Scene(self.offset())
        return Scene(self.offset(), household, self.who(moment), self.running_since(moment))

    def warm(self, at_us):
        self.warmed_at_us = at_us
