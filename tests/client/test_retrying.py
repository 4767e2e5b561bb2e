import asyncio

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.client import ClientSettings, errors
from settee.client.retrying import jitter, wait_s
from settee.client.wire import Route
from tests.client.world import net, refusal, up

READ = Route("GET", "/health", bytes).call()
ONCE = Route("POST", "/v1/keys", bytes, is_repeatable=False).call()
TAKEN = httpx.Response(200, json={"accepted": 1, "duplicates": 0, "rejected": []})


def failed(kind: type, status: int = 0, retry_after_s: float | None = None) -> errors.ClientError:
    return kind("x", code="x", status=status, retry_after_s=retry_after_s)


@pytest.mark.parametrize("away", [httpx.ReadTimeout("x"), refusal(503), refusal(502), refusal(429)])
def test_a_question_is_asked_again_until_it_is_answered(away):
    network = net(away, away, up())
    with network.client() as client:
        assert client.health().is_up
    assert len(network.asked) == 3
    assert network.slept == [0.1, 0.2]


def test_the_async_client_tries_again_alike():
    async def ask():
        async with network.async_client() as client:
            return await client.health()

    network = net(httpx.ConnectError("x"), refusal(504), up())
    assert asyncio.run(ask()).is_up
    assert network.slept == [0.1, 0.2]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 500])
def test_what_would_fail_again_is_not_sent_again(status):
    network = net(refusal(status))
    with network.client() as client, pytest.raises(errors.ClientError):
        client.health()
    assert len(network.asked) == 1


def test_events_that_are_sent_again_keep_their_ids_so_that_they_count_once():
    network = net(httpx.ReadTimeout("x"), refusal(503), TAKEN)
    with network.client() as client:
        client.send_events([{"account_id": "a", "kind": "browse"}])
    bodies = {one.content for one in network.asked}
    assert len(network.asked) == 3
    assert len(bodies) == 1
    sent = msgspec.json.decode(bodies.pop())
    assert sent["event_id"]
    assert sent["at"]


def test_a_correction_that_is_sent_again_keeps_its_id():
    network = net(httpx.ReadTimeout("x"), httpx.Response(200, json={"event_id": "c", "is_new": 1}))
    with network.client() as client, pytest.raises(errors.BadAnswer):
        client.correct("a", "guest", sessions=["e1"])
    assert len({one.content for one in network.asked}) == 1
    assert msgspec.json.decode(network.asked[0].content)["event_id"]


def test_what_may_not_be_done_twice_is_sent_again_only_if_it_was_surely_not_taken():
    settings = ClientSettings()
    for unsure in (
        failed(errors.TimedOut),
        failed(errors.NoAnswer),
        failed(errors.Unavailable, 503),
    ):
        assert wait_s(ONCE, unsure, 1, 0.0, settings, 0.5) is None
        assert wait_s(READ, unsure, 1, 0.0, settings, 0.5) is not None
    for sure in (failed(errors.CannotConnect), failed(errors.Overloaded, 429)):
        assert wait_s(ONCE, sure, 1, 0.0, settings, 0.5) is not None


@pytest.mark.parametrize(
    ("verb", "said", "tries"),
    [
        ("make_key", {"name": "n", "role": "service"}, 1),
        ("revoke_key", {"key_id": "k"}, 1),
        ("make_tenant", {"tenant_id": "t"}, 1),
        ("remove_tenant", {"tenant_id": "t"}, 1),
        ("put_rules", {"rules": []}, 5),
        ("put_rules", {"rules": [], "after": 3}, 1),
        ("roll_back_rules", {}, 1),
        ("roll_back_rules", {"to": 3}, 5),
        ("roll_back_rules", {"to": 3, "after": 4}, 1),
        ("try_rules", {"rules": []}, 5),
        ("merge", {"account_id": "a", "origin": "b"}, 5),
        ("onboard", {"account_id": "a"}, 5),
        ("put_contact", {"account_id": "a", "child": True}, 5),
        ("suppress", {"entries": ["a"]}, 5),
        ("put_items", {"items": []}, 5),
        ("who", {"account_id": "a"}, 5),
        ("make_audience", {"item_id": "m"}, 1),
        ("preview_audience", {"item_id": "m"}, 5),
    ],
)
def test_each_method_is_sent_again_only_if_that_does_nothing_twice(verb, said, tries):
    network = net(refusal(503))
    with network.client() as client, pytest.raises(errors.Unavailable):
        getattr(client, verb)(**said)
    assert len(network.asked) == tries
    assert len({one.content for one in network.asked}) == 1


def test_number_of_tries_is_a_setting():
    for n_retries in (0, 2):
        network = net(refusal(503))
        with network.client(n_retries=n_retries) as client, pytest.raises(errors.Unavailable):
            client.health()
        assert len(network.asked) == n_retries + 1


def test_a_wait_that_the_service_asks_for_is_kept():
    network = net(refusal(429, retry_after="7"), up())
    with network.client() as client:
        client.health()
    assert network.slept == [7.1]


def test_a_wait_beyond_the_deadline_is_not_begun():
    network = net(refusal(503, retry_after="30"))
    with network.client(deadline_s=50.0) as client, pytest.raises(errors.Unavailable) as caught:
        client.health()
    assert network.slept == [30.1]
    assert caught.value.retry_after_s == 30.0


def test_waits_double_up_to_the_longest():
    network = net(refusal(503))
    client = network.client(backoff_s=1.0, longest_backoff_s=3.0)
    with client, pytest.raises(errors.Unavailable):
        client.health()
    assert network.slept == [1.0, 2.0, 3.0, 3.0]


@given(st.floats(0, 1), st.integers(1, 4), st.floats(0, 100), st.none() | st.integers(0, 100))
def test_no_wait_is_shorter_than_asked_for_or_ends_after_the_deadline(drawn, n, spent, after):
    settings = ClientSettings()
    error = failed(errors.Overloaded, 429, None if after is None else float(after))
    wait = wait_s(READ, error, n, spent, settings, drawn)
    if wait is None:
        assert spent + (after or 0) + settings.backoff_s * 2 ** (n - 1) >= settings.deadline_s
    else:
        assert wait >= (after or 0)
        assert spent + wait < settings.deadline_s


def test_jitter_lies_between_nought_and_one():
    drawn = [jitter() for _ in range(100)]
    assert all(0 <= one <= 1 for one in drawn)
    assert len(set(drawn)) > 50
