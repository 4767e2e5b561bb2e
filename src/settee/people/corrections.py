"""Read what people correct, write it as a fact, and work out what it changes.

{"kind": "was", "sessions": ["e9"], "persons": ["p_…"]} says who was there; two persons were there
together. Each kind needs certain fields and takes no other, and a correction that names a person
who does not exist is refused before it becomes a fact.

Reads: bytes of JSON, journal records.  Writes: nothing.
Source: RFC 8259 (JSON).
Not here: what is remembered of it (people.changes), the way into the journal (app).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal, get_args

import msgspec

from settee.core import BadInput, Conflict, Damaged, NotFound, to_json
from settee.people.changes import EventKind, PersonEvent, Told
from settee.people.ids import numbers_by_id, person_id
from settee.store import Record

RECORD_KIND = "people"
"""Kind of a journal record that holds a correction."""

CorrectionKind = Literal[
    "was", "guest", "retract", "merge", "unmerge", "split", "rename", "forget", "owns", "same",
    "apart",
]  # fmt: skip
_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
_MAX_SESSIONS = 1000
_MAX_TOGETHER = 16
_MAX_DEVICES = 100


class BadCorrection(BadInput):
    """A correction cannot be understood."""

    code = "bad_correction"


class NoSuchPerson(NotFound):
    """The account has no person of that id."""

    code = "no_such_person"


class CannotMerge(Conflict):
    """Persons cannot be merged or parted as they stand."""

    code = "cannot_merge"


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What somebody who knows told us; which fields a kind needs stands in `NEEDS`.

    Args:
        kind: was (these persons watched, two or more together), guest (none of them watched),
            retract (forget what was told of these sessions and devices), merge (the second person
            is really the first), unmerge (take that back), split (these sessions of the person are
            somebody else), rename (a name for people's eyes, "" for none), forget (that person),
            owns (these devices are the person's; of nobody named, nobody's), same (the person here
            and one of another account are one), apart (they are two).
        sessions: Event ids of the last events of sessions.
        persons: Person ids.
        devices: Device ids.
        name: A display name.
    """

    kind: CorrectionKind
    sessions: Annotated[tuple[_Id, ...], msgspec.Meta(max_length=_MAX_SESSIONS)] = ()
    persons: Annotated[tuple[_Id, ...], msgspec.Meta(max_length=_MAX_TOGETHER)] = ()
    devices: Annotated[tuple[_Id, ...], msgspec.Meta(max_length=_MAX_DEVICES)] = ()
    name: Annotated[str, msgspec.Meta(max_length=128, pattern=r"^[^\x00-\x1f\x7f]*$")] | None = None


@dataclass(frozen=True)
class Needs:
    """Least and most sessions, persons and devices of a kind, and whether it takes a name."""

    sessions: tuple[int, int] = (0, 0)
    persons: tuple[int, int] = (0, 0)
    devices: tuple[int, int] = (0, 0)
    name: bool = False


NEEDS: Mapping[str, Needs] = {
    "was": Needs(sessions=(1, _MAX_SESSIONS), persons=(1, _MAX_TOGETHER)),
    "guest": Needs(sessions=(1, _MAX_SESSIONS)),
    "retract": Needs(sessions=(0, _MAX_SESSIONS), devices=(0, _MAX_DEVICES)),
    "merge": Needs(persons=(2, 2)),
    "unmerge": Needs(persons=(1, 1)),
    "split": Needs(sessions=(1, _MAX_SESSIONS), persons=(1, 1)),
    "rename": Needs(persons=(1, 1), name=True),
    "forget": Needs(persons=(1, 1)),
    "owns": Needs(persons=(0, 1), devices=(1, _MAX_DEVICES)),
    "same": Needs(persons=(2, 2)),
    "apart": Needs(persons=(2, 2)),
}
"""What each kind of correction needs; it takes nothing else."""

_ACROSS = ("same", "apart")
_decoder = msgspec.json.Decoder(Correction)


class _Fact(msgspec.Struct, frozen=True):
    correction: Correction


_fact_decoder = msgspec.json.Decoder(_Fact)


def parse_correction(raw: bytes | msgspec.Raw) -> Correction:
    """Read and check one correction.

    Args:
        raw: One JSON object in UTF-8.

    Raises:
        BadCorrection: If it is not JSON, a field is unknown, missing, mistyped or too long, or the
            kind needs other fields.

    >>> parse_correction(b'{"kind": "guest", "sessions": ["e9"]}').sessions
    ('e9',)
    """
    try:
        correction = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadCorrection(
            f"correction refused: {error}.",
            hint=f"Kinds are {', '.join(get_args(CorrectionKind))}.",
        ) from None
    _check(correction)
    return correction


def _check(correction: Correction) -> None:
    needs = NEEDS[correction.kind]
    for field in ("sessions", "persons", "devices"):
        given, (least, most) = getattr(correction, field), getattr(needs, field)
        n = len(given)
        if not least <= n <= most:
            raise BadCorrection(
                f'a correction of kind "{correction.kind}" has {n} {field}; '
                f"it takes {_count(least, most)}.",
                place=field,
            )
        if len(set(given)) < n:
            raise BadCorrection(f"{field} names one twice; each may come once.", place=field)
    if correction.kind == "retract" and not (correction.sessions or correction.devices):
        raise BadCorrection(
            'a correction of kind "retract" names no session and no device; it takes at least one.',
            place="sessions",
        )
    if needs.name != (correction.name is not None):
        word = "needs" if needs.name else "takes no"
        raise BadCorrection(f'a correction of kind "{correction.kind}" {word} name.', place="name")


def _count(least: int, most: int) -> str:
    return f"{most or 'none'}" if least == most else f"{least} to {most}"


def to_record(correction: Correction, account_id: str, event_id: str, at: datetime) -> Record:
    """The correction as a fact for the journal.

    Args:
        correction: A checked one.
        account_id: Whom it is about.
        event_id: Makes a repeat harmless.
        at: When it was told, aware.
    """
    at_us = round(at.timestamp() * 1_000_000)
    body = {
        "event_id": event_id,
        "account_id": account_id,
        "kind": RECORD_KIND,
        "at": at,
        "correction": correction,
    }
    return Record(event_id, account_id, RECORD_KIND, at_us, to_json(body))


def from_record(record: Record) -> Correction:
    """The correction of a journal record.

    Raises:
        Damaged: If the record does not hold one.
    """
    try:
        return _fact_decoder.decode(record.body).correction
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(
            f'record "{record.event_id}" should hold a correction: {error}.',
            hint="Restore the journal from a backup.",
        ) from None


def apply_correction(
    told: Told, correction: Correction, account_id: str, at_s: int
) -> tuple[Told, tuple[PersonEvent, ...]]:
    """What is known once the correction is taken in, and what happened by it.

    A door asks this before the correction becomes a fact. A fold passes over facts that raise here
    (of two merges that crossed, the second): in every replay they are the same ones.

    Args:
        told: What was told before; it is not changed.
        correction: A checked one.
        account_id: The account of both.
        at_s: When it was told, epoch seconds.

    Raises:
        NoSuchPerson: If it names a person whom the account does not have, or has forgotten.
        CannotMerge: If a person is to be merged who is part of another, or into themselves, or is
            to be unmerged without being merged.

    >>> ann, bob = person_id("a7", 1), person_id("a7", 2)
    >>> merge = Correction("merge", persons=(ann, bob))
    >>> told, events = apply_correction(Told(next_number=3), merge, "a7", 0)
    >>> told.root(2), events[0].kind, events[0].reversible
    (1, 'merged', True)
    """
    numbers = _numbers(told, correction, account_id)
    after, kind, about = _CHANGES[correction.kind](told, correction, numbers)
    evidence: tuple[tuple[str, float], ...] = (("by_hand", 1.0),)
    if correction.sessions:
        evidence += (("sessions", float(len(correction.sessions))),)
    ids = tuple(person_id(account_id, number) for number in about)
    event = PersonEvent(kind, at_s, ids, evidence, reversible=kind != "forgotten")
    return after, (event,)


def _numbers(told: Told, correction: Correction, account_id: str) -> tuple[int, ...]:
    known = numbers_by_id(account_id, told.next_number)
    named = correction.persons
    named = named[:1] if correction.kind in _ACROSS else named  # the second is of another account
    for one in named:
        if one not in known or known[one] in told.forgotten:
            raise NoSuchPerson(
                f'account "{account_id}" has no person "{one}".',
                hint="settee people ACCOUNT lists them.",
                place="persons",
            )
    return tuple(known[one] for one in named)


_Change = tuple[Told, EventKind, tuple[int, ...]]


def _was(told: Told, correction: Correction, numbers: tuple[int, ...]) -> _Change:
    labels = {**told.labels, **dict.fromkeys(correction.sessions, numbers)}
    return replace(told, labels=labels), "corrected", numbers


def _retract(told: Told, correction: Correction, numbers: tuple[int, ...]) -> _Change:
    gone = set(correction.sessions)
    labels = {key: persons for key, persons in told.labels.items() if key not in gone}
    devices = {key: one for key, one in told.devices.items() if key not in correction.devices}
    return replace(told, labels=labels, devices=devices), "corrected", numbers


def _owns(told: Told, correction: Correction, numbers: tuple[int, ...]) -> _Change:
    owner = numbers[0] if numbers else 0
    devices = {**told.devices, **dict.fromkeys(correction.devices, owner)}
    return replace(told, devices=devices), "corrected", numbers


def _across(told: Told, correction: Correction, numbers: tuple[int, ...]) -> _Change:
    other = {correction.persons[1]: (numbers[0], correction.kind == "same")}
    return replace(told, others={**told.others, **other}), "corrected", numbers


def _merge(told: Told, _: Correction, numbers: tuple[int, ...]) -> _Change:
    kept, gone = numbers
    if gone in told.part_of:
        raise CannotMerge(
            "the second person is part of another already; only a whole person can be merged.",
            hint="Unmerge that person first.",
        )
    if told.root(kept) == gone:
        raise CannotMerge("the first person is part of the second; merge two different persons.")
    return replace(told, part_of={**told.part_of, gone: kept}), "merged", (gone, kept)


def _unmerge(told: Told, _: Correction, numbers: tuple[int, ...]) -> _Change:
    (number,) = numbers
    if number not in told.part_of:
        raise CannotMerge("that person is not merged into another; there is nothing to take back.")
    whole = told.part_of[number]
    part_of = {child: parent for child, parent in told.part_of.items() if child != number}
    return replace(told, part_of=part_of), "unmerged", (number, whole)


def _split(told: Told, correction: Correction, numbers: tuple[int, ...]) -> _Change:
    new = told.next_number
    labels = {**told.labels, **dict.fromkeys(correction.sessions, (new,))}
    return replace(told, labels=labels, next_number=new + 1), "split", (new, *numbers)


def _rename(told: Told, correction: Correction, numbers: tuple[int, ...]) -> _Change:
    names = {number: name for number, name in told.names.items() if number not in numbers}
    if correction.name:
        names[numbers[0]] = correction.name
    return replace(told, names=names), "renamed", numbers


def _forget(told: Told, _: Correction, numbers: tuple[int, ...]) -> _Change:
    """Drop label, name and edges; those who were part of the person stand for themselves again."""
    (gone,) = numbers
    left = {key: tuple(n for n in told_ if n != gone) for key, told_ in told.labels.items()}
    labels = {key: persons for key, persons in left.items() if persons or not told.labels[key]}
    after = replace(
        told,
        labels=labels,
        part_of={a: b for a, b in told.part_of.items() if gone not in (a, b)},
        names={number: name for number, name in told.names.items() if number != gone},
        devices={key: one for key, one in told.devices.items() if one != gone},
        others={key: pair for key, pair in told.others.items() if pair[0] != gone},
        forgotten=told.forgotten | {gone},
    )
    return after, "forgotten", numbers


_CHANGES: Mapping[str, Callable[[Told, Correction, tuple[int, ...]], _Change]] = {
    "was": _was,
    "guest": _was,
    "retract": _retract,
    "merge": _merge,
    "unmerge": _unmerge,
    "split": _split,
    "rename": _rename,
    "forget": _forget,
    "owns": _owns,
    "same": _across,
    "apart": _across,
}
