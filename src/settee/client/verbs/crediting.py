"""Ask what channels are credited with.

Reads / Writes: nothing.
Source: docs/attribution.md for each figure.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack

from settee.client.results import CreditReport
from settee.client.verb import verb
from settee.client.wire import Call, Route, read_json

_ATTRIBUTION = Route("POST", "/v1/attribution", read_json(CreditReport))


class _Campaign(TypedDict):
    campaign: str


class DrawnHoldout(_Campaign, total=False):
    """Accounts held out by hashing; without a share, as the audiences of the campaign drew it."""

    share: float


class _Path(TypedDict):
    path: list[str]
    conversions: float


class CountedPath(_Path, total=False):
    """A path that was counted elsewhere: channels oldest first, and what it ended in."""

    value_cents: float
    nulls: float


class Beside(TypedDict, total=False):
    """What else is asked: a holdout, the paths of one account, or paths counted elsewhere."""

    held_out: Sequence[str]
    holdout: DrawnHoldout
    journey: str
    paths: Sequence[CountedPath]


@verb(_ATTRIBUTION)
def attribute(
    by: Literal["channel", "campaign"] = "channel",
    unit: Literal["account", "person"] = "account",
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    methods: Sequence[str] = (),
    **beside: Unpack[Beside],
) -> Call[CreditReport]:
    """Credit of channels for conversions, by every method side by side, with intervals.

    Args:
        by: Tell contacts apart by channel or by campaign.
        unit: Paths of whole accounts, or of the persons in them.
        since: First instant of conversions.
        until: Instant before which contacts and conversions lie.
        methods: Only these; all that have an answer where empty.
        beside: See `Beside`.
    """
    body: dict[str, Any] = {
        "by": by, "unit": unit, "since": since, "until": until, "methods": list(methods), **beside,
    }  # fmt: skip
    return _ATTRIBUTION.call(body=body)
