"""Journal entries of every kind that a view of accounts takes in."""

import json
from collections.abc import Sequence
from typing import Any

from settee.store import Entry, Record

DAY = 86_400


def entry(
    offset: int, account_id: str = "a", item_id: str = "m1", at_s: float = 0, **fields: Any
) -> Entry:
    kind = fields.pop("kind", "play")
    body = json.dumps({"event_id": f"e{offset}", "item_id": item_id, **fields}).encode()
    return _entry(offset, account_id, kind, at_s, body)


def exposure(
    offset: int, account_id: str = "a", items: Sequence[str] = ("m1",), at_s: float = 0
) -> Entry:
    shown = [{"item_id": item_id, "rank": rank} for rank, item_id in enumerate(items, 1)]
    body = json.dumps({"event_id": f"e{offset}", "items": shown, "rung": "fusion"}).encode()
    return _entry(offset, account_id, "exposure", at_s, body)


def merge(offset: int, into: str, origin: str, at_s: float = 0) -> Entry:
    return _entry(offset, into, "merge", at_s, json.dumps({"from": origin}).encode())


def preferences(offset: int, account_id: str = "a", at_s: float = 0, **said: Any) -> Entry:
    return _entry(offset, account_id, "preferences", at_s, json.dumps(said).encode())


def _entry(offset: int, account_id: str, kind: str, at_s: float, body: bytes) -> Entry:
    return Entry(offset, Record(f"e{offset}", account_id, kind, int(at_s * 1_000_000), body))
