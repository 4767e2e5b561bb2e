import asyncio

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.client import Event, errors
from settee.client.results import Refused, Taken
from settee.client.streams import Cutter, moved
from tests.client.world import Net, net, refusal


def events(n: int):
    for number in range(n):
        yield Event(account_id="a", kind="browse", event_id=f"e{number}")


def takes(most: int):
    """A service that takes at most so many events at once, and refuses each tenth."""

    def answer(request: httpx.Request) -> httpx.Response:
        sent = [msgspec.json.decode(line) for line in request.content.splitlines()]
        if len(sent) > most:
            return refusal(413, "body_too_large")
        bad = [n for n, one in enumerate(sent) if one["event_id"].endswith("9")]
        rejected = [{"position": n, "error": {"code": "bad_event"}} for n in bad]
        counts = {"accepted": len(sent) - len(bad), "duplicates": 0, "rejected": rejected}
        return httpx.Response(200, json=counts)

    return answer


def sizes(network: Net) -> list[int]:
    return [len(one.content.splitlines()) for one in network.asked]


def test_a_stream_is_sent_in_batches_and_positions_count_through_all_of_it():
    network = net(takes(100))
    with network.client(gzip_from_bytes=10**9) as client:
        taken = list(client.stream_events(events(25), batch=10))
    assert sizes(network) == [10, 10, 5]
    assert sum(one.accepted for one in taken) == 23
    assert [bad.position for one in taken for bad in one.rejected] == [9, 19]


def test_batches_that_are_too_large_for_the_service_are_halved():
    network = net(takes(3))
    with network.client(gzip_from_bytes=10**9) as client:
        taken = list(client.stream_events(events(20), batch=10))
    assert sum(one.accepted for one in taken) == 18
    assert [bad.position for one in taken for bad in one.rejected] == [9, 19]
    in_order = [
        msgspec.json.decode(line)["event_id"]
        for request in network.asked
        if len(request.content.splitlines()) <= 3
        for line in request.content.splitlines()
    ]
    assert in_order == [f"e{n}" for n in range(20)]


def test_one_event_that_is_too_large_is_refused_by_its_position_and_harms_no_other():
    network = net(takes(0))
    with network.client() as client:
        taken = list(client.stream_events(events(3)))
    assert [bad.position for one in taken for bad in one.rejected] == [0, 1, 2]
    assert {bad.error["code"] for one in taken for bad in one.rejected} == {"body_too_large"}


def test_bytes_limit_a_batch_too():
    network = net(takes(100))
    with network.client(gzip_from_bytes=10**9) as client:
        list(client.stream_events(events(6), batch_bytes=250))
    assert max(sizes(network)) < 6
    assert all(len(one.content) <= 250 for one in network.asked)


def test_nothing_is_drawn_or_sent_before_it_is_needed():
    drawn = []
    network = net(takes(100))

    def endless():
        number = 0
        while True:
            drawn.append(number)
            yield Event(account_id="a", kind="browse", event_id=f"e{number}x")
            number += 1

    with network.client() as client:
        outcomes = client.stream_events(endless(), batch=5)
        assert network.asked == []
        assert next(outcomes).accepted == 5
        assert len(drawn) == 6
        assert len(network.asked) == 1


def test_a_batch_that_is_refused_ends_the_stream_and_what_was_before_it_is_told():
    network = net(takes(100), refusal(401))
    told = []
    with network.client() as client, pytest.raises(errors.KeyRefused):
        told.extend(client.stream_events(events(20), batch=5))
    assert len(network.asked) == 2
    with net(takes(100), refusal(401)).client() as client:
        outcomes = client.stream_events(events(20), batch=5)
        assert next(outcomes).accepted == 5


def test_items_stream_alike():
    stored = httpx.Response(200, json={"accepted": 2, "changed": 1, "rejected": []})
    network = net(stored)
    items = [{"item_id": f"m{n}", "year": None} for n in range(4)]
    with network.client() as client:
        outcomes = list(client.stream_items(items, batch=2))
    assert [one.changed for one in outcomes] == [1, 1]
    assert b"year" not in network.asked[0].content
    with net(refusal(413)).client() as client:
        (outcome,) = client.stream_items(items[:1])
    assert outcome.rejected[0].position == 0


@pytest.mark.parametrize("is_async", [True, False])
def test_the_async_client_takes_sync_and_async_iterables(is_async):
    async def later(n):
        for one in events(n):
            await asyncio.sleep(0)
            yield one

    async def run():
        async with network.async_client(gzip_from_bytes=10**9) as client:
            source = later(12) if is_async else events(12)
            return [one async for one in client.stream_events(source, batch=10)]

    network = net(takes(4))
    taken = asyncio.run(run())
    assert sum(one.accepted for one in taken) == 11
    assert [bad.position for one in taken for bad in one.rejected] == [9]


def test_the_async_client_streams_items_and_refuses_one_that_is_too_large():
    async def run():
        async with net(refusal(413)).async_client() as client:
            return [one async for one in client.stream_items([{"item_id": "m"}] * 3, batch=2)]

    outcomes = asyncio.run(run())
    assert [bad.position for one in outcomes for bad in one.rejected] == [0, 1, 2]


@given(st.lists(st.text(max_size=30), max_size=30), st.integers(1, 7), st.integers(1, 60))
def test_batches_hold_everything_once_in_order_within_their_limits(parts, batch, batch_bytes):
    cutter = Cutter(batch, batch_bytes)
    batches = [one for part in parts if (one := cutter.add(part)) is not None]
    rest = cutter.rest()
    batches += [] if rest is None else [rest]
    assert cutter.rest() is None
    lines = [line for one in batches for line in one.lines]
    assert [msgspec.json.decode(line) for line in lines] == parts
    first = 0
    for one in batches:
        assert one.first == first
        first += len(one.lines)
        assert 1 <= len(one.lines) <= batch
        assert len(one.lines) == 1 or sum(map(len, one.lines)) <= batch_bytes


def test_sizes_below_one_are_refused():
    with net(takes(1)).client() as client:
        for wrong in ({"batch": 0}, {"batch_bytes": 0}):
            with pytest.raises(ValueError, match="start at 1"):
                client.stream_events([], **wrong)


def test_positions_of_the_first_batch_stay():
    outcome = Taken(1, 0, [Refused(3, {})])
    assert moved(outcome, 0) is outcome
    assert moved(Taken(1, 0, []), 7).accepted == 1
