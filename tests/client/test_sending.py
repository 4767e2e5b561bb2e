import asyncio
import gzip

import httpx
import pytest

from settee.client import AsyncClient, Client, ClientSettings
from tests.client.world import net, up


def test_key_goes_in_the_header_and_a_function_is_asked_before_each_try():
    keys = iter(["first", "second"])
    network = net(httpx.ReadTimeout("x"), up())
    transport = httpx.MockTransport(network)
    with Client(
        "http://settee.test", lambda: next(keys), transport=transport, means=network.means
    ) as client:
        client.health()
    sent = [one.headers["authorization"] for one in network.asked]
    assert sent == ["Bearer first", "Bearer second"]


def test_without_a_key_none_is_sent():
    network = net(up())
    with Client("http://settee.test", transport=httpx.MockTransport(network)) as client:
        client.health()
    assert "authorization" not in network.asked[0].headers


@pytest.mark.parametrize("key", ["", "a b", "a\nb", "schlüssel"])
def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(key):
    network = net(up())
    client = Client("http://settee.test", key, transport=httpx.MockTransport(network))
    with client, pytest.raises(ValueError, match="holds characters") as caught:
        client.health()
    assert not key or key not in str(caught.value)
    assert network.asked == []


@pytest.mark.parametrize("url", ["", "settee", "ftp://settee.test", "http://", "//settee.test"])
def test_an_address_that_is_none_is_refused_at_once(url):
    for kind in (Client, AsyncClient):
        with pytest.raises(ValueError, match="no address"):
            kind(url)


def test_a_path_before_the_service_is_kept():
    network = net(up())
    with Client("http://settee.test/api/", transport=httpx.MockTransport(network)) as client:
        client.health()
    assert network.asked[0].url == "http://settee.test/api/health"


def test_bodies_from_a_size_on_are_packed_and_questions_without_a_body_have_no_type():
    network = net(httpx.Response(200, json={"accepted": 1, "changed": 1, "rejected": []}))
    with network.client(gzip_from_bytes=100) as client:
        client.put_items([{"item_id": "m1"}])
        client.put_items([{"item_id": "m1", "title": "x" * 100}])
    small, large = network.asked
    assert "content-encoding" not in small.headers
    assert large.headers["content-encoding"] == "gzip"
    assert b"x" * 100 in gzip.decompress(large.content)
    network = net(up())
    with network.client(gzip_from_bytes=0) as client:
        client.health()
    assert {"content-type", "content-encoding"}.isdisjoint(network.asked[0].headers)


def test_timeouts_and_limits_are_handed_to_the_connections():
    settings = ClientSettings(
        timeout_s=1.5, connect_timeout_s=0.5, max_connections=7, max_idle_connections=3
    )
    for kind in (Client, AsyncClient):
        client = kind("http://settee.test", settings=settings)
        timeout = client._http.timeout
        assert (timeout.read, timeout.write) == (1.5, 1.5)
        assert (timeout.connect, timeout.pool) == (0.5, 0.5)
        pool = client._http._transport._pool
        assert (pool._max_connections, pool._max_keepalive_connections) == (7, 3)


def test_proxies_of_the_environment_are_heeded_only_where_that_is_set(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    for heeds in (False, True):
        client = Client("http://settee.test", settings=ClientSettings(use_environment=heeds))
        assert bool(client._http._mounts) is heeds


@pytest.mark.parametrize(
    "wrong",
    [{"timeout_s": 0}, {"deadline_s": float("nan")}, {"n_retries": -1}, {"max_connections": 0}],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} is"):
        ClientSettings(**wrong)


def test_a_client_that_is_closed_sends_nothing():
    client = net(up()).client()
    client.close()
    with pytest.raises(RuntimeError):
        client.health()

    async def closed():
        other = net(up()).async_client()
        await other.close()
        await other.health()

    with pytest.raises(RuntimeError):
        asyncio.run(closed())
