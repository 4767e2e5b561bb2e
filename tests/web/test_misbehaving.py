"""Parts behind the door that hang, fail or talk nonsense: a named rung answers, life goes on."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from settee.core import Settings
from settee.respond import RUNGS
from settee.web import create_app
from tests.respond.world import ITEMS, Slow, event, small_model, with_settings, with_source
from tests.web.world import Client, Engine

N = len(ITEMS)
CALM = with_settings(Settings(), respond={"source_budget_ms": 30_000.0})
"""For sources that answer, on machines that are busy with other things."""
HASTY = with_settings(Settings(), respond={"source_budget_ms": 80.0})
NONSENSE = {
    "not numbers": lambda n: np.full((n, N), np.nan, np.float32),
    "one not a number": lambda n: np.where(np.arange(N) == 3, np.nan, 1.0)[None].repeat(n, 0),
    "infinite": lambda n: np.full((n, N), np.inf, np.float32),
    "too few": lambda n: np.ones((n, N - 1), np.float32),
    "too many": lambda n: np.ones((n, N + 1), np.float32),
    "turned": lambda n: np.ones((N, n + 1), np.float32),
    "flat": lambda n: np.ones(n * N, np.float32),
    "nothing": lambda n: None,  # noqa: ARG005 -- one signature for all
    "a list": lambda n: [[1.0] * N] * n,
    "words": lambda n: np.full((n, N), "high"),
    "objects": lambda n: np.full((n, N), None, object),
    "whole numbers": lambda n: np.ones((n, N), np.int64),
    "truths": lambda n: np.ones((n, N), np.bool_),
    "imaginary": lambda n: np.full((n, N), 1j),
    "long": lambda n: np.linspace(0, 1, n * N).reshape(n, N),
    "huge": lambda n: np.full((n, N), 3e38, np.float32),
    "backwards": lambda n: np.ones((n, N), np.float32)[:, ::-1],
    "read only": lambda n: np.broadcast_to(np.float32(1), (n, N)),
}
RAISED = {
    "an error": RuntimeError("broken"),
    "no memory": MemoryError(),
    "too deep": RecursionError(),
    "a stop": StopIteration(),
    "an error without words": KeyError(),
}


class Talks:
    """A source that says whatever it is told to say."""

    needs_history = True

    def __init__(self, inner, say):
        self.inner, self.say, self.n_asked = inner, say, 0

    def score(self, histories):
        self.n_asked += 1
        return self.say(histories.n_people)

    def shares(self, history, items):
        return self.inner.shares(history, items)


def door_with(home, change, settings=CALM):
    """A door behind which a model has been changed."""
    engine = Engine(home, settings, with_model=False)
    engine.world.happened(event("e1", "x", "alien"), event("e2", "x", "casino"))
    model = change(small_model(engine.settings))
    engine._responder.stop()
    engine._responder = engine.world.responder(model=model, people=engine.people)
    return Client(create_app(engine)), engine


def ask(client, **more):
    """An answer that has all that an answer must have."""
    more = {"account_id": "x", "k": 3, **more}
    query = "&".join(f"{name}={value}" for name, value in more.items())
    response = client("GET", "/v1/recommendations", query=query.encode())
    assert response.status == 200, response.body
    answer = response.json
    assert answer["rung"] in RUNGS
    assert answer["items"]
    assert all(isinstance(one["score"], float | int) for one in answer["items"])
    assert [one["rank"] for one in answer["items"]] == list(range(1, len(answer["items"]) + 1))
    assert client("GET", "/health").status == 200
    return answer


@pytest.mark.parametrize("what", NONSENSE)
def test_a_source_that_talks_nonsense_is_left_out_or_harmless(tmp_path, what):
    def change(model):
        return with_source(model, "ease", Talks(model.sources["ease"], NONSENSE[what]))

    client, engine = door_with(tmp_path, change)
    answer = ask(client)
    assert answer["rung"] == "fusion"
    assert answer["left_out"].get("ease", "failed") == "failed"
    marks = {mark["name"] for one in answer["items"] for mark in one["sources"]}
    assert ("ease" in marks) <= ("ease" not in answer["left_out"])
    assert ask(client, explain="full")
    engine.close()


@pytest.mark.parametrize("what", RAISED)
def test_a_source_that_fails_is_left_out_by_name(tmp_path, what):
    def change(model):
        return with_source(model, "ease", Slow(model.sources["ease"], error=RAISED[what]))

    client, engine = door_with(tmp_path, change)
    answer = ask(client)
    assert (answer["rung"], answer["left_out"]) == ("fusion", {"ease": "failed"})
    engine.close()


def test_a_source_that_hangs_is_late_once_and_then_not_waited_for(tmp_path):
    go_on = threading.Event()

    def change(model):
        return with_source(model, "ease", Slow(model.sources["ease"], wait=go_on))

    client, engine = door_with(tmp_path, change, HASTY)
    try:
        for _ in range(5):
            answer = ask(client)
            assert answer["left_out"]["ease"] in ("late", "resting")
        named = client("GET", "/metrics").body.decode()
        assert 'source="ease"' in named
    finally:
        go_on.set()
        engine.close()


@pytest.mark.parametrize("how", ["fails", "hangs", "nonsense"])
def test_when_every_source_of_the_model_is_gone_a_lower_rung_still_answers(tmp_path, how):
    go_on = threading.Event()

    def bad(inner):
        if how == "fails":
            return Slow(inner, error=RuntimeError("broken"))
        if how == "hangs":
            return Slow(inner, wait=go_on)
        return Talks(inner, NONSENSE["not numbers"])

    def change(model):
        for name in list(model.sources):
            model = with_source(model, name, bad(model.sources[name]))
        return model

    client, engine = door_with(tmp_path, change, HASTY if how == "hangs" else CALM)
    try:
        answer = ask(client)
        assert answer["rung"] != "ranker"
        assert answer["because"]
        assert set(answer["left_out"]) >= {"ease", "popular"}
        assert client("GET", "/ready").status in (200, 503)
        assert client("GET", "/v1/items/alien/similar").status in (200, 503)
    finally:
        go_on.set()
        engine.close()


def test_a_source_that_cannot_give_reasons_does_not_cost_the_answer(tmp_path):
    class Mute(Talks):
        def shares(self, *_):
            raise RuntimeError("no reasons")

    def change(model):
        for name, inner in list(model.sources.items()):
            model = with_source(model, name, Mute(inner, NONSENSE["long"]))
        return model

    client, engine = door_with(tmp_path, change)
    for how in ("true", "full"):
        assert "reason" not in ask(client, explain=how)["items"][0]
    engine.close()


@pytest.mark.parametrize("error", [RuntimeError("broken"), MemoryError(), KeyError("x")])
def test_persons_that_cannot_be_told_cost_neither_the_answer_nor_the_process(tmp_path, error):
    class Broken(SimpleNamespace):
        def __getattr__(self, name):
            def fail(*_args, **_more):
                raise error

            return fail

    client, engine = door_with(tmp_path, lambda model: model)
    engine._responder.stop()
    engine._responder = engine.world.responder(people=Broken())
    client = Client(create_app(engine))
    answer = ask(client)
    assert answer["person"]["mode"] == "account"
    assert answer["person"]["because"] == "people_failed"
    engine.close()


@pytest.mark.parametrize(
    "jump", [timedelta(days=-20_000), timedelta(days=-1), timedelta(days=1), timedelta(days=20_000)]
)
def test_a_clock_that_jumps_changes_no_answer_into_an_error(door, jump):
    client, engine = door
    engine.world.happened(event("e1", "y", "alien"))
    before = ask(client, account_id="y")
    engine.world.now += jump
    for path in ("/v1/accounts/y", "/v1/accounts/y/people", "/v1/items/alien/similar", "/metrics"):
        assert client("GET", path).status == 200, path
    after = ask(client, account_id="y", device_type="tv")
    assert {one["item_id"] for one in after["items"]}.isdisjoint({"alien"})
    assert client("POST", "/v1/who", b'{"account_id": "y"}').status == 200
    engine.world.now -= jump
    again = ask(client, account_id="y")
    assert [one["item_id"] for one in again["items"]] == [one["item_id"] for one in before["items"]]


@pytest.mark.parametrize(
    "at", ["1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2300-01-01T00:00:00Z",
           "2026-11-21T20:00:00+14:00", "2026-11-21T20:00:00.123456789Z", "9999-12-31T23:59:59Z"],
)  # fmt: skip
def test_events_of_a_skewed_clock_are_taken_or_refused_by_name_and_harm_no_answer(door, at):
    client, _ = door
    skewed = {"event_id": "s1", "account_id": "x", "kind": "play", "item_id": "alien", "at": at}
    response = client("POST", "/v1/events", json.dumps(skewed).encode())
    assert response.status in (200, 400)
    if response.status == 400:
        assert response.code == "bad_event"
    ask(client)
    assert client("GET", "/v1/accounts/x").status in (200, 404)
    asked = client("POST", "/v1/who", f'{{"account_id": "x", "at": "{at}"}}'.encode())
    assert asked.status in (200, 400)


def test_a_ranker_that_fails_gives_way_to_fusion(tmp_path):
    def promoted(model):
        return replace(model, is_promoted=True, ranker=object())

    client, engine = door_with(tmp_path, promoted)
    answer = ask(client)
    assert (answer["rung"], answer["because"]) == ("fusion", "ranker_failed")
    engine.close()
