"""The way in and out, asked as a browser would."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from settee.client import AsyncClient, ClientSettings
from settee.console.gate import COOKIE
from settee.console.sessions import Sessions
from settee.console.signing import Signing
from settee.core import Settings

OWNER = {
    "tenant_id": "default", "role": "owner", "permissions": ["stats.read"],
    "account_id": None, "expires_at": None, "key": None,
}  # fmt: skip


def service(*, needs_key=True, is_up=True):
    def answer(request):
        if not is_up:
            raise httpx.ConnectError("nobody listens")
        if needs_key and request.headers.get("x-api-key", "") != "good":
            bearer = request.headers.get("authorization", "")
            if bearer != "Bearer good":
                error = {"code": "key_refused", "message": "The key is unknown.", "hint": "Ask."}
                return httpx.Response(401, json={"error": error})
        return httpx.Response(200, json=OWNER)

    return httpx.MockTransport(answer)


def sign(what, *, host="127.0.0.1", is_https=False, **kind):
    """The response to one request, and how many are signed in after it."""

    async def run():
        transport = service(**kind)
        sessions = Sessions(60.0, 9, lambda: 0.0)
        own = Settings().console.model_copy(update={"host": host, "is_https": is_https})

        def make(key):
            quick = ClientSettings(n_retries=0)
            return AsyncClient("http://service.test", key, settings=quick, transport=transport)

        app = FastAPI()
        Signing(sessions, own, make, frozenset({"/", "/watch"})).add_to(app)
        asgi = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=asgi, base_url="http://console.test") as browser:
            response = await what(browser)
        n = len(sessions)
        await sessions.close()
        return response, n

    return asyncio.run(run())


def key(text, to="/"):
    return lambda browser: browser.post("/sign-in", data={"key": text, "to": to})


def test_a_good_key_opens_a_session_and_the_cookie_is_for_this_site_alone():
    response, n = sign(key("good", "/watch"))
    assert (response.status_code, response.headers["location"], n) == (303, "/watch", 1)
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "Secure" not in cookie
    assert "good" not in cookie


def test_behind_https_the_cookie_is_for_https_alone():
    response, _ = sign(key("good"), is_https=True)
    assert "Secure" in response.headers["set-cookie"]


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/nowhere", ""])
def test_one_is_led_to_no_place_but_a_page(to):
    response, _ = sign(key("good", to))
    assert response.headers["location"] == "/"


@pytest.mark.parametrize("text", ["bad", "", "with space", "ключ", "\x00"])
def test_a_wrong_key_says_so_and_opens_nothing(text):
    response, n = sign(key(text))
    assert (response.status_code, n) == (401, 0)
    assert 'role="alert"' in response.text
    assert "set-cookie" not in response.headers


def test_a_key_longer_than_any_is_not_read():
    response, n = sign(key("x" * 20_000))
    assert (response.status_code, n) == (413, 0)


def test_the_form_repeats_nothing_that_a_page_could_run():
    response, _ = sign(lambda browser: browser.get("/sign-in?to=%22%3E%3Cscript%3E"))
    assert "<script>" not in response.text


def test_where_no_key_is_needed_somebody_at_this_machine_is_in_at_once():
    response, n = sign(lambda browser: browser.get("/sign-in?to=/watch"), needs_key=False)
    assert (response.status_code, response.headers["location"], n) == (303, "/watch", 1)


def test_on_an_open_address_nobody_is_in_without_a_key():
    everywhere = "0.0.0.0"  # noqa: S104 -- never bound
    response, n = sign(lambda browser: browser.get("/sign-in"), host=everywhere, needs_key=False)
    assert (response.status_code, n) == (200, 0)
    assert "API key" in response.text


def test_where_a_key_is_needed_the_form_asks_for_it():
    response, n = sign(lambda browser: browser.get("/sign-in"))
    assert (response.status_code, n) == (200, 0)


@pytest.mark.parametrize("what", [lambda browser: browser.get("/sign-in"), key("good")])
def test_a_service_that_is_down_is_told_as_such(what):
    response, n = sign(what, is_up=False)
    assert (response.status_code, n) == (503, 0)
    assert "nobody listens" in response.text


def test_who_signs_out_is_out():
    async def story(browser):
        await browser.post("/sign-in", data={"key": "good"})
        return await browser.post("/sign-out")

    response, n = sign(story)
    assert (response.status_code, response.headers["location"], n) == (303, "/sign-in", 0)
