"""Say what is asked about the credit of channels: strict, bounded, and the same at every door.

    {"by": "campaign", "since": "2026-09-01T00:00:00Z", "unit": "person", "methods": ["markov"]}

Reads / Writes: nothing.
Not here: answering it (app.attribution).
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from settee.core import BadInput
from settee.measure.gather import Span
from settee.measure.paths import Paths, paths_of

_MOST_PATHS = 100_000
_MOST_STEPS = 1_000
_MOST_ACCOUNTS = 1_000_000
Amount = Annotated[float, Meta(ge=0, le=1e15)]
Name = Annotated[str, Meta(min_length=1, max_length=128)]


class BadCreditQuery(BadInput):
    """What is asked about the credit of channels cannot be understood."""

    code = "bad_credit_query"


class CountedPath(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A path that was counted elsewhere: channels oldest first, and what it ended in."""

    path: Annotated[list[Name], Meta(min_length=1, max_length=_MOST_STEPS)]
    conversions: Amount
    value_cents: Amount = 0.0
    nulls: Amount = 0.0


class DrawnHoldout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Accounts held out by hashing, as audiences hold out under one campaign.

    Without a share, those whom the audiences kept for the campaign chose and held out.
    """

    campaign: Name
    share: Annotated[float, Meta(gt=0, lt=1)] | None = None


class CreditQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to credit; all of it may be left out.

    Args:
        by: Tell contacts apart by channel or by campaign.
        unit: Paths of whole accounts, or of the persons in them.
        since: First instant of conversions; contacts before it count for them.
        until: Instant before which contacts and conversions lie.
        methods: Only these; all that have an answer where empty.
        held_out: Accounts held out by chance.
        holdout: The same, drawn by hashing, or as the audiences of a campaign drew it.
        journey: Also explain the paths of this account.
        paths: Credit these instead of the record.
    """

    by: Literal["channel", "campaign"] = "channel"
    unit: Literal["account", "person"] = "account"
    since: Annotated[datetime, Meta(tz=True)] | None = None
    until: Annotated[datetime, Meta(tz=True)] | None = None
    methods: Annotated[list[Name], Meta(max_length=32)] = []
    held_out: Annotated[list[Name], Meta(max_length=_MOST_ACCOUNTS)] = []
    holdout: DrawnHoldout | None = None
    journey: Name | None = None
    paths: Annotated[list[CountedPath], Meta(max_length=_MOST_PATHS)] = []

    @property
    def span(self) -> Span:
        """When conversions count."""
        return Span(_micros(self.since), _micros(self.until))

    def counted(self) -> Paths:
        """The paths that were counted elsewhere."""
        return paths_of(
            [one.path for one in self.paths],
            converted=[one.conversions for one in self.paths],
            nulls=[one.nulls for one in self.paths],
            value=[one.value_cents for one in self.paths],
        )


def parse_credit_query(raw: bytes) -> CreditQuery:
    """A query out of JSON.

    Raises:
        BadCreditQuery: If it is none; the place says where.

    >>> parse_credit_query(b'{"by": "campaign"}').by
    'campaign'
    """
    try:
        return checked(msgspec.json.decode(raw, type=CreditQuery))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        what, _, place = str(error).partition(" - at `$")
        raise BadCreditQuery(
            f"the question cannot be understood: {what}.",
            hint="docs/attribution.md lists every field.",
            place=place.strip("`.") or "body",
        ) from None


def checked(query: CreditQuery) -> CreditQuery:
    """The query, where its parts go together.

    Raises:
        BadCreditQuery: If two parts exclude each other, or the time ends before it begins.
    """
    if query.since and query.until and query.since >= query.until:
        raise BadCreditQuery(
            f"since {query.since.isoformat()} is not before until {query.until.isoformat()}.",
            place="since",
        )
    if query.held_out and query.holdout:
        raise BadCreditQuery("held_out and holdout exclude each other; send one.", place="holdout")
    record: dict[str, Any] = {
        "unit": query.unit == "person", "held_out": query.held_out, "holdout": query.holdout,
        "journey": query.journey, "since": query.since, "until": query.until,
    }  # fmt: skip
    named = [name for name, value in record.items() if value]
    if query.paths and named:
        raise BadCreditQuery(
            f"{named[0]} asks about the record, and paths that were counted elsewhere have none.",
            hint="Leave out paths, or everything about the record.",
            place=named[0],
        )
    return query


def _micros(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1_000_000)
