"""Answer from one core: made in full, with reasons, given again, and computed ahead.

Two people of MovieLens share each account, so a full answer finds out who is there, folds their
past into all sources, ranks a pool, applies a rule and is journalled. What is kept is switched off
for full answers and on for answers given again, of which a few accounts ask. Beside them, in the
same run, a bare FastAPI route that gives 20 items out of memory, alone on the same core.

Reads: ratings.parquet and items.parquet of a MovieLens folder, or nothing.
Writes: the work folder.
Not here: 1,000 connections (speed/connections), how good the answers are (quality/ml-1m).
"""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from bench.harness import ROOT, Bar, Context, Result
from bench.load import HOST, get_request
from bench.speed.door import cores, load, running_door
from bench.speed.movies import movies
from bench.speed.shared_films import account_ids, fill_shared_home
from bench.speed.wrk import Asked, ask, has_wrk
from settee.app import open_workspace
from settee.core import Settings

ID = "speed/answers"
SUMMARY = "full, explained, repeated and precomputed answers from one core, beside bare FastAPI"

RATE = 500.0
_K = 20
_FEW = 64
_WARM_S = 3.0


def run(context: Context) -> Result:
    """Build a home, then ask it in every way."""
    if not has_wrk():
        raise RuntimeError("wrk is not installed; this scenario needs it")
    found = movies(context.data, context.seed, quick=context.quick)
    home = context.work / "home"
    figures = fill_shared_home(
        home, found, Settings(), context.seed, 200 if context.quick else 1000
    )
    context.log(f"{found.origin}: {figures['accounts']:,.0f} accounts of two, k {_K}")
    with open_workspace(Settings(home=home)) as workspace:
        workspace.precompute("home", k=_K)
    ids = account_ids(found)
    seconds = 3.0 if context.quick else 10.0
    rng = np.random.default_rng(context.seed)
    everybody = [ids[one] for one in rng.integers(len(ids), size=20_000)]
    figures |= _full(context, everybody, seconds)
    figures |= _kept(context, ids[:_FEW], everybody, seconds)
    with _bare() as port:
        figures |= _told("bare", ask(port, [_bare_path()], context.work, seconds=seconds))
    figures["reasons_times"] = figures["full_per_s"] / figures["reasons_per_s"]
    for name in ("full", "repeated", "list"):
        figures[f"{name}_of_bare"] = figures[f"{name}_per_s"] / figures["bare_per_s"]
    return Result(figures, _bars(figures))


def _bars(figures: dict[str, float]) -> dict[str, Bar]:
    return {
        "p99_ms": Bar(figures["p99_ms"], 10.0),
        "full_per_s": Bar(figures["full_per_s"], 1_000, at_most=False),
        "reasons_times": Bar(figures["reasons_times"], 1.5),
        "repeated_per_s": Bar(figures["repeated_per_s"], 10_000, at_most=False),
        "list_per_s": Bar(figures["list_per_s"], 20_000, at_most=False),
        "rank_p50_ms": Bar(figures["rank_p50_ms"], 2.0),
        "rank_p99_ms": Bar(figures["rank_p99_ms"], 4.0),
        "memory_mb": Bar(figures["memory_mb"], 400.0),
    }


def _full(context: Context, everybody: list[str], seconds: float) -> dict[str, float]:
    """Answers made in full, without and with reasons; at a rate, and as fast as they come."""
    bare, why = (
        [_path(one, explain=explain) for one in everybody] for explain in ("false", "true")
    )
    home = context.work / "home"
    with running_door(home, "serve.cache_mb=0") as door:
        ask(door.port, bare, context.work, seconds=_WARM_S)
        full = ask(door.port, bare, context.work, seconds=seconds)
        reasons = ask(door.port, why, context.work, seconds=seconds)
        steady = load(
            door, [get_request(path) for path in bare], context.work,
            rate=RATE, seconds=2 * seconds, connections=32,
        )  # fmt: skip
        stages = _stats(door.port)["stages"]
        memory_mb = door.memory_mb()
    found = {
        "p50_ms": steady.p50_ms, "p99_ms": steady.p99_ms, "p999_ms": steady.p999_ms,
        "failed": float(steady.n_sent - steady.statuses.get("200", 0)),
        "memory_mb": memory_mb,
    }  # fmt: skip
    for name, one in sorted(stages.items()):
        found |= {f"{name}_p50_ms": one["p50_ms"], f"{name}_p99_ms": one["p99_ms"]}
    return found | _told("full", full) | _told("reasons", reasons)


def _kept(
    context: Context, few: list[str], everybody: list[str], seconds: float
) -> dict[str, float]:
    """Answers given again, and lists computed ahead."""
    again = [_path(one, explain="false") for one in few]
    lists = [f"/v1/lists/home?account_id={one}" for one in everybody]
    with running_door(context.work / "home") as door:
        ask(door.port, again, context.work, seconds=_WARM_S)
        repeated = ask(door.port, again, context.work, seconds=seconds)
        ask(door.port, lists, context.work, seconds=_WARM_S)
        ready = ask(door.port, lists, context.work, seconds=seconds)
        crowd = ask(door.port, lists, context.work, seconds=seconds, connections=1_000)
        told = _stats(door.port)
    hits = told["cache"].get("hit", 0) / max(1, sum(told["cache"].values()))
    found = _told("repeated", repeated) | _told("list", ready) | {"repeated_hits_share": hits}
    return found | {
        "list_1000_connections_per_s": crowd.per_s,
        "list_1000_connections_p95_ms": crowd.p95_ms,
        "list_1000_connections_failed": float(crowd.n_failed),
        "lists_ready_share": told["lists"].get("ready", 0) / max(1, sum(told["lists"].values())),
    }


def _told(name: str, asked: Asked) -> dict[str, float]:
    return {
        f"{name}_per_s": asked.per_s,
        f"{name}_loop_p50_ms": asked.p50_ms,
        f"{name}_loop_p99_ms": asked.p99_ms,
        f"{name}_failed": float(asked.n_failed),
    }


def _path(account_id: str, explain: str) -> str:
    return (
        f"/v1/recommendations?account_id={account_id}&k={_K}&device_id={account_id}-tv"
        f"&device_type=tv&explain={explain}"
    )


def _bare_path() -> str:
    return f"/answer?account_id=h1&k={_K}"


def _stats(port: int) -> dict[str, dict[str, dict[str, float]]]:
    with urllib.request.urlopen(f"http://{HOST}:{port}/stats", timeout=30) as reply:
        return json.load(reply)


@contextmanager
def _bare() -> Iterator[int]:
    """A bare FastAPI service on the service's core; its port."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bench.speed.bare", str(port), str(cores()[0])]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://{HOST}:{port}{_bare_path()}", timeout=5).close()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)
