"""The words of a question and its answer, as they go over the wire.

An answer says everything about itself: which rung gave it and why not a higher one, which model,
which sources spoke for each item, which share of the history is the reason, and how many items
the rules removed.

Reads / Writes: nothing.
Not here: how an answer is found (respond.responder).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from settee.core import Event
from settee.respond.because import Addend, Signal, Without
from settee.rules import Trace

Rung = Literal["ranker", "fusion", "popular", "catalogue"]
Mode = Literal["person", "mixed", "together", "account"]
Stage = Literal["account", "population", "persons"]
RUNGS: tuple[Rung, ...] = ("ranker", "fusion", "popular", "catalogue")
"""The ladder, best rung first."""


@dataclass(frozen=True)
class Request:
    """One question.

    Args:
        account_id: For whom; an unknown account gets what newcomers get.
        k: Items wanted, at least 1.
        as_of: Instant of the question, aware.
        exclude: Items that the caller does not want to see; unknown ids are harmless.
        device_type: One of core.DEVICE_TYPES, or None where unknown.
        slot: Where it will be shown; journalled with the exposure.
        explain: Give reasons: True says what speaks for an item, "full" also what would be without
            the titles that do; False is faster and changes nothing else.
        device_id: On which device; it helps to tell who is there.
        platform: By which product or service, likewise.
        profile_id: The profile that was picked, likewise; a noisy label.
        person_ids: Who is there, where the caller knows: one, or several together.
        together: Do several watch?
        least: How much the least pleased of several count, 0 to 1; None is respond.together_least.
        segments: Segments that the caller puts the account in, for rules.
        max_age: Items rated for older viewers, or not rated, are not shown; None for no limit.
        languages: Items known to be in other languages are not shown; none for no limit.
    """

    account_id: str
    k: int
    as_of: datetime
    exclude: tuple[str, ...] = ()
    device_type: str | None = None
    slot: str | None = None
    explain: bool | Literal["full"] = True
    device_id: str | None = None
    platform: str | None = None
    profile_id: str | None = None
    person_ids: tuple[str, ...] = ()
    together: bool = False
    least: float | None = None
    segments: tuple[str, ...] = ()
    max_age: int | None = None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dials:
    """What a preview changes beside the question.

    Args:
        variety: Strength of variety, 0 to 1; None is variety.strength.
        explore: Part of the places that are given to chance, 0 to 1.
        with_rules: Do the rules of the business count? What is always removed stays removed.
        events: What happened on the device and was not sent; the answer is the one that there would
            be if it had been.
    """

    variety: float | None = None
    explore: float = 0.0
    with_rules: bool = True
    events: tuple[Event, ...] = ()


class Mark(msgspec.Struct, frozen=True):
    """What one source said of an item: its place in the source's list, from 1, and its score.

    `spread` is the standard deviation of the score, with reasons in full and where the source
    knows how unsure it is.
    """

    name: str
    rank: int
    score: float
    spread: float | UnsetType = UNSET


class Part(msgspec.Struct, frozen=True):
    """The part, 0 to 1, that one item of the history has in what speaks for an item."""

    item_id: str
    title: str
    share: float


class Because(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why an item is shown, in words and in figures; see ranking.reasons for their meaning.

    `shares` and `other` sum to 1 where the source is linear; `against` is what speaks against the
    item, as a part of what speaks for it.
    """

    kind: str
    text: str
    source: str
    shares: list[Part] = []
    other: float = 0.0
    against: float = 0.0


class Shown(msgspec.Struct, frozen=True):
    """One item of an answer; `rank` is from 1, `score` compares within one answer only.

    `score` is a utility in log odds, `doubt` its standard deviation where reasons were asked for;
    `propensity` is how probable it was that the item stands there, 1 where nothing was left to
    chance; `explored` says that chance put it there. With reasons in full, `adds` sums to the score
    and `without` says where it would stand without a title of the history.
    """

    item_id: str
    title: str
    rank: int
    score: float
    sources: list[Mark]
    reason: Because | UnsetType = UNSET
    doubt: float | UnsetType = UNSET
    propensity: float = 1.0
    explored: bool = False
    adds: list[Addend] | UnsetType = UNSET
    without: list[Without] | UnsetType = UNSET


class Watcher(msgspec.Struct, frozen=True):
    """A person of the account, and how likely they are there, 0 to 1."""

    person_id: str
    probability: float


class Watching(msgspec.Struct, frozen=True):
    """For whom an answer is made, and what is known of who is there.

    `mode` is person (one), mixed (one of several, the more likely the more), together (several at
    once), or account (nobody in particular); `because` says why: named (by the caller), unsure,
    guest, no_persons, unknown_person, switched_off, people_failed, or "". `stage` is what the
    account is known at: account, population (how its like watch), or persons.
    """

    mode: Mode
    because: str
    stage: Stage
    persons: list[Watcher] = []
    guest: float = 0.0
    together: float = 0.0
    is_unsure: bool = False


class Answer(msgspec.Struct, frozen=True):
    """A whole answer.

    `because` says why no higher rung gave it, "" on the highest; `left_out` names the sources
    that failed or were late; `removed` counts what each rule took out; `journalled` is false when
    the journal had no room for the exposure; `person` says for whom of the account it is; `rules`
    says what each rule removed, lifted and moved, where reasons were asked for; `signals`, with
    reasons in full, what tells who is there; `online` says that the online layer, which had earned
    it, ordered the items anew.
    """

    exposure_id: str
    account_id: str
    at: datetime
    person: Watching
    rung: Rung
    because: str
    model_version: str | None
    items: list[Shown]
    removed: dict[str, int]
    left_out: dict[str, str]
    journalled: bool
    timings_ms: dict[str, float]
    rules: Trace | UnsetType = UNSET
    signals: list[Signal] | UnsetType = UNSET
    online: bool = False


class Similar(msgspec.Struct, frozen=True):
    """Items like one item, best first."""

    item_id: str
    at: datetime
    rung: Rung
    model_version: str | None
    items: list[Shown]
    removed: dict[str, int]
    left_out: dict[str, str]


class Happened(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event of an account, as the profile keeps it."""

    item_id: str
    title: str
    kind: str
    at: datetime
    value: float | UnsetType = UNSET


class Account(msgspec.Struct, frozen=True):
    """What is known of an account: counts, tastes, latest events (newest first)."""

    account_id: str
    n_events: int
    n_items: int
    n_by_kind: dict[str, int]
    tags: dict[str, int]
    latest: list[Happened]


class Standing(msgspec.Struct, frozen=True):
    """The best rung that can serve now, and what serves it."""

    rung: Rung | None
    model_version: str | None
    n_items: int
    trained_until: datetime | None
