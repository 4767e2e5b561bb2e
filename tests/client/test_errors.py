import asyncio

import httpx
import pytest

from settee.client import ClientError, errors
from tests.client.world import net, refusal

TREE = {
    400: errors.BadRequest,
    401: errors.KeyRefused,
    403: errors.NotAllowed,
    404: errors.NotFound,
    405: errors.Refused,
    408: errors.Refused,
    409: errors.Conflict,
    413: errors.TooLarge,
    415: errors.Refused,
    421: errors.Refused,
    429: errors.Overloaded,
    500: errors.ServiceFailed,
    503: errors.Unavailable,
}


@pytest.mark.parametrize(("status", "kind"), TREE.items())
def test_every_refusal_is_of_the_class_of_its_status_and_keeps_what_was_said(status, kind):
    said = refusal(status, "k_off", hint="Send 1.", place="k", retry_after="3")
    with net(said).client(n_retries=0) as client, pytest.raises(ClientError) as caught:
        client.health()
    error = caught.value
    assert type(error) is kind
    assert (error.code, error.message, error.hint, error.place) == ("k_off", "No.", "Send 1.", "k")
    assert (error.status, error.retry_after_s) == (status, 3.0)
    assert "k_off at k" in str(error)
    assert "Send 1." in str(error)


@pytest.mark.parametrize(
    ("raised", "kind", "code"),
    [
        (httpx.ConnectError("refused"), errors.CannotConnect, "cannot_connect"),
        (httpx.ConnectTimeout("late"), errors.CannotConnect, "cannot_connect"),
        (httpx.PoolTimeout("full"), errors.CannotConnect, "cannot_connect"),
        (httpx.ReadTimeout("late"), errors.TimedOut, "timed_out"),
        (httpx.RemoteProtocolError(""), errors.NoAnswer, "no_answer"),
        (httpx.DecodingError("gzip"), errors.BadAnswer, "bad_answer"),
    ],
)
def test_what_never_came_back_says_whether_it_was_sent(raised, kind, code):
    with net(raised).client(n_retries=0) as client, pytest.raises(kind) as caught:
        client.health()
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.status) == (code, 0)
    assert "http://settee.test" in caught.value.message


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"\xff", b'{"error": 3}'])
def test_an_error_of_a_proxy_keeps_its_status_and_says_that_it_is_strange(body):
    client = net(httpx.Response(502, content=body)).client(n_retries=0)
    with client, pytest.raises(errors.ServiceFailed) as caught:
        client.health()
    assert (caught.value.code, caught.value.status) == ("bad_answer", 502)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"is_up": "yes"}', b"\xff"])
def test_a_result_that_is_none_is_a_bad_answer_and_is_not_asked_for_again(body):
    network = net(httpx.Response(200, content=body))
    with network.client() as client, pytest.raises(errors.BadAnswer, match="health"):
        client.health()
    assert len(network.asked) == 1


def test_redirects_are_not_followed_for_they_would_carry_the_key_away():
    network = net(httpx.Response(307, headers={"location": "http://elsewhere.test/"}))
    with network.client() as client, pytest.raises(errors.BadAnswer):
        client.health()
    assert [one.url.host for one in network.asked] == ["settee.test"]


def test_the_async_client_raises_the_same():
    async def ask(said):
        async with net(said).async_client(n_retries=0) as client:
            await client.health()

    with pytest.raises(errors.Conflict):
        asyncio.run(ask(refusal(409)))
    with pytest.raises(errors.TimedOut):
        asyncio.run(ask(httpx.WriteTimeout("late")))
