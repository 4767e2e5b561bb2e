"""What a campaign changed.

Reads / Writes: nothing.
Source: docs/audiences.md for each figure.
"""

from datetime import datetime

from msgspec import Struct

from settee.client.results.impact import Estimate, Lift


class CampaignEffect(Struct, frozen=True, kw_only=True):
    """What those who were chosen did against those held out; amounts are cents."""

    conversion: Lift
    revenue: Lift
    response: Lift | None = None
    added_conversions: Estimate | None = None
    added_cents: Estimate | None = None
    added_responses: Estimate | None = None
    spent_cents: float
    net_cents: Estimate | None = None
    n_contacted: int
    n_held_out_contacted: int
    promised: float | None = None
    came: float | None = None
    cautions: list[str] = []


class CampaignReading(Struct, frozen=True, kw_only=True):
    """What a campaign did, up to now."""

    campaign: str
    audience_ids: list[str]
    from_at: datetime
    until_at: datetime
    is_over: bool
    n_accounts: int
    effect: CampaignEffect
