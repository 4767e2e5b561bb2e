"""Ask what a campaign changed, and what one is worth.

Reads / Writes: nothing.
Source: docs/impact.md for each figure.
"""

from typing import Literal, TypedDict, Unpack

from settee.client.results import CampaignReading, Impact
from settee.client.verb import verb
from settee.client.wire import Call, Route, read_json

_CAMPAIGN = Route("GET", "/v1/campaigns/{campaign}", read_json(CampaignReading))
_IMPACT = Route("POST", "/v1/impact", read_json(Impact))


class Arm(TypedDict, total=False):
    """What one arm of an experiment did: conversions of n, or the mean of n with its deviation."""

    n: int
    conversions: int
    mean: float
    sd: float


class Figures(TypedDict, total=False):
    """What is known of a campaign; amounts are cents."""

    lift: float
    lift_low: float
    lift_high: float
    treated: Arm
    held_out: Arm
    base_rate: float
    revenue_user_month_cents: float
    conversion_value_cents: float
    engagement_to_revenue: float
    engagement_to_revenue_low: float
    engagement_to_revenue_high: float
    months: float
    margin: float
    campaign_cents: float
    contact_cents: float
    setup_hours: float
    infrastructure_month_cents: float
    people_hours_month: float
    hour_cents: float
    confidence: float
    swing: float
    draws: int
    seed: int


@verb(_IMPACT)
def impact(
    users: int,
    lift_of: Literal["engagement", "revenue", "conversions"],
    **figures: Unpack[Figures],
) -> Call[Impact]:
    """What a campaign is worth: lift, revenue, cost, return, break-even and payback.

    Args:
        users: People whom the change reaches.
        lift_of: What was lifted.
        figures: See `Figures`.
    """
    return _IMPACT.call(body={**figures, "users": users, "lift_of": lift_of})


@verb(_CAMPAIGN)
def campaign(
    campaign: str, *, margin: float | None = None, confidence: float | None = None
) -> Call[CampaignReading]:
    """What a campaign changed: all who were chosen against all who were held out by chance.

    Args:
        campaign: As on its audiences and its touches.
        margin: Share of revenue that is kept before contacts.
        confidence: Of the intervals.
    """
    return _CAMPAIGN.call(campaign, query={"margin": margin, "confidence": confidence})
