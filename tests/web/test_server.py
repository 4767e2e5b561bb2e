import gc
import http.client
import os
import signal
import socket
import threading

import pytest

from settee.core import Settings
from settee.web import CannotListen, NoKeys, serve
from settee.web.server import quiet_collector
from tests.respond.world import with_settings
from tests.web.world import Engine


@pytest.fixture
def engine(tmp_path):
    engine = Engine(tmp_path, with_settings(Settings(), serve={"port": 0}))
    yield engine
    engine.close()
    gc.unfreeze()


def test_server_answers_on_a_socket_and_ends_on_a_signal(engine):
    seen = {}
    ended = threading.Event()

    def ask(address: tuple[str, int]) -> None:
        try:
            connection = http.client.HTTPConnection(*address, timeout=20)
            connection.request("GET", "/v1/recommendations?account_id=x&k=2")
            response = connection.getresponse()
            seen["status"], seen["body"] = response.status, response.read()
            seen["headers"] = {name.lower() for name, _ in response.getheaders()}
            connection.close()
        finally:
            while not ended.wait(0.2):
                os.kill(os.getpid(), signal.SIGTERM)

    def on_start(url: str) -> None:
        host, port = url.removeprefix("http://").rsplit(":", 1)
        threading.Thread(target=ask, args=((host, int(port)),)).start()

    before = signal.getsignal(signal.SIGTERM)
    try:
        serve(engine, on_start=on_start)
    finally:
        ended.set()
    assert signal.getsignal(signal.SIGTERM) is before
    assert seen["status"] == 200
    assert b'"rung":"popular"' in seen["body"]
    assert "server" not in seen["headers"]


def test_signal_before_the_first_request_ends_the_server_too(engine):
    serve(engine, on_start=lambda _: os.kill(os.getpid(), signal.SIGINT))


def test_server_in_another_thread_leaves_signals_alone(engine):
    before = signal.getsignal(signal.SIGTERM)
    servers = []
    urls = []

    def run() -> None:
        serve(engine, on_start=urls.append, on_server=servers.append)

    thread = threading.Thread(target=run)
    thread.start()
    while not servers and thread.is_alive():
        thread.join(0.01)
    servers[0].should_exit = True
    thread.join(20)
    assert not thread.is_alive()
    assert urls
    assert signal.getsignal(signal.SIGTERM) is before


def test_address_that_is_taken_is_said_plainly(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        engine = Engine(tmp_path, with_settings(Settings(), serve={"port": port}))
        with pytest.raises(CannotListen) as caught:
            serve(engine)
        assert caught.value.place == "serve.port"
        engine.close()


def test_public_address_without_a_key_is_never_bound(tmp_path):
    public = with_settings(Settings(), serve={"host": "0.0.0.0", "port": 0})  # noqa: S104 -- refused
    engine = Engine(tmp_path, public)
    with pytest.raises(NoKeys):
        serve(engine)
    engine.close()


def test_collector_leaves_alone_what_is_there_already():
    before = gc.get_freeze_count()
    quiet_collector()
    assert gc.get_freeze_count() > before
    gc.unfreeze()
