import http.client
import os
import signal
import threading
import time

import pytest

from settee.core import Settings
from settee.web import create_app, serve
from settee.web.drain import Drained
from tests.respond.world import with_settings
from tests.web.world import Client, Engine


@pytest.fixture
def engine(tmp_path):
    engine = Engine(tmp_path, with_settings(Settings(), serve={"port": 0, "drain_s": 0.6}))
    yield engine
    engine.close()


def test_while_draining_every_answer_ends_its_connection_and_nobody_is_sent_here(engine):
    drained = Drained(create_app(engine))
    client = Client(drained)
    assert client("GET", "/ready").status == 200
    assert "connection" not in client("GET", "/health").headers
    drained.is_draining = True
    ready = client("GET", "/ready")
    assert (ready.status, ready.headers["connection"]) == (503, "close")
    assert ready.json["is_ready"] is False
    answer = client("GET", "/v1/recommendations", query=b"account_id=x")
    assert (answer.status, answer.headers["connection"]) == (200, "close")


def test_questions_that_come_after_the_signal_are_answered(engine):
    seen = []

    def ask(address):
        kept = http.client.HTTPConnection(*address, timeout=20)
        kept.request("GET", "/health")
        kept.getresponse().read()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.2)
        for connection in (kept, http.client.HTTPConnection(*address, timeout=20)):
            connection.request("GET", "/health")
            reply = connection.getresponse()
            seen.append((reply.status, reply.will_close))
            reply.read()

    def on_start(url):
        host, port = url.removeprefix("http://").rsplit(":", 1)
        threading.Thread(target=ask, args=((host, int(port)),)).start()

    serve(engine, on_start=on_start)
    assert seen == [(200, True), (200, True)]


def test_a_second_signal_ends_it_at_once(tmp_path):
    engine = Engine(tmp_path, with_settings(Settings(), serve={"port": 0, "drain_s": 3000.0}))

    def twice():
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGTERM)

    serve(engine, on_start=lambda _: threading.Thread(target=twice).start())
    engine.close()
