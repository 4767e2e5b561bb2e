"""Play the record again, household by household, and answer each session as it would have been.

At the last event of a session only those sessions are known whose silence had passed, and only
populations whose cutoff had; sessions on other devices that still ran count with what was known
when they began. In hindsight everything is known.

Reads: sessions, populations.  Writes: nothing.
Source: Akidau et al. (2015), "The Dataflow Model" (event time).
Not here: the fold of a live service, which gives the same answers (people.account).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from settee.core import PeopleSettings
from settee.people.household import Household
from settee.people.population import Population, newest_before
from settee.people.posterior import Who
from settee.people.sessions import Sessions

_MICROS = 1_000_000
How = Literal["as_known", "hindsight"]


@dataclass(frozen=True)
class Answers:
    """What is said about each session, in the order of the sessions.

    Args:
        person_ids: (n_accounts) ids of all persons ever named of each account.
        probability: (n, K) float32 of the persons of the session's account, K the most of any.
        guest: (n,) float32.
        together: (n,) float32 probability that several watch.
        is_together: (n,) bool.
        is_unsure: (n,) bool.
    """

    person_ids: tuple[tuple[str, ...], ...]
    probability: NDArray[np.float32]
    guest: NDArray[np.float32]
    together: NDArray[np.float32]
    is_together: NDArray[np.bool_]
    is_unsure: NDArray[np.bool_]


def replay(
    sessions: Sessions,
    populations: Sequence[Population],
    settings: PeopleSettings,
    how: How = "as_known",
) -> Answers:
    """Answer every session.

    Args:
        sessions: Of many accounts.
        populations: Generations, oldest first.
        settings: Silence, forgetting, thresholds.
        how: as_known or hindsight.
    """

    def one(account: int) -> list[Who]:
        own = sessions.of_account(account)
        return replay_account(own, sessions.account_ids[account], populations, settings, how)[0]

    with ThreadPoolExecutor() as pool:
        said = list(pool.map(one, range(sessions.n_accounts)))
    return _table(sessions, said)


def replay_account(
    own: Sessions,
    account_id: str,
    populations: Sequence[Population],
    settings: PeopleSettings,
    how: How = "as_known",
) -> tuple[list[Who], Household]:
    """Answer every session of one account; the household at the end."""
    household = Household(account_id, newest_before(populations, -(2**62)), settings)
    silent_us = own.end_us + settings.gap_s * _MICROS
    said: list[Who | None] = [None] * len(own)
    waiting = np.argsort(own.last_us, kind="stable").tolist()

    def answer_until(at_us: int, n_known: int) -> None:
        while waiting and own.last_us[waiting[0]] <= at_us:
            place = waiting[0]
            if np.searchsorted(silent_us, own.last_us[place], side="left") > n_known:
                return
            waiting.pop(0)
            if how == "as_known":
                said[place] = household.who(own.take(np.array([place])), beside(own, place))

    for place in range(len(own)):
        answer_until(int(silent_us[place]), place)
        population = newest_before(populations, int(silent_us[place]) // _MICROS)
        household = household.under(population)
        household.absorb(own.take(np.array([place])))
    answer_until(2**62, len(own))
    if how == "hindsight":
        return household.recall(own), household
    return [one for one in said if one is not None], household


def beside(own: Sessions, place: int) -> Sessions | None:
    """Sessions on other devices that had begun by the end of this one and still ran at its start.

    Args:
        own: Sessions of one account.
        place: Which one.
    """
    began = own.start_us <= own.last_us[place]
    runs = began & (own.end_us > own.start_us[place]) & (own.device != own.device[place])
    return own.where(runs) if runs.any() else None


def _table(sessions: Sessions, said: Sequence[Sequence[Who]]) -> Answers:
    ids = [tuple(dict.fromkeys(name for one in each for name, _ in one.persons)) for each in said]
    n, width = len(sessions), max((len(names) for names in ids), default=0)
    probability = np.zeros((n, max(width, 1)), np.float32)
    row = 0
    for names, each in zip(ids, said, strict=True):
        place = {name: column for column, name in enumerate(names)}
        for one in each:
            for name, p in one.persons:
                probability[row, place[name]] = p
            row += 1
    flat = [one for each in said for one in each]
    return Answers(
        person_ids=tuple(ids),
        probability=probability,
        guest=np.array([one.guest for one in flat], np.float32),
        together=np.array([one.together for one in flat], np.float32),
        is_together=np.array([one.is_together for one in flat], np.bool_),
        is_unsure=np.array([one.is_unsure for one in flat], np.bool_),
    )
