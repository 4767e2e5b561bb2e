"""Decide for whom a list is made: one person of an account, several together, or all of it.

The one question is how much each thing that happened counts. If Ann is surely there, her own events
count 1 and Bob's `others_weight`. With Ann .7 and Bob .3 the events of Bob count .3 / .7 = .43 of
hers, for a sum over weighted events is the expected score; unsure, they count `unsure_weight` at
least, and where nothing at all is known everything counts 1, which is the account's own list.

Reads: who is there (people).  Writes: nothing.
Not here: who is there (people), whose each event was (respond.person), several (ranking.together).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.core import RespondSettings
from settee.people import Happening, Household, Moment, People, Who
from settee.respond.words import Mode, Request, Watcher, Watching

Column = NDArray[np.float32]
_MICROS = 1_000_000
_NEVER = np.iinfo(np.int64).max
PEOPLE_FAILED = "people_failed"
"""Why a list is the account's where it could not be found out who is there."""
_log = logging.getLogger("settee.respond")


@dataclass(frozen=True)
class Listener:
    """One for whom items are ordered: how much the events of each person count, 0 to 1.

    Args:
        weight: (K,) float32, each person of the account.
        rest: Of events that are nobody's.
    """

    weight: Column
    rest: float


@dataclass(frozen=True)
class Whom:
    """For whom a list is made.

    Args:
        watching: What the answer says of it.
        household: Whose events are whose; None at account level.
        listeners: None at account level, one, or several who watch together.
        seen: (K,) float32, how likely each person is among them: what they saw is not shown.
        since_s: What happened from then on was theirs: the running session, epoch seconds.
        signals: Bits that each signal gave for the likeliest person.
        offset: Of the last journal entry that the households knew of; None where they were not
            asked or did not answer.
    """

    watching: Watching
    household: Household | None = None
    listeners: tuple[Listener, ...] = ()
    seen: Column = field(default_factory=lambda: np.empty(0, np.float32))
    since_s: int = _NEVER
    signals: tuple[tuple[str, float], ...] = ()
    offset: int | None = None

    @property
    def because(self) -> str:
        """Why the list is as it is; empty where nothing is special."""
        return self.watching.because


EVERYBODY = Whom(Watching("account", "", "account"))
"""The list of an account, for nobody in particular."""


def decide_whom(
    people: People | None,
    request: Request,
    settings: RespondSettings,
    events: Sequence[Happening] = (),
) -> Whom:
    """For whom the list of a request is.

    Args:
        people: Who is there; None where persons are not looked for.
        request: Account, device, clock, and whom the caller names.
        settings: `for_persons`, `others_weight`, `unsure_weight`, `together_above`,
            `together_share`.
        events: What happened and is not on record, as if it were.
    """
    if people is None or not settings.for_persons:
        return account_level("switched_off")
    try:
        moment = replace(moment_of(request), events=tuple(events))
        # As of the very instant: what was asked before must not decide what is answered now.
        scene = people.scene(moment)
        household, who = scene.household, scene.who
        if household is None or who is None or len(household.persons) == 0:
            return replace(account_level("no_persons"), offset=scene.offset)
        watching = watching_of(who, settings.together_above)
        ids = [one.person_id for one in household.persons]
        watching = _as_named(watching, ids, request)
        since_s = _NEVER if scene.since_us is None else scene.since_us // _MICROS
        found = _listening(watching, ids, household, settings)
        signals = () if watching.because == "named" else tuple(who.signals)
        return replace(found, since_s=since_s, signals=signals, offset=scene.offset)
    except Exception:  # noqa: BLE001 -- not to know who is there must not cost the answer
        _log.exception("persons could not be told")
        return account_level(PEOPLE_FAILED)


def moment_of(request: Request) -> Moment:
    """When and where a request comes in."""
    return Moment(
        request.account_id,
        round(request.as_of.timestamp() * _MICROS),
        request.device_id,
        request.device_type,
        request.platform,
        request.profile_id,
    )


def watching_of(who: Who, together_above: float) -> Watching:
    """What an answer says of a posterior.

    Args:
        who: Who is there.
        together_above: From which probability of several on a list is for several.
    """
    persons = [Watcher(person_id, round(float(p), 4)) for person_id, p in who.persons]
    mode: Mode
    because = ""
    if who.stage != "persons" or not persons:
        mode, because = "account", "no_persons"
    elif who.together > together_above and len(persons) > 1:
        mode = "together"
    elif who.guest > persons[0].probability:
        mode, because = "mixed", "guest"
    elif who.is_unsure:
        mode, because = "mixed", "unsure"
    else:
        mode = "person"
    return Watching(
        mode, because, who.stage, persons, round(float(who.guest), 4),
        round(float(who.together), 4), bool(who.is_unsure),
    )  # fmt: skip


def account_level(because: str) -> Whom:
    """The list of an account, and why it is for nobody in particular."""
    return Whom(Watching("account", because, "account"))


def _as_named(watching: Watching, ids: Sequence[str], request: Request) -> Watching:
    """The same, where the caller names persons or says that several watch."""
    named = [Watcher(one, 1.0) for one in dict.fromkeys(request.person_ids) if one in ids]
    if named:
        several = len(named) > 1
        mode: Mode = "together" if several else "person"
        return Watching(mode, "named", "persons", named, together=float(several))
    if request.together and len(watching.persons) > 1:
        return msgspec.structs.replace(watching, mode="together", because="named", together=1.0)
    if request.person_ids:
        return msgspec.structs.replace(watching, because="unknown_person")
    return watching


def _listening(
    watching: Watching, ids: Sequence[str], household: Household, settings: RespondSettings
) -> Whom:
    if watching.mode == "account":
        return Whom(watching)
    known = {one.person_id: one.probability for one in watching.persons}
    likely = np.array([known.get(person_id, 0.0) for person_id in ids], np.float32)
    if watching.mode == "together":
        group = _group(likely, settings.together_share)
        each = np.eye(len(ids), dtype=np.float32)[group]
        others = settings.others_weight
        listeners = tuple(Listener(np.maximum(one, np.float32(others)), others) for one in each)
        return Whom(watching, household, listeners, each.max(axis=0))
    floor = settings.unsure_weight if watching.mode == "mixed" else settings.others_weight
    # A guest has no past here: what is likely to be a guest's is spread over everybody.
    spread = likely + np.float32(watching.guest)
    if not spread.any():
        spread = np.ones_like(spread)
    weight = np.maximum(spread / spread.max(), np.float32(floor))
    return Whom(watching, household, (Listener(weight, floor),), np.minimum(spread, 1.0))


def _group(likely: Column, least: float) -> NDArray[np.intp]:
    """Who belongs to a group: whoever is `least` times as likely as the likeliest; two at least."""
    order = np.argsort(-likely, kind="stable")
    n_fair = int(np.sum(likely >= least * likely.max()))
    return np.sort(order[: max(2, n_fair)])
