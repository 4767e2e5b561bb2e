"""Show the persons of one account: when they watch, on what, what they like, how surely it is told.

Hours and devices come from the sessions; tastes from the events of interest, each as much a
person's as the session it was in. Three Dramas of which two are .9 Ann's and one is .3 hers give
her "Drama" 2.1. Changes and the last answers stand beside, with the ids that corrections need.

Reads: people, profiles, a serving.  Writes: nothing.
Not here: the account itself (respond.account), who is there now (people).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from settee.core import PeopleSettings
from settee.people import (
    DeviceUse,
    Household,
    People,
    Person,
    PersonEvent,
    Portrait,
    SessionAnswer,
    portraits,
)
from settee.respond.errors import UnknownAccount
from settee.respond.serving import Serving
from settee.respond.words import Stage
from settee.store import Profiles

_LATEST = 20
_SESSIONS = 60
_TAGS = 10
_TITLES = 5
_OWN = 0.5


class DeviceView(msgspec.Struct, frozen=True):
    """A device or service that a person uses.

    `share` is how much of what the person does is there; `score` how likely it is that it is
    somebody's own, and `is_own` whether it is linked to this person; `is_shared` is a household's.
    """

    device_id: str
    share: float
    score: float
    is_own: bool
    is_shared: bool


class TitleView(msgspec.Struct, frozen=True):
    """A title of a person's past, and how much it is theirs."""

    item_id: str
    title: str
    share: float


class PersonView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One person of an account.

    `share` is of the sessions, newer ones counting more; `confidence` is how surely the sessions
    that are theirs are theirs; `hours` are 24 shares by UTC hour, `weekdays` 7 from Monday on, and
    `week` has the hours of each weekday, of all of them together.
    """

    person_id: str
    name: str
    share: float
    n_sessions: float
    confidence: float
    last_seen_at: datetime | UnsetType
    hours: list[float]
    weekdays: list[float]
    week: list[list[float]]
    devices: list[DeviceView]
    platforms: list[DeviceView]
    tags: dict[str, float]
    titles: list[TitleView]


class ChangeView(msgspec.Struct, frozen=True):
    """Something that happened to the persons of an account; see people.PersonEvent."""

    kind: str
    at: datetime
    person_ids: list[str]
    evidence: dict[str, float]
    reversible: bool


class SessionView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who a session was said to be; `event_id` names it in corrections.

    `at` is the instant of its last event, absent where that was not kept.
    """

    event_id: str
    persons: dict[str, float]
    together: bool
    unsure: bool
    at: datetime | UnsetType = UNSET


class HouseholdView(msgspec.Struct, frozen=True):
    """Everybody of an account; `changes` and `sessions` hold the latest, newest first."""

    account_id: str
    stage: Stage
    persons: list[PersonView]
    changes: list[ChangeView]
    sessions: list[SessionView]


@dataclass(frozen=True)
class Views:
    """Where a household is looked up.

    Args:
        people: Who lives there; None where persons are not looked for.
        profiles: What the account did.
        serving: Titles and tags; without a model there are no tags.
        settings: When a device is linked to a person.
    """

    people: People | None
    profiles: Profiles
    serving: Serving
    settings: PeopleSettings


class Corrected(msgspec.Struct, frozen=True):
    """A correction that is a fact now; `is_new` is false for a repeat, which changed nothing."""

    event_id: str
    is_new: bool


def view_household(views: Views, account_id: str, as_of_s: int) -> HouseholdView:
    """Everybody of an account.

    Args:
        views: Where to look.
        account_id: Its id.
        as_of_s: Now, epoch seconds.

    Raises:
        UnknownAccount: If nothing was ever recorded of it.
    """
    people, profiles, serving = views.people, views.profiles, views.serving
    profile = profiles.get(account_id)
    household: Household | None = None if people is None else people.household(account_id)
    if people is None or household is None:
        if len(profile) == 0:
            raise UnknownAccount(
                f'Nothing is recorded of the account "{account_id}".',
                hint="POST /v1/events records events.",
            )
        return HouseholdView(account_id, "account", [], [], [])
    persons = household.persons
    described = {one.person_id: one for one in portraits(household, as_of_s, views.settings)}
    is_wanted = serving.reader.interest(profile)
    wanted = profile[is_wanted]
    shares = household.shares(np.ascontiguousarray(wanted["at_s"]))
    ids = profiles.item_ids()
    shown = [
        _person(one, described[one.person_id], _most(wanted["item_no"], shares[:, column]),
                serving, ids)
        for column, one in enumerate(persons)
    ]  # fmt: skip
    return HouseholdView(
        account_id,
        household.stage,
        shown,
        [_change(one) for one in people.events(account_id)[::-1][:_LATEST]],
        [_session(one) for one in people.answers(account_id)[::-1][:_SESSIONS]],
    )


def _person(
    person: Person,
    portrait: Portrait,
    shares: dict[int, float],
    serving: Serving,
    ids: list[str],
) -> PersonView:
    tags: dict[str, float] = {}
    if serving.stage is not None:
        catalogue = serving.stage.model.catalogue
        for number, share in shares.items():
            position = catalogue.index.get(ids[number])
            if position is not None:
                for tag in catalogue.tags_of(position):
                    tags[tag] = tags.get(tag, 0.0) + share
    last = person.last_at_s
    return PersonView(
        person_id=person.person_id,
        name=person.name,
        share=round(person.share, 4),
        n_sessions=round(person.n_sessions, 2),
        confidence=round(portrait.confidence, 4),
        last_seen_at=datetime.fromtimestamp(last, tz=UTC) if last else UNSET,
        hours=[round(one, 4) for one in portrait.hours],
        weekdays=[round(one, 4) for one in portrait.weekdays],
        week=[[round(one, 4) for one in day] for day in portrait.week],
        devices=[_device(one) for one in portrait.devices],
        platforms=[_device(one) for one in portrait.platforms],
        tags={name: round(n, 2) for name, n in _largest(tags, _TAGS)},
        titles=_titles(shares, serving, ids),
    )


def _largest(counts: dict[str, float], limit: int) -> list[tuple[str, float]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:limit]


def _titles(shares: dict[int, float], serving: Serving, ids: list[str]) -> list[TitleView]:
    """The latest titles that are rather theirs than anybody else's."""
    own = [(number, share) for number, share in shares.items() if share >= _OWN]
    found = []
    for number, share in own[::-1][:_TITLES]:
        position = serving.offer.index.get(ids[number])
        title = "" if position is None else serving.offer.titles[position]
        found.append(TitleView(ids[number], title, round(share, 4)))
    return found


def _most(item_no: NDArray[np.uint32], share: NDArray[np.float32]) -> dict[int, float]:
    """How much each item is a person's, by its latest event; the oldest item first."""
    found: dict[int, float] = {}
    for number, one in zip(item_no.tolist(), share.tolist(), strict=True):
        found[number] = max(found.pop(number, 0.0), one)
    return found


def _device(use: DeviceUse) -> DeviceView:
    link = use.link
    return DeviceView(
        use.name, round(use.share, 4), round(link.probability, 4), use.is_own, link.is_shared
    )


def _change(event: PersonEvent) -> ChangeView:
    at = datetime.fromtimestamp(event.at_s, tz=UTC)
    evidence = {name: round(float(value), 4) for name, value in event.evidence}
    return ChangeView(event.kind, at, list(event.person_ids), evidence, event.reversible)


def _session(answer: SessionAnswer) -> SessionView:
    at = datetime.fromtimestamp(answer.at_s, tz=UTC) if answer.at_s else UNSET
    return SessionView(answer.event_id, dict(answer.persons), answer.together, answer.unsure, at)
