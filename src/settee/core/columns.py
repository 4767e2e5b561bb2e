"""The one vocabulary of column names, for every table, Parquet file and data frame.

The same thing has the same name everywhere: whoever writes a column takes its name from here, and
whoever reads it finds it under that name in any room.

Reads / Writes: nothing.
Source: RecTools' `Columns` showed how well one vocabulary reads.
"""

from typing import Final


class Columns:
    """Names of columns; the comment gives type and unit."""

    event_id: Final = "event_id"  # text, null when the source gave none
    account_id: Final = "account_id"  # text
    item_id: Final = "item_id"  # text
    kind: Final = "kind"  # text, one of KINDS
    at: Final = "at"  # instant, microseconds, UTC
    value: Final = "value"  # float32: rating or quantity
    device_id: Final = "device_id"  # text
    device_type: Final = "device_type"  # text, one of DEVICE_TYPES
    platform: Final = "platform"  # text
    profile_id: Final = "profile_id"  # text
    duration_s: Final = "duration_s"  # float32
    revenue_cents: Final = "revenue_cents"  # int64
    currency: Final = "currency"  # text, ISO 4217
    channel: Final = "channel"  # text
    campaign: Final = "campaign"  # text
    cost_micros: Final = "cost_micros"  # int64
    ip_hash: Final = "ip_hash"  # text
    slot: Final = "slot"  # text: where the answer was shown
    exposure_id: Final = "exposure_id"  # text: the answer that this reacts to
    rank: Final = "rank"  # int32, from 1
    query: Final = "query"  # text
    split: Final = "split"  # text: train, valid or test

    title: Final = "title"  # text
    tags: Final = "tags"  # list of text
    year: Final = "year"  # int16
    text: Final = "text"  # text

    line: Final = "line"  # int64, from 1
    reason: Final = "reason"  # text, a stable code
    detail: Final = "detail"  # text, for people
    raw: Final = "raw"  # text, the row as it came


HISTORY_COLUMNS: tuple[tuple[str, str], ...] = (
    (Columns.event_id, "VARCHAR"),
    (Columns.account_id, "VARCHAR"),
    (Columns.kind, "VARCHAR"),
    (Columns.at, "TIMESTAMP"),
    (Columns.item_id, "VARCHAR"),
    (Columns.value, "FLOAT"),
    (Columns.device_id, "VARCHAR"),
    (Columns.device_type, "VARCHAR"),
    (Columns.platform, "VARCHAR"),
    (Columns.profile_id, "VARCHAR"),
    (Columns.duration_s, "FLOAT"),
    (Columns.revenue_cents, "BIGINT"),
    (Columns.currency, "VARCHAR"),
    (Columns.channel, "VARCHAR"),
    (Columns.campaign, "VARCHAR"),
    (Columns.cost_micros, "BIGINT"),
    (Columns.ip_hash, "VARCHAR"),
    (Columns.slot, "VARCHAR"),
    (Columns.exposure_id, "VARCHAR"),
    (Columns.rank, "INTEGER"),
    (Columns.query, "VARCHAR"),
)
"""Columns of a history file, in order, with their DuckDB type; `at` is UTC without a zone mark."""
