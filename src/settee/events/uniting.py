"""Say that one account is a part of another from now on: the fact of a merge.

Somebody looked around as "anon-7f" and then signed in as "a7". An account can become a part of
another once; the fact's id is made of the account's own, so that the journal itself refuses a
second time, from whatever process it comes.

Reads: bytes of JSON.  Writes: nothing.
Source: RFC 8259 (JSON).
Not here: what the views make of it (store.account_view), the way into the journal (app.accounts).
"""

from datetime import UTC, datetime, timedelta

import msgspec

from settee.core import BadInput, Conflict, Id, instant_text, to_json
from settee.store import MERGE_KIND, Record

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class BadMerge(BadInput):
    """A merge cannot be understood."""

    code = "bad_merge"


class MergedElsewhere(Conflict):
    """The account is a part of another one already."""

    code = "merged_elsewhere"


class AccountMerge(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"origin": "from"}
):
    """Which account becomes a part of the one that is asked about.

    Args:
        origin: Its id, on the wire ``from``.
    """

    origin: Id


class Merged(msgspec.Struct, frozen=True, rename={"origin": "from"}):
    """`origin` is a part of the account now; `is_new` is false where it was already."""

    account_id: str
    origin: str
    is_new: bool


_decoder = msgspec.json.Decoder(AccountMerge)


def parse_merge(raw: bytes, account_id: str) -> AccountMerge:
    """Read and check a merge.

    Args:
        raw: One JSON object in UTF-8.
        account_id: The account that the other becomes a part of.

    Raises:
        BadMerge: If it is not JSON, a field is unknown, missing or mistyped, or both are one.

    >>> parse_merge(b'{"from": "anon-7f"}', "a7").origin
    'anon-7f'
    """
    try:
        merge = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadMerge(
            f"merge refused: {error}.", hint='Send {"from": "…"}, the id of an account.'
        ) from None
    check_merge(merge.origin, account_id)
    return merge


def check_merge(origin: str, account_id: str) -> None:
    """Refuse to make an account a part of itself.

    Raises:
        BadMerge: If both are one.
    """
    if origin == account_id:
        raise BadMerge(
            f'account "{account_id}" cannot become a part of itself; name another one.',
            place="from",
        )


def merge_id(origin: str) -> str:
    """Id of the fact that merges an account; no event from outside can have it."""
    return f"merge\x1f{origin}"  # ids of events hold no control characters


def merge_record(origin: str, account_id: str, at: datetime) -> Record:
    """The fact that `origin` becomes a part of `account_id`, for the journal.

    Args:
        origin: Which account.
        account_id: Of which other.
        at: When, aware.
    """
    event_id = merge_id(origin)
    body = {
        "event_id": event_id,
        "account_id": account_id,
        "kind": MERGE_KIND,
        "at": instant_text(at),
        "from": origin,
    }
    at_us = (at - _EPOCH) // _MICROSECOND
    return Record(event_id, account_id, MERGE_KIND, at_us, to_json(body))
