"""What channels are credited with.

Reads / Writes: nothing.
Source: docs/attribution.md for each figure.
"""

from datetime import datetime

from msgspec import Struct


class ChannelCredit(Struct, frozen=True):
    """Credit of one channel by one method; bounds are of 95 % intervals, None where none are."""

    channel: str
    conversions: float
    conversions_low: float | None
    conversions_high: float | None
    share: float
    share_low: float | None
    share_high: float | None
    value_cents: float
    added: float | None = None


class MethodTable(Struct, frozen=True):
    """Credit by one method; `widening` is the part of the variance that comes of unsure persons."""

    method: str
    channels: list[ChannelCredit]
    widening: float | None = None


class ChannelReach(Struct, frozen=True):
    """How many accounts met a channel, and what its contacts cost, None where none says."""

    channel: str
    n_people: float
    spent_cents: float | None = None


class HoldoutSays(Struct, frozen=True):
    """What contacts added, by a holdout; None with a `reason` where there is no answer."""

    n_contactable: int
    n_held_out: int
    per_contactable: float | None
    per_held_out: float | None
    added: float | None
    added_low: float | None
    added_high: float | None
    p_value: float | None
    credited_over_added: float | None
    n_held_out_contacted: int
    reason: str


class JourneyStep(Struct, frozen=True):
    """One contact of a path and its credit by each method."""

    channel: str
    before_s: float | None
    credit: dict[str, float]


class JourneyPath(Struct, frozen=True):
    """One path of an account, step by step."""

    conversions: float
    value_cents: float
    steps: list[JourneyStep]
    absent: dict[str, str]


class Flow(Struct, frozen=True):
    """Paths that went from one contact to the next; `step` 1 is the last contact and the end."""

    step: int
    source: str
    target: str
    n_paths: float
    n_people: float


class CreditReport(Struct, frozen=True):
    """The credit of channels; `cautions` belong to every figure in it."""

    unit: str
    by: str
    since: datetime | None
    until: datetime | None
    cautions: list[str]
    n_paths: int
    n_conversions: float
    n_credited: float
    n_unmet: float
    credited_value_cents: float
    unmet_value_cents: float
    currency: str
    n_other_currency: int
    n_refunds: int
    order: int | None
    bootstrap: int
    seed: int
    n_suppressed_channels: int
    channels: list[ChannelReach]
    methods: list[MethodTable]
    account_methods: list[MethodTable]
    absent: dict[str, str]
    holdout: HoldoutSays | None
    journeys: list[JourneyPath]
    flows: list[Flow] = []
