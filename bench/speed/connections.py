"""Hold 1,000 connections at once, and see that none fails and that memory stays where it is.

All of them ask for as long as it lasts, half for answers in full and half for lists made ahead, at
a pace that one core can keep: a thousand people who look at a page every couple of seconds. Memory
is looked at after the first quarter and at the end. Then two workers serve the same home, and what
each really costs is its share of pages (PSS), with what both map counted by halves.

Reads: ratings.parquet and items.parquet of a MovieLens folder, or nothing.
Writes: the work folder.
Not here: how fast one core can be (speed/answers).
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from bench.harness import ROOT, Bar, Context, Result
from bench.load import HOST, get_request
from bench.speed.door import Door, load, running_door
from bench.speed.movies import movies
from bench.speed.shared_films import account_ids, fill_shared_home
from settee.app import open_workspace
from settee.core import Settings

ID = "speed/connections"
SUMMARY = "1,000 connections for a minute: failures and memory; pages that two workers share"

_CONNECTIONS = 1_000
_RATE = 300.0


def run(context: Context) -> Result:
    """Build a home, then hold the connections."""
    found = movies(context.data, context.seed, quick=context.quick)
    home = context.work / "home"
    fill_shared_home(home, found, Settings(), context.seed, 200 if context.quick else 1000)
    with open_workspace(Settings(home=home)) as workspace:
        workspace.precompute("home")
    ids = account_ids(found)
    paths = [
        path
        for one in ids
        for path in (
            f"/v1/recommendations?account_id={one}&explain=false",
            f"/v1/lists/home?account_id={one}",
        )
    ]
    requests = [get_request(path) for path in paths]
    seconds = 10.0 if context.quick else 60.0
    with running_door(home) as door:
        load(door, requests[: 2 * len(ids)], context.work, seconds=seconds / 4, connections=8)
        memory = _watched(door, seconds)
        held = load(
            door, requests, context.work, rate=_RATE, seconds=seconds, connections=_CONNECTIONS
        )
        early_mb, late_mb = memory()
    figures = {
        "requests": float(held.n_sent),
        "failed": float(held.n_sent - held.statuses.get("200", 0)),
        "p50_ms": held.p50_ms,
        "p99_ms": held.p99_ms,
        "memory_after_a_quarter_mb": early_mb,
        "memory_at_the_end_mb": late_mb,
        **_shared(home, paths),
    }
    return Result(
        figures,
        {
            "failed": Bar(figures["failed"], 0.0),
            "memory_growth": Bar(late_mb / early_mb, 1.05),
            "worker_pss_mb": Bar(figures["worker_pss_mb"], 400.0),
        },
    )


def _watched(door: Door, seconds: float) -> Callable[[], tuple[float, float]]:
    """Look at the memory after a quarter of the time; gives both looks when it is called."""
    looks: list[float] = []
    timer = threading.Timer(seconds / 4, lambda: looks.append(door.memory_mb()))
    timer.start()

    def told() -> tuple[float, float]:
        timer.join()
        return looks[0], door.memory_mb()

    return told


def _shared(home: Path, paths: list[str]) -> dict[str, float]:
    """What each of two workers holds, alone and with what they share counted by halves."""
    command = [
        sys.executable, "-m", "settee", "--home", str(home), "--json",
        "serve", "--port", "0", "--workers", "2",
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        port = urlsplit(json.loads(line)["url"]).port
        for path in paths[:400]:
            _get(port, path)
        time.sleep(1.0)
        workers = json.loads(_get(port, "/stats"))["workers"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    return {
        "worker_rss_mb": max(one["rss_mb"] for one in workers),
        "worker_pss_mb": max(one["pss_mb"] for one in workers),
    }


def _get(port: int | None, path: str) -> bytes:
    """One answer over a connection of its own, so that both workers get some."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()
