"""Hold answers against the truth about the same sessions, beside "everything is one person".

Answers and truth name a session by its account and its last event; instants and devices come from
the record. Of 90 days the sessions of the last 22 and a half are judged, as known at the time.

Reads / Writes: nothing.
Not here: the figures (people.scoring), truth as a file (cli.people_truth).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settee.core import DEVICE_TYPES
from settee.people.scoring import (
    PeopleAnswers,
    PeopleScore,
    PeopleTruth,
    judged_from,
    score_people,
)
from settee.people.sessions import Sessions

_MICROS = 1_000_000
_TV = DEVICE_TYPES.index("tv")
Key = tuple[str, str]


@dataclass(frozen=True)
class Present:
    """Who was there at the last event of a session.

    Args:
        persons: Labels of the household's persons, in the judge's own words.
        is_guest: Was somebody there who is none of them?
        is_together: Did several watch?
    """

    persons: tuple[str, ...]
    is_guest: bool
    is_together: bool


@dataclass(frozen=True)
class Verdict:
    """What answers are worth.

    Args:
        score: Of the answers.
        one_person: Of calling every household one person, on the same sessions.
        judged_from_s: First second that was judged.
        n_without_truth: Sessions about which the truth says nothing; they are left out.
        n_unanswered: Sessions with truth and without an answer: nobody was named.
    """

    score: PeopleScore
    one_person: PeopleScore
    judged_from_s: int
    n_without_truth: int
    n_unanswered: int


def session_keys(sessions: Sessions) -> dict[Key, int]:
    """Account and last event of each session to its row."""
    ids = sessions.account_ids
    keys = zip((ids[one] for one in sessions.account.tolist()), sessions.last_event_id, strict=True)
    return {key: row for row, key in enumerate(keys)}


def judge(
    sessions: Sessions,
    answers: Iterable[Mapping[str, Any]],
    present: Mapping[int, Present],
    share: float = 0.25,
    n_resamples: int = 200,
) -> Verdict:
    """Judge answers on the last part of the record.

    Args:
        sessions: The record.
        answers: As `People.export` gives them.
        present: Row of a session to who was there; at least one.
        share: Part of the days that is judged, from the last one back, above 0 to 1.
        n_resamples: Resamples of households behind the intervals.
    """
    keys = session_keys(sessions)
    rows = np.array(sorted(present), np.int64)
    place = np.full(len(sessions), -1, np.int64)
    place[rows] = np.arange(len(rows))
    at_s = sessions.last_us // _MICROS
    start_s = judged_from(at_s, share)
    told, is_answered = _answers(answers, keys, place, sessions.account[rows].astype(np.int64))
    truth = _truth(sessions, [present[row] for row in rows.tolist()], rows, at_s >= start_s)
    one = np.ones((len(rows), 1), np.float32)
    flags = np.zeros(len(rows), np.bool_)
    plain = PeopleAnswers(told.account, one, flags, flags)
    return Verdict(
        score=score_people(told, truth, n_resamples),
        one_person=score_people(plain, truth, n_resamples),
        judged_from_s=start_s,
        n_without_truth=len(sessions) - len(rows),
        n_unanswered=int((~is_answered).sum()),
    )


def _answers(
    answers: Iterable[Mapping[str, Any]],
    keys: Mapping[Key, int],
    place: NDArray[np.int64],
    account: NDArray[np.int64],
) -> tuple[PeopleAnswers, NDArray[np.bool_]]:
    """Answers by row, and which rows have one; persons are numbered within their account."""
    n = len(account)
    cells: list[tuple[int, int, float]] = []
    flags = np.zeros((3, n), np.bool_)  # together, unsure, answered
    numbers: dict[str, dict[str, int]] = {}
    for answer in answers:
        account_id = answer["account_id"]
        row = keys.get((account_id, answer["event_id"]), -1)
        at = int(place[row]) if row >= 0 else -1
        if at < 0:
            continue
        known = numbers.setdefault(account_id, {})
        flags[:, at] = answer["together"], answer["unsure"], True
        cells += [
            (at, known.setdefault(person_id, len(known)), p)
            for person_id, p in answer["persons"].items()
        ]
    probability = np.zeros((n, max((len(known) for known in numbers.values()), default=0)))
    if cells:
        at_row, column, p = (np.array(one) for one in zip(*cells, strict=True))
        probability[at_row, column] = p
    return PeopleAnswers(account, probability, flags[0], flags[1]), flags[2]


def _truth(
    sessions: Sessions,
    present: list[Present],
    rows: NDArray[np.int64],
    is_judged: NDArray[np.bool_],
) -> PeopleTruth:
    numbers: dict[int, dict[str, int]] = {}
    cells = [
        (at, numbers.setdefault(account, {}))
        for at, account in enumerate(sessions.account[rows].tolist())
    ]
    there = [
        (at, known.setdefault(label, len(known)))
        for (at, known), one in zip(cells, present, strict=True)
        for label in one.persons
    ]
    is_present = np.zeros((len(rows), max((len(one) for one in numbers.values()), default=0)), bool)
    if there:
        at_row, column = (np.array(one) for one in zip(*there, strict=True))
        is_present[at_row, column] = True
    return PeopleTruth(
        is_present=is_present,
        is_guest=np.array([one.is_guest for one in present], np.bool_),
        is_together=np.array([one.is_together for one in present], np.bool_),
        is_judged=is_judged[rows],
        is_tv=sessions.device_type[rows] == _TV,
    )
