import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import Settings
from settee.web import create_app
from settee.web.pressure import Pressure, TooBusy
from tests.respond.world import with_settings
from tests.web.world import Client, Engine


def n_let_in(pressure, n=1000):
    return sum(pressure.lets_in() for _ in range(n))


def test_nobody_is_turned_away_while_the_wait_is_short():
    pressure = Pressure(500.0, time.monotonic)
    for _ in range(100):
        pressure.saw(0.4)
    assert n_let_in(pressure) == 1000


def test_twice_the_wait_halves_who_is_let_in_and_it_goes_on_while_it_lasts():
    pressure = Pressure(500.0, time.monotonic)
    pressure.saw(1.0)
    assert n_let_in(pressure) == 500
    pressure.saw(1.0)
    assert n_let_in(pressure) == 250


def test_a_service_that_is_ten_times_too_slow_settles_near_its_limit():
    pressure = Pressure(500.0, time.monotonic)
    waits = []
    for _ in range(400):
        waits.append(5.0 * pressure.share)  # the wait is what is let in
        pressure.saw(waits[-1])
    assert max(waits[50:]) < 0.65
    assert min(waits[50:]) > 0.3
    assert n_let_in(pressure) > 50  # and it goes on answering as many as it can


def test_everybody_is_let_in_again_when_it_is_over():
    pressure = Pressure(500.0, time.monotonic)
    for _ in range(50):
        pressure.saw(9.0)
    assert n_let_in(pressure) == 20
    for _ in range(50):
        pressure.saw(0.0)
    assert n_let_in(pressure) == 1000


@given(st.lists(st.floats(0, 60), max_size=80))
def test_some_are_always_let_in(waits):
    pressure = Pressure(500.0, time.monotonic)
    for wait_s in waits:
        pressure.saw(wait_s)
    assert n_let_in(pressure) >= 20


def test_a_blocked_loop_is_seen():
    async def blocked():
        pressure = Pressure(1.0, time.monotonic)
        await pressure.start()
        await asyncio.sleep(0)
        time.sleep(0.1)
        await asyncio.sleep(0.03)
        share = pressure.share
        await pressure.stop()
        await pressure.stop()
        return share

    assert asyncio.run(blocked()) < 1.0


@pytest.fixture
def crowded(tmp_path):
    engine = Engine(tmp_path, with_settings(Settings(), serve={"shed_above_ms": 10.0}))
    pressure = Pressure(engine.settings.serve.shed_above_ms, time.monotonic)
    pressure.saw(1.0)
    yield Client(create_app(engine, pressure)), engine
    engine.close()


def test_question_that_is_turned_away_is_told_when_to_come_back(crowded):
    client, _ = crowded
    for response in (
        client("GET", "/v1/recommendations", query=b"account_id=x"),
        client("POST", "/v1/who", b'{"account_id": "x"}'),
    ):
        if response.status == 200:
            continue
        assert (response.status, response.code) == (503, "too_busy")
        assert response.headers["retry-after"] == "1"
        assert "serve.shed_above_ms" in response.json["error"]["message"]
    assert client("GET", "/stats").json["turned_away"] >= 1


def test_events_and_probes_are_never_turned_away(crowded):
    client, _ = crowded
    for _ in range(5):
        event = b'{"event_id": "e", "account_id": "x", "kind": "play", "item_id": "alien", '
        assert client("POST", "/v1/events", event + b'"at": "2026-11-21T19:00:00Z"}').status == 200
        assert client("GET", "/health").status == 200


def test_limit_is_a_setting():
    strict, lax = (Pressure(limit, time.monotonic) for limit in (100.0, 1000.0))
    for one in (strict, lax):
        one.saw(0.5)
    assert n_let_in(strict) < n_let_in(lax) == 1000
    assert isinstance(strict.refusal(), TooBusy)
