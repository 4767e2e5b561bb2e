"""Audiences: who was chosen, who lies ready for an item, what left.

Reads / Writes: nothing.
Source: docs/audiences.md for each field.
Not here: what campaigns did (client.results.campaigns).
"""

from datetime import datetime

from msgspec import Struct


class ReachedPerson(Struct, frozen=True, omit_defaults=True):
    """One who is likely to respond; without a person it is the whole account."""

    account_id: str
    probability: float
    person_id: str = ""


class ItemAudience(Struct, frozen=True):
    """Who is likeliest to respond to an item, as it was computed ahead."""

    item_id: str
    how: str
    horizon_days: float
    computed_at: datetime
    members: list[ReachedPerson]


class AudienceMember(Struct, frozen=True):
    """One who was chosen; `person_id` is empty where the account stands for itself."""

    account_id: str
    person_id: str
    rank: int
    probability: float
    held_out: bool


class AudienceView(Struct, frozen=True):
    """An audience as it was made, and the first of those who may be addressed now."""

    audience_id: str
    name: str
    campaign: str | None
    channel: str | None
    as_of: datetime
    how: str
    n_eligible: int
    n_chosen: int
    n_held_out: int
    n_reachable: int
    expected_responses: float
    expected_profit_cents: float | None
    left_out: dict[str, int]
    left_out_since: dict[str, int]
    members: list[AudienceMember]


class AudienceKept(Struct, frozen=True):
    """One audience of a list."""

    audience_id: str
    at: datetime
    who: str
    campaign: str
    n_members: int


class AudienceList(Struct, frozen=True):
    """Audiences, newest first."""

    audiences: list[AudienceKept]


class AudienceExported(Struct, frozen=True):
    """What left, and how many did not, by reason."""

    export_id: str
    audience_id: str
    n_exported: int
    left_out: dict[str, int]
    to: str
