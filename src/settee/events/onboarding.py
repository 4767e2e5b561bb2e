"""Turn what somebody new picks into facts: a like for each title, and a word on tags and languages.

{"item_ids": ["m1", "m2"], "tags": ["Crime"], "languages": ["en"]} becomes two events of kind like,
which every part of settee takes in as it takes in any like, and one fact of kind preferences. All
of it is stored in one submission, so a repeat under the same `event_id` changes nothing.

Reads: bytes of JSON.  Writes: nothing.
Source: RFC 8259 (JSON).
Not here: what is kept of preferences (store.preferences), the way into the journal (app.accounts).
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from settee.core import BadInput, Id, Short, instant_text, to_json
from settee.store import PREFERENCES_KIND, Record

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MAX_PICKS = 100
_MAX_WORDS = 64
_MAX_NAME = 120  # picks have the name with a number behind
_PICK_KIND = "like"


class BadOnboarding(BadInput):
    """What somebody new picked cannot be understood."""

    code = "bad_onboarding"


class Onboarding(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What somebody new picked; at least one of the three is given.

    Args:
        item_ids: Titles that are liked; each is an event of kind like.
        tags: Tags that are liked, in the catalogue's words; absent leaves what was said before,
            and an empty list takes it back.
        languages: Languages that are understood, likewise.
        person_id: For whom of the account tags and languages hold; absent for all of it.
        event_id: Makes a repeat harmless; made up where it is absent.
    """

    item_ids: Annotated[tuple[Id, ...], Meta(max_length=_MAX_PICKS)] = ()
    tags: Annotated[tuple[Short, ...], Meta(max_length=_MAX_WORDS)] | None = None
    languages: Annotated[tuple[Short, ...], Meta(max_length=_MAX_WORDS)] | None = None
    person_id: Id | None = None
    event_id: Id | None = None


class Onboarded(msgspec.Struct, frozen=True):
    """What somebody picked is a fact now.

    `is_new` is false for a repeat, which changed nothing; `n_picks` titles count as liked;
    `unknown_items` are those that cannot be recommended yet, and count once they can.
    """

    event_id: str
    is_new: bool
    n_picks: int
    unknown_items: list[str]


class _Preferences(msgspec.Struct, omit_defaults=True):
    event_id: str
    account_id: str
    kind: str
    at: str
    person_id: str | None = None
    tags: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None


_decoder = msgspec.json.Decoder(Onboarding)


def parse_onboarding(raw: bytes) -> Onboarding:
    """Read and check what somebody picked.

    Args:
        raw: One JSON object in UTF-8.

    Raises:
        BadOnboarding: If it is not JSON, a field is unknown, mistyped or too long, something is
            named twice, or nothing is picked at all.

    >>> parse_onboarding(b'{"item_ids": ["m1"], "languages": ["en"]}').languages
    ('en',)
    """
    try:
        picked = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadOnboarding(
            f"onboarding refused: {error}.",
            hint="Send item_ids, tags or languages, lists of text each.",
        ) from None
    check_onboarding(picked)
    return picked


def check_onboarding(picked: Onboarding) -> None:
    """Refuse what no single field can tell.

    Raises:
        BadOnboarding: If something is named twice, nothing is picked, or the name is too long.
    """
    for place in ("item_ids", "tags", "languages"):
        given = getattr(picked, place) or ()
        if len(set(given)) < len(given):
            raise BadOnboarding(f"{place} names one twice; each may come once.", place=place)
    if len(picked.event_id or "") > _MAX_NAME:
        raise BadOnboarding(
            f"event_id has {len(picked.event_id or '')} characters; up to {_MAX_NAME} are taken.",
            place="event_id",
        )
    if not picked.item_ids and picked.tags is None and picked.languages is None:
        raise BadOnboarding(
            "nothing is picked; item_ids, tags or languages must be given.",
            hint='Send {"item_ids": ["…"]}.',
        )


def onboarding_records(
    picked: Onboarding, account_id: str, event_id: str, at: datetime
) -> list[Record]:
    """The facts of what somebody picked, for one submission to the journal.

    Args:
        picked: A checked one.
        account_id: Whose.
        event_id: Makes a repeat harmless; picks have it with a number behind.
        at: When, aware.

    >>> at = datetime(2026, 11, 21, tzinfo=UTC)
    >>> picked = Onboarding(item_ids=("m1", "m2"), tags=("Crime",))
    >>> [(one.event_id, one.kind) for one in onboarding_records(picked, "a7", "on1", at)]
    [('on1', 'preferences'), ('on1.1', 'like'), ('on1.2', 'like')]
    """
    at_us = (at - _EPOCH) // _MICROSECOND
    text = instant_text(at)
    said = _Preferences(
        event_id, account_id, PREFERENCES_KIND, text, picked.person_id, picked.tags,
        picked.languages,
    )  # fmt: skip
    records = [Record(event_id, account_id, PREFERENCES_KIND, at_us, to_json(said))]
    for number, item_id in enumerate(picked.item_ids, start=1):
        like = {
            "event_id": f"{event_id}.{number}",
            "account_id": account_id,
            "kind": _PICK_KIND,
            "at": text,
            "item_id": item_id,
        }
        records.append(Record(like["event_id"], account_id, _PICK_KIND, at_us, to_json(like)))
    return records
