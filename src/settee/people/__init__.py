"""Find the persons inside a shared account, and tell who is on the screen."""

from settee.people.scoring import (
    Estimate,
    PeopleAnswers,
    PeopleScore,
    PeopleTruth,
    judged_from,
    score_people,
)
from settee.people.sessions import Sessions, join_sessions, read_sessions, sessions_of

__all__ = [
    "Estimate",
    "PeopleAnswers",
    "PeopleScore",
    "PeopleTruth",
    "Sessions",
    "join_sessions",
    "judged_from",
    "read_sessions",
    "score_people",
    "sessions_of",
]
