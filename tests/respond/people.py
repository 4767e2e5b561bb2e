"""Persons for the responder's tests, without a model behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

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

    def fold(self):
        self.n_folds += 1

    def household(self, account_id):
        return self.households.get(account_id)

    def who(self, moment):
        self.asked.append(moment)
        return self.answer
