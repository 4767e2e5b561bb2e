"""Audiences: who was chosen, who lies ready for an item, what left.

Reads / Writes: nothing.
Source: docs/audiences.md for each field.
Not here: what campaigns did (client.results.campaigns).
"""

from datetime import datetime
from typing import Any

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
    """One who was chosen; `person_id` is empty where the account stands for itself.

    `uplift` is what a contact adds to the probability, where that ranks; `margin_cents` what a
    response brings, where it was foretold for each.
    """

    account_id: str
    person_id: str
    rank: int
    probability: float
    held_out: bool
    uplift: float | None = None
    margin_cents: float | None = None


class AudienceView(Struct, frozen=True):
    """An audience as it was made, and the first of those who may be addressed now.

    `audience_id` is empty where it was tried and is not kept.
    """

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
    valued_by: str | None = None
    learnt_from: str | None = None


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


class AudienceLogRow(Struct, frozen=True):
    """Something that was done with an audience; it names nobody of it."""

    number: int
    at: datetime
    who: str
    what: str
    audience_id: str
    figures: dict[str, Any]
    seal: str


class AudienceLog(Struct, frozen=True):
    """Rows of the log, newest first; `before` gives the next page, None on the last."""

    rows: list[AudienceLogRow]
    before: int | None


class Measured(Struct, frozen=True):
    """A figure with its 95 % interval over people."""

    value: float
    low: float
    high: float


class AtSize(Struct, frozen=True):
    """What the first `n` people of an order were worth; `behind` is settee's precision less it."""

    n: int
    precision: Measured
    recall: Measured
    behind: Measured | None = None


class OrderCurve(Struct, frozen=True):
    """What one order was worth: gain and lift at each tenth of people."""

    order: str
    gain: list[Measured]
    lift: list[Measured]
    sizes: list[AtSize]


class CalibrationBin(Struct, frozen=True):
    """People whose probability was alike: what was foretold, and what came."""

    foretold: float
    came: float
    n: int


class AudienceCurves(Struct, frozen=True):
    """What settee's order of people was worth on the last days, beside plain ones."""

    learnt_until: datetime
    judged_until: datetime
    horizon_days: float
    item_ids: list[str]
    n_people: int
    n_responses: int
    n_resamples: int
    orders: list[OrderCurve]
    calibration_error: float
    calibration_low: float
    calibration_high: float
    calibration: list[CalibrationBin]
    reason: str = ""
