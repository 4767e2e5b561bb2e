import http.client
import json
import subprocess
import sys
import threading
from urllib.parse import urlsplit

from settee.core import JournalSettings, Settings
from settee.store import Journal
from tests.respond.world import at

SERVE = """
import sys
from pathlib import Path
from settee.app import open_workspace
from settee.core import Settings
from settee.web import serve
settings = Settings.model_validate({"home": Path(sys.argv[1]), "serve": {"port": 0}})
with open_workspace(settings) as workspace:
    serve(workspace, on_start=lambda url: print(url, flush=True))
"""
N_EVENTS = 20


def batch(number: int) -> bytes:
    return json.dumps(
        [
            {
                "event_id": f"e-{number}-{place}",
                "account_id": f"a{place}",
                "kind": "play",
                "item_id": "alien",
                "at": at(-60 * 24).isoformat(),
            }
            for place in range(N_EVENTS)
        ]
    ).encode()


def start(home):
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(home)], stdout=subprocess.PIPE, text=True
    )
    address = urlsplit(process.stdout.readline().strip())
    return process, http.client.HTTPConnection(address.hostname, address.port, timeout=30)


def send(connection, number: int) -> dict:
    connection.request("POST", "/v1/events", batch(number), {"content-type": "application/json"})
    response = connection.getresponse()
    assert response.status == 200
    return json.loads(response.read())


def test_what_was_acknowledged_before_a_kill_is_there_once_and_sending_it_again_is_harmless(
    tmp_path,
):
    process, connection = start(tmp_path)
    acknowledged = []

    def pour() -> None:
        try:
            for number in range(100_000):
                send(connection, number)
                acknowledged.append(number)
                if number == 30:
                    enough.set()
        except (OSError, http.client.HTTPException):
            return

    enough = threading.Event()
    thread = threading.Thread(target=pour)
    thread.start()
    assert enough.wait(60)
    process.kill()
    process.wait()
    thread.join(30)
    process.stdout.close()
    connection.close()

    with Journal(tmp_path / "journal.db", JournalSettings()) as journal:
        stored = [entry.record.event_id for entry in journal.read(0, 10**6)]
    assert len(stored) == len(set(stored))
    promised = {f"e-{number}-{place}" for number in acknowledged for place in range(N_EVENTS)}
    assert promised <= set(stored)
    # The batch under way was stored whole or not at all.
    assert len(stored) % N_EVENTS == 0

    process, connection = start(tmp_path)
    assert send(connection, acknowledged[-1])["duplicates"] == N_EVENTS
    process.terminate()
    assert process.wait(30) == 0
    process.stdout.close()
    connection.close()
    assert Settings().journal.synchronous == "full"
