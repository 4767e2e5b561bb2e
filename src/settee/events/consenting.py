"""Turn what an account says about being contacted into a fact: consent by channel, and children.

{"consent": {"email": true, "*": false}} agrees to e-mail and to nothing else. What is not named
stays as it was. With a `person_id` it holds for that person, and goes before what the account said.

Reads: bytes of JSON.  Writes: nothing.
Source: Regulation (EU) 2016/679, art. 7 (consent can be withdrawn as easily as it is given).
Not here: what is kept of it (store.contact_view), the way into the journal (app.contacts).
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from settee.core import BadInput, Id, Short, instant_text, to_json
from settee.store import CONTACT_KIND, Record

_MAX_CHANNELS = 64


class BadContact(BadInput):
    """What is said about being contacted cannot be understood."""

    code = "bad_contact"


class ContactWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an account, or a person in it, says; at least one of the two is given.

    Args:
        consent: By channel whether they may be addressed, "*" for all that are not named.
        child: Whether they are a child, and never addressed.
        person_id: Of whom in the account; absent for all of it.
        event_id: Makes a repeat harmless; made up where it is absent.
    """

    consent: Annotated[dict[Short, bool], Meta(max_length=_MAX_CHANNELS)] = {}
    child: bool | None = None
    person_id: Id | None = None
    event_id: Id | None = None


class Contacted(msgspec.Struct, frozen=True):
    """What was said is a fact now; `is_new` is false for a repeat, which changed nothing."""

    event_id: str
    is_new: bool


class ContactState(msgspec.Struct, frozen=True):
    """What holds for an account: what was said for all of it, and by its persons."""

    account_id: str
    consent: dict[str, bool]
    child: bool | None
    persons: dict[str, ContactWord]


_decoder = msgspec.json.Decoder(ContactWord)


def parse_contact(raw: bytes) -> ContactWord:
    """Read and check what is said.

    Args:
        raw: One JSON object in UTF-8.

    Raises:
        BadContact: If it is not JSON, a field is unknown, mistyped or too long, or nothing is said.

    >>> parse_contact(b'{"consent": {"email": true}}').consent
    {'email': True}
    """
    try:
        word = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadContact(
            f"the contact is refused: {error}.", hint='Send {"consent": {"email": true}}.'
        ) from None
    check_contact(word)
    return word


def check_contact(word: ContactWord) -> None:
    """Refuse what no single field can tell.

    Raises:
        BadContact: If nothing is said.
    """
    if not word.consent and word.child is None:
        raise BadContact(
            "nothing is said; consent or child must be given.",
            hint='Send {"consent": {"email": true}}.',
        )


def contact_record(word: ContactWord, account_id: str, event_id: str, at: datetime) -> Record:
    """The fact, for the journal.

    Args:
        word: A checked one.
        account_id: Whose.
        event_id: Makes a repeat harmless.
        at: When, aware.
    """
    body: dict[str, object] = {
        "event_id": event_id,
        "account_id": account_id,
        "kind": CONTACT_KIND,
        "at": instant_text(at),
    }
    if word.consent:
        body["consent"] = word.consent
    if word.child is not None:
        body["child"] = word.child
    if word.person_id is not None:
        body["person_id"] = word.person_id
    at_us = int(at.timestamp() * 1_000_000)
    return Record(event_id, account_id, CONTACT_KIND, at_us, to_json(body))
