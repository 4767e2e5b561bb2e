"""Send requests at a constant rate and time each from the moment it was due.

A closed loop waits for an answer before it asks again, so a server that stalls for a second is
asked less and looks good. Here request i is due at start + i / rate, whatever happened before, and
its time runs from then: one stall of a second at 500 a second shows up in 500 figures.

One process, one thread, plain sockets to 127.0.0.1, `select` for its microsecond timeouts. A
request that finds no free connection waits for one, and that wait counts.
"""

import argparse
import json
import os
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
_SPIN_S = 0.0002
_HEAD_END = b"\r\n\r\n"


@dataclass
class Outcome:
    """What came of a run; times in milliseconds."""

    n_sent: int = 0
    n_done: int = 0
    seconds: float = 0.0
    rate: float = 0.0
    p50_ms: float = 0.0
    p90_ms: float = 0.0
    p99_ms: float = 0.0
    p999_ms: float = 0.0
    max_ms: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)


class _Connection:
    """One keep-alive connection with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due_s = 0.0
        self._received = b""

    def fileno(self) -> int:
        return self.socket.fileno()

    def send(self, raw: bytes, due_s: float) -> None:
        self.due_s = due_s
        self.socket.sendall(raw)

    def receive(self) -> str | None:
        """Status of the response once it is whole, None before."""
        piece = self.socket.recv(1 << 18)
        if not piece:
            raise ConnectionError("the server closed a connection")
        self._received += piece
        head, found, body = self._received.partition(_HEAD_END)
        if not found:
            return None
        lower = head.lower()
        at = lower.index(b"content-length:") + 15
        length = int(lower[at:].split(b"\r\n", 1)[0])
        if len(body) < length:
            return None
        self._received = body[length:]
        return head[9:12].decode()


def run_at_rate(
    port: int, requests: Sequence[bytes], rate: float, seconds: float, n_connections: int
) -> Outcome:
    """Send `requests`, over and over, `rate` a second for `seconds`."""
    free = deque(_Connection(port) for _ in range(n_connections))
    busy: set[_Connection] = set()
    waiting: deque[tuple[float, bytes]] = deque()
    times: list[float] = []
    outcome = Outcome()
    n = int(rate * seconds)
    start_s = time.perf_counter() + 0.05
    give_up_s = start_s + seconds + 10
    while len(times) < n and time.perf_counter() < give_up_s:
        now_s = time.perf_counter()
        while outcome.n_sent < n and start_s + outcome.n_sent / rate <= now_s:
            due_s = start_s + outcome.n_sent / rate
            waiting.append((due_s, requests[outcome.n_sent % len(requests)]))
            outcome.n_sent += 1
        while waiting and free:
            due_s, raw = waiting.popleft()
            connection = free.popleft()
            connection.send(raw, due_s)
            busy.add(connection)
        next_s = start_s + outcome.n_sent / rate if outcome.n_sent < n else now_s + 0.05
        pause_s = max(0.0, next_s - time.perf_counter() - _SPIN_S)
        ready, _, _ = select.select(list(busy), [], [], pause_s)
        for connection in ready:
            status = connection.receive()
            if status is not None:
                times.append(time.perf_counter() - connection.due_s)
                outcome.statuses[status] = outcome.statuses.get(status, 0) + 1
                busy.discard(connection)
                free.append(connection)
    outcome.seconds = time.perf_counter() - start_s
    return _summed_up(outcome, times)


def run_in_turn(
    port: int, requests: Sequence[bytes], seconds: float, n_connections: int
) -> Outcome:
    """Each connection sends its next request as soon as it has its answer (a closed loop)."""
    connections = [_Connection(port) for _ in range(n_connections)]
    times: list[float] = []
    outcome = Outcome()
    start_s = time.perf_counter()
    for connection in connections:
        connection.send(requests[outcome.n_sent % len(requests)], time.perf_counter())
        outcome.n_sent += 1
    while connections:
        ready, _, _ = select.select(connections, [], [], 10.0)
        if not ready:
            break
        for connection in ready:
            status = connection.receive()
            if status is None:
                continue
            now_s = time.perf_counter()
            times.append(now_s - connection.due_s)
            outcome.statuses[status] = outcome.statuses.get(status, 0) + 1
            if now_s - start_s < seconds and outcome.n_sent < len(requests):
                connection.send(requests[outcome.n_sent], now_s)
                outcome.n_sent += 1
            else:
                connections.remove(connection)
    outcome.seconds = time.perf_counter() - start_s
    return _summed_up(outcome, times)


def _summed_up(outcome: Outcome, times: list[float]) -> Outcome:
    ordered = sorted(times)
    outcome.n_done = len(ordered)
    outcome.rate = len(ordered) / outcome.seconds
    if ordered:
        for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)):
            place = min(len(ordered) - 1, int(share * len(ordered)))
            setattr(outcome, f"{name}_ms", round(1000 * ordered[place], 3))
        outcome.max_ms = round(1000 * ordered[-1], 3)
    return outcome


def get_request(path: str) -> bytes:
    """The bytes of a GET."""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()


def post_request(path: str, body: bytes) -> bytes:
    """The bytes of a POST of JSON."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    """Read requests from a file (4 bytes of length before each) and print the outcome as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--requests", type=Path, required=True)
    parser.add_argument("--rate", type=float, default=0.0, help="0: a closed loop")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--core", type=int, default=-1, help="-1: any")
    parser.add_argument("--first", action="store_true", help="go before all else on the core")
    given = parser.parse_args()
    if given.core >= 0:
        os.sched_setaffinity(0, {given.core})
    if given.first:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    requests = read_requests(given.requests)
    if given.rate > 0:
        outcome = run_at_rate(given.port, requests, given.rate, given.seconds, given.connections)
    else:
        outcome = run_in_turn(given.port, requests, given.seconds, given.connections)
    json.dump(asdict(outcome), sys.stdout)


def write_requests(path: Path, requests: Sequence[bytes]) -> None:
    """Write requests so that `read_requests` finds them again."""
    path.write_bytes(b"".join(len(raw).to_bytes(4, "big") + raw for raw in requests))


def read_requests(path: Path) -> list[bytes]:
    """Requests that `write_requests` wrote."""
    raw, requests, at = path.read_bytes(), [], 0
    while at < len(raw):
        end = at + 4 + int.from_bytes(raw[at : at + 4], "big")
        requests.append(raw[at + 4 : end])
        at = end
    return requests


if __name__ == "__main__":
    main()
