"""Find the persons inside a shared account, and tell who is on the screen."""

from settee.people.errors import HouseholdDamaged
from settee.people.folding import Sources
from settee.people.moment import Moment, happening
from settee.people.scoring import (
    Estimate,
    PeopleAnswers,
    PeopleScore,
    PeopleTruth,
    judged_from,
    score_people,
)
from settee.people.sessionizer import Happening, Sessionizer, gather
from settee.people.sessions import Sessions, join_sessions, read_sessions, sessions_of
from settee.people.view import People

__all__ = [
    "Estimate",
    "Happening",
    "HouseholdDamaged",
    "Moment",
    "People",
    "PeopleAnswers",
    "PeopleScore",
    "PeopleTruth",
    "Sessionizer",
    "Sessions",
    "Sources",
    "gather",
    "happening",
    "join_sessions",
    "judged_from",
    "read_sessions",
    "score_people",
    "sessions_of",
]
