"""Journal entries of every kind that a view of accounts takes in."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from settee.store import Chunk, Entry, Profiles, Record

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


def records(n: int) -> list[Record]:
    """A life of eight accounts: events, answers, words, and two that turn out to be one."""
    found = []
    for number in range(1, n + 1):
        account_id = f"a{number % 8}"
        if number % 41 == 0:
            one = merge(number, f"a{number % 7}", f"a{number % 5}", number)
        elif number % 5 == 0:
            one = exposure(number, account_id, [f"m{number % 9}", f"m{number % 4}"], number * 60)
        elif number % 13 == 0:
            one = preferences(number, account_id, number, tags=[f"t{number % 3}"])
        else:
            one = entry(number, account_id, f"m{number % 11}", number)
        found.append(one.record)
    return found


def chunks(profiles: Profiles) -> Iterator[Chunk]:
    """An imported past of ten accounts, two chunks of it."""
    for half in range(2):
        ids = [f"a{number // 3}" for number in range(half * 15, half * 15 + 15)]
        numbers = profiles.item_nos([f"m{number % 12}" for number in range(15)])
        instants = -np.arange(half * 15, half * 15 + 15, dtype=np.int64)
        yield ids, numbers, np.zeros(15, np.uint8), instants, np.ones(15, np.float32)
