"""Tell who may be addressed, and ask.

All of these may be sent again: a fact has an id, which is made up here where the caller gives none,
and whoever is on the list twice is on it once.

Reads / Writes: nothing.
Source: docs/audiences.md for what follows from it.
"""

from collections.abc import Mapping, Sequence

from settee.client.results import Contacted, ContactState, Suppression
from settee.client.said import made_up_id
from settee.client.verb import verb
from settee.client.wire import Call, Route, read_json

_CONTACT = Route("GET", "/v1/accounts/{account_id}/contact", read_json(ContactState))
_PUT = Route("PUT", "/v1/accounts/{account_id}/contact", read_json(Contacted))
_SUPPRESS = Route("POST", "/v1/suppressions", read_json(Suppression))


@verb(_CONTACT)
def contact(account_id: str) -> Call[ContactState]:
    """What an account and its persons said about being contacted."""
    return _CONTACT.call(account_id)


@verb(_PUT)
def put_contact(
    account_id: str,
    *,
    consent: Mapping[str, bool] | None = None,
    child: bool | None = None,
    person_id: str | None = None,
    event_id: str | None = None,
) -> Call[Contacted]:
    """Take in by which channels somebody may be addressed, and whether they are a child.

    Args:
        account_id: Whose.
        consent: By channel, "*" for all that are not named.
        child: Whether they are a child, and never addressed.
        person_id: Of whom in the account; None for all of it.
        event_id: Makes a repeat harmless; made up where it is None.
    """
    body = {
        "consent": None if consent is None else dict(consent),
        "child": child,
        "person_id": person_id,
        "event_id": event_id or made_up_id(),
    }
    return _PUT.call(account_id, body=body)


@verb(_SUPPRESS)
def suppress(
    entries: Sequence[str], *, why: str | None = None, is_freed: bool | None = None
) -> Call[Suppression]:
    """Never address whom a list names, or free them again.

    Args:
        entries: An account each, an account and a person behind a comma, or sha256: and the hash.
        why: Why, for people.
        is_freed: Take them from the list.
    """
    return _SUPPRESS.call(body={"entries": list(entries), "why": why, "is_freed": is_freed})
