"""Make audiences, look at them, let them out, and ask who lies ready for an item.

Reads / Writes: nothing.
Source: docs/audiences.md for each field.
Not here: what campaigns did (client.verbs.measuring).
"""

from collections.abc import Mapping, Sequence
from typing import TypedDict, Unpack

from settee.client.results import (
    AudienceCurves,
    AudienceExported,
    AudienceList,
    AudienceLog,
    AudienceView,
    ItemAudience,
)
from settee.client.verb import verb
from settee.client.wire import Call, Route, read_json

_PATH = "/v1/audiences"
_MAKE = Route("POST", _PATH, read_json(AudienceView), is_repeatable=False)
_PREVIEW = Route("POST", f"{_PATH}/preview", read_json(AudienceView))
_LIST = Route("GET", _PATH, read_json(AudienceList))
_ONE = Route("GET", f"{_PATH}/{{audience_id}}", read_json(AudienceView))
_EXPORT = Route(
    "POST", f"{_PATH}/{{audience_id}}/export", read_json(AudienceExported), is_repeatable=False
)
_DOWNLOAD = Route(
    "POST", f"{_PATH}/{{audience_id}}/download", bytes, is_repeatable=False, accept="*/*"
)
_LOG = Route("GET", f"{_PATH}/log", read_json(AudienceLog))
_CURVES = Route("GET", f"{_PATH}/curves", read_json(AudienceCurves))
_REACHED = Route("GET", "/v1/items/{item_id}/audience", read_json(ItemAudience))


class AudienceWanted(TypedDict, total=False):
    """What is asked of an audience: one of item_id, tag, items and like, and how it is bounded."""

    item_id: str
    tag: str
    items: Mapping[str, object]
    like: Sequence[str]
    people: Mapping[str, object]
    size: int
    budget_cents: int
    contact_cost_cents: float
    margin_cents: float
    margin_share: float
    by: str
    learnt_from: str
    holdout: float
    exclude_buyers: bool
    exclude_buyers_days: float
    channel: str
    campaign: str
    min_probability: float
    horizon_days: float
    unit: str
    name: str


@verb(_MAKE)
def make_audience(*, n: int | None = None, **wanted: Unpack[AudienceWanted]) -> Call[AudienceView]:
    """Rank people, choose, hold some out, and keep who was chosen. Sent once: each call makes one.

    Args:
        n: Members to tell; None takes the service's default.
        wanted: See `AudienceWanted`.
    """
    return _MAKE.call(query={"n": n}, body=dict(wanted))


@verb(_PREVIEW)
def preview_audience(
    *, n: int | None = None, **wanted: Unpack[AudienceWanted]
) -> Call[AudienceView]:
    """The audience that would be made; nothing of it is kept, and it has no id.

    Args:
        n: Members to tell; None takes the service's default.
        wanted: See `AudienceWanted`.
    """
    return _PREVIEW.call(query={"n": n}, body=dict(wanted))


@verb(_LIST)
def audiences(*, limit: int | None = None) -> Call[AudienceList]:
    """Which audiences were made, newest first."""
    return _LIST.call(query={"limit": limit})


@verb(_ONE)
def audience(audience_id: str, *, n: int | None = None) -> Call[AudienceView]:
    """One audience, and the first of those who may be addressed now.

    Args:
        audience_id: Which.
        n: Members to tell.
    """
    return _ONE.call(audience_id, query={"n": n})


@verb(_EXPORT)
def export_audience(
    audience_id: str, webhook: str, *, small_parts: str | None = None
) -> Call[AudienceExported]:
    """Send those of an audience who may be addressed now to a webhook. Sent once.

    Args:
        audience_id: Which.
        webhook: An address whose host the service lists.
        small_parts: "refuse" or "leave_out" what would tell few people apart.
    """
    return _EXPORT.call(audience_id, body={"webhook": webhook, "small_parts": small_parts})


@verb(_DOWNLOAD)
def download_audience(
    audience_id: str, *, format: str = "csv", small_parts: str | None = None
) -> Call[bytes]:
    """Those of an audience who may be addressed now, as the bytes of a file. Sent once.

    It counts as an export: the floor holds, and it stands in the log.

    Args:
        audience_id: Which.
        format: "csv" or "parquet".
        small_parts: "refuse" or "leave_out" what would tell few people apart.
    """
    return _DOWNLOAD.call(audience_id, body={"format": format, "small_parts": small_parts})


@verb(_LOG)
def audience_log(
    *, limit: int | None = None, before: int | None = None, audience_id: str | None = None
) -> Call[AudienceLog]:
    """What was made, exported and refused, newest first.

    Args:
        limit: Most rows.
        before: Only rows with a smaller number: the `before` of the page before.
        audience_id: Of one audience only.
    """
    return _LOG.call(query={"limit": limit, "before": before, "audience_id": audience_id})


@verb(_CURVES)
def audience_curves() -> Call[AudienceCurves]:
    """What orders of people were worth on the record's last days, as it was found last."""
    return _CURVES.call()


@verb(_REACHED)
def item_audience(item_id: str, *, n: int | None = None) -> Call[ItemAudience]:
    """Who is likeliest to respond to an item, as it was computed ahead.

    Args:
        item_id: Which.
        n: Most people, 1 to 1,000.
    """
    return _REACHED.call(item_id, query={"n": n})
