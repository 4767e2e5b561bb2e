"""Tell what an answer that lies ready costs the service itself, without a socket.

The protocol is given the bytes of 200 questions, over and over, and writes into nothing. The least
of many rounds is the figure: whatever else the machine does can only make a round longer.

Reads: the home folder that it is given.  Writes: nothing.
Not here: the same over sockets (speed/audience).
"""

import asyncio
import time
from pathlib import Path
from typing import cast

from uvicorn import Config
from uvicorn.server import ServerState

from settee.app import open_workspace
from settee.core import Settings
from settee.web import create_app
from settee.web.drain import Drained
from settee.web.protocol import Protocol

_N_QUESTIONS = 200


class _Nowhere:
    """A connection that takes whatever is written."""

    def __init__(self) -> None:
        self.n_answers = 0

    def write(self, data: bytes) -> None:
        """Take it."""
        self.n_answers += data.count(b"HTTP/1.1 200 OK")

    def is_closing(self) -> bool:
        """It never does."""
        return False

    def get_extra_info(self, _name: str, default: object = None) -> object:
        """There is nothing to tell."""
        return default


def own_us(home: Path, rounds: int) -> float:
    """Microseconds of one answer of ten people, the least of many rounds.

    Args:
        home: A folder with audiences of m0, m1 and so on.
        rounds: How often all are asked.
    """
    with open_workspace(Settings(home=home)) as workspace:
        return asyncio.run(_least_us(Drained(create_app(workspace)), rounds))


async def _least_us(app: Drained, rounds: int) -> float:
    config = Config(app, ws="none", lifespan="off", log_config=None, proxy_headers=False)
    config.load()
    state = ServerState()
    state.default_headers = [(b"date", b"Sat, 21 Nov 2026 16:00:00 GMT")]
    protocol = Protocol(config=config, server_state=state, app_state={})
    nowhere = _Nowhere()
    protocol.connection_made(cast("asyncio.Transport", nowhere))
    questions = [
        f"GET /v1/items/m{number}/audience?n=10 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        for number in range(_N_QUESTIONS)
    ]
    least_s = float("inf")
    for _ in range(rounds + 2):
        begun_s = time.perf_counter()
        for question in questions:
            protocol.data_received(question)
        least_s = min(least_s, time.perf_counter() - begun_s)
    if nowhere.n_answers != (rounds + 2) * _N_QUESTIONS:
        raise RuntimeError(f"only {nowhere.n_answers} questions were answered at once")
    protocol.connection_lost(ConnectionResetError())
    return 1e6 * least_s / _N_QUESTIONS
