"""Find the persons inside a shared account, and tell who is on the screen."""

from settee.people.answers import SessionAnswer
from settee.people.changes import PersonEvent
from settee.people.corrections import Correction, NoSuchPerson, parse_correction
from settee.people.corrections import to_record as correction_record
from settee.people.errors import HouseholdDamaged
from settee.people.exporting import write_answers
from settee.people.generations import Generations
from settee.people.household import Household, Person
from settee.people.identity import match
from settee.people.importing import Sources
from settee.people.judging import Present, Verdict, judge, session_keys
from settee.people.keeping import HouseholdKeeper
from settee.people.mixture import Mixture
from settee.people.models import Fit, HouseholdModel
from settee.people.moment import Moment, happening
from settee.people.population import Population, learn_population, newest_before, nobody_known
from settee.people.portrait import DeviceUse, Portrait, portraits, usual_hours
from settee.people.posterior import Who
from settee.people.replay import Answers, replay, replay_account
from settee.people.rows import Places, Rows, encode
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
from settee.people.view import People, Scene

__all__ = [
    "Answers",
    "Correction",
    "DeviceUse",
    "Estimate",
    "Fit",
    "Generations",
    "Happening",
    "Household",
    "HouseholdDamaged",
    "HouseholdKeeper",
    "HouseholdModel",
    "Mixture",
    "Moment",
    "NoSuchPerson",
    "People",
    "PeopleAnswers",
    "PeopleScore",
    "PeopleTruth",
    "Person",
    "PersonEvent",
    "Places",
    "Population",
    "Portrait",
    "Present",
    "Rows",
    "Scene",
    "SessionAnswer",
    "Sessionizer",
    "Sessions",
    "Sources",
    "Verdict",
    "Who",
    "correction_record",
    "encode",
    "gather",
    "happening",
    "join_sessions",
    "judge",
    "judged_from",
    "learn_population",
    "match",
    "newest_before",
    "nobody_known",
    "parse_correction",
    "portraits",
    "read_sessions",
    "replay",
    "replay_account",
    "score_people",
    "session_keys",
    "sessions_of",
    "usual_hours",
    "write_answers",
]
