import asyncio
import json

import pytest

from settee.client.results import Refused, Stored, Taken
from settee.console import importing
from settee.console.importing import Tally, lines_of, send_file
from settee.console.wire_lines import MAX_LINE

EVENT = {"account_id": "a1", "kind": "browse", "at": "2026-11-20T20:00:00Z"}


async def chunked(raw, size):
    for start in range(0, len(raw), size):
        yield raw[start : start + size]


class Service:
    """Takes everything but what a test says."""

    def __init__(self, refuse=(), fail_after=None):
        self.batches, self.refuse, self.fail_after = [], refuse, fail_after

    async def __call__(self, lines):
        if self.fail_after is not None and len(self.batches) >= self.fail_after:
            return None
        self.batches.append(list(lines))
        bad = [
            Refused(place, {"code": "bad_event", "message": "no"})
            for place, one in enumerate(lines)
            if one.get("kind") in self.refuse
        ]
        return Taken(len(lines) - len(bad), 0, bad)


def sent(raw, service, kind="events", size=7, name="events.jsonl"):
    seen = []
    tally = asyncio.run(
        send_file(chunked(raw, size), name, kind, service, lambda one: seen.append(one.n_lines))
    )
    return tally, seen


def lines(*events):
    return b"\n".join(json.dumps(one).encode() for one in events)


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_lines_are_the_same_however_the_file_is_cut(size):
    async def read():
        return [line async for line in lines_of(chunked(b"a\nbb\n\nccc", size))]

    assert asyncio.run(read()) == [b"a", b"bb", b"", b"ccc"]


def test_every_good_line_is_sent_and_every_bad_one_counted_with_its_place():
    service = Service(refuse=("nonsense",))
    raw = (
        lines(EVENT, EVENT | {"kind": "nonsense"})
        + b'\n\n{"half\n[1]\n'
        + lines({"account_id": "a1", "kind": "browse"})
    )
    tally, _ = sent(raw, service)
    assert (tally.n_lines, tally.accepted) == (6, 1)
    assert tally.reasons == {"not_json": 2, "no_at": 1, "bad_event": 1}
    assert sorted(line for line, _, _ in tally.examples) == [2, 4, 5, 6]


def test_a_line_without_an_id_gets_the_same_one_each_time():
    first, second = Service(), Service()
    sent(lines(EVENT, EVENT | {"kind": "play"}), first)
    sent(lines(EVENT) + b"  \n", second)
    ids = [one["event_id"] for one in first.batches[0]]
    assert len(set(ids)) == 2
    assert second.batches[0][0]["event_id"] == ids[0]
    kept = Service()
    sent(lines(EVENT | {"event_id": "mine"}), kept)
    assert kept.batches[0][0]["event_id"] == "mine"


def test_lines_go_in_batches_and_progress_is_told(monkeypatch):
    monkeypatch.setattr(importing, "_BATCH", 2)
    service = Service()
    tally, seen = sent(lines(*[EVENT] * 5), service)
    assert [len(one) for one in service.batches] == [2, 2, 1]
    assert seen == [2, 4, 5]
    assert tally.n_bytes == len(lines(*[EVENT] * 5)) + 1


def test_large_lines_make_small_batches(monkeypatch):
    monkeypatch.setattr(importing, "_BATCH_BYTES", 10)
    service = Service()
    sent(lines(EVENT, EVENT), service)
    assert [len(one) for one in service.batches] == [1, 1]


def test_nothing_more_is_sent_once_the_service_stops_taking(monkeypatch):
    monkeypatch.setattr(importing, "_BATCH", 2)
    service = Service(fail_after=1)
    tally, _ = sent(lines(*[EVENT] * 6), service)
    assert tally.is_stopped
    assert (tally.accepted, tally.n_lines) == (2, 4)


def test_items_need_no_instant_and_say_how_many_changed():
    async def put(items):
        return Stored(len(items), 1, [])

    tally, _ = sent(b'{"item_id": "m1"}\n{"item_id": "m2"}', put, "items", 9)
    assert (tally.accepted, tally.changed, tally.duplicates) == (2, 1, 0)


def test_a_file_of_another_kind_is_one_line_that_is_too_long():
    tally, _ = sent(b"\x00" * (MAX_LINE + 10), Service(), size=1 << 16)
    assert tally.reasons == {"too_long": 1}


def test_only_the_first_refused_lines_are_shown():
    tally = Tally()
    for line in range(100):
        tally.refuse(line, "bad", "no")
    assert (tally.reasons["bad"], len(tally.examples)) == (100, importing._SHOWN)


def test_csv_is_sent_like_json_lines_in_the_same_batches(monkeypatch):
    monkeypatch.setattr(importing, "_BATCH", 2)
    service = Service(refuse=("nonsense",))
    raw = b"account_id,kind,at\n" + b"a1,browse,2026-11-20T20:00:00Z\n" * 3
    raw += b"a1,nonsense,2026-11-20T20:00:00Z\na1,browse\n"
    tally, seen = sent(raw, service, name="Events.CSV")
    assert [len(one) for one in service.batches] == [2, 2]
    assert tally.reasons == {"bad_event": 1, "wrong_columns": 1}
    assert sorted(line for line, *_ in tally.examples) == [5, 6]
    assert seen[-1] == 6


def test_csv_with_a_header_that_cannot_be_read_sends_nothing():
    service = Service()
    tally, _ = sent(b"who,kind\n" + b"a1,browse\n" * 9, service, name="events.csv")
    assert service.batches == []
    assert (tally.n_lines, tally.reasons) == (1, {"bad_header": 1})
