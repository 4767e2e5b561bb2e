"""Serve the people of items that were computed ahead, from one core, to 1,000 connections.

Answers of 1,000 members lie ready; wrk asks for the first n of random items as fast as they come,
over 64 connections, then over 1,000 of which each rests so long that 20,000 questions a second come
in all, then over 1,000 that never rest. How long the service's own core works for one answer stands
beside, for on a machine that others use the rate is theirs as much as ours; so does what wrk itself
works for one, and what an answer costs where no socket is between: the protocol is given the bytes
of questions that came before. Lists made ahead take the same way.

Reads: nothing.  Writes: the work folder.
Not here: ranking people (speed/audience-ranking), lists beside full answers (speed/answers).
"""

import subprocess
import urllib.request

import numpy as np

from bench.harness import Bar, Context, Result
from bench.load import HOST
from bench.speed.at_once import own_us
from bench.speed.door import Door, cores, running_door
from bench.speed.wrk import Asked, ask, has_wrk, read_asked
from settee.app import open_workspace
from settee.audiences import ReachedPerson
from settee.core import Settings, system_clock, to_json
from settee.store import Sliceable, write_sliced

ID = "speed/audience"
SUMMARY = "audiences of items computed ahead: answers a second from one core, 1,000 connections"

_MEMBERS = 1000
_RATE = 20_000
_CROWD = 1000
_SIZES = (10, 100, 1000)


def run(context: Context) -> Result:
    """Write answers, serve them, ask."""
    if not has_wrk():
        raise RuntimeError("wrk is not installed; this scenario needs it")
    n_items = 200 if context.quick else 2_000
    home = context.work / "home"
    with open_workspace(Settings(home=home)) as workspace:
        mark = list(workspace.show_mark())
    now_s = int(system_clock().timestamp())
    rows = (_answer(f"m{number}", context.seed + number, now_s) for number in range(n_items))
    write_sliced(home / "reach", rows, {"mark": mark, "offset": 0, "made_of": []})
    seconds = 3.0 if context.quick else 8.0
    figures: dict[str, float] = {}
    rng = np.random.default_rng(context.seed)
    asked = rng.integers(0, n_items, 5_000).tolist()
    figures["own_us"] = own_us(home, 50 if context.quick else 200)
    with running_door(home) as door:
        _until_it_answers(door)
        for size in _SIZES:
            paths = [f"/v1/items/m{number}/audience?n={size}" for number in asked]
            ask(door.port, paths, context.work, seconds=1.0, connections=64)
            figures |= _closed(context, door, paths, seconds, f"n{size}")
        paths = [f"/v1/items/m{number}/audience?n=10" for number in asked]
        crowd = _crowd(context, door, paths, seconds)
        storm = ask(door.port, paths, context.work, seconds=seconds, connections=_CROWD)
    figures |= {
        "crowd_per_s": crowd.per_s,
        "crowd_p50_ms": crowd.p50_ms,
        "crowd_p95_ms": crowd.p95_ms,
        "crowd_p99_ms": crowd.p99_ms,
        "crowd_failed": float(crowd.n_failed),
        "storm_per_s": storm.per_s,
        "storm_p95_ms": storm.p95_ms,
        "storm_p99_ms": storm.p99_ms,
        "storm_failed": float(storm.n_failed),
    }
    return Result(
        figures,
        {
            "n10_per_s": Bar(figures["n10_per_s"], 20_000, at_most=False),
            "crowd_p95_ms": Bar(figures["crowd_p95_ms"], 20.0),
            "crowd_failed": Bar(figures["crowd_failed"], 0.0),
            "storm_failed": Bar(figures["storm_failed"], 0.0),
        },
    )


def _answer(item_id: str, seed: int, now_s: int) -> Sliceable:
    rng = np.random.default_rng(seed)
    accounts = [f"u{number}" for number in rng.integers(0, 1_000_000, _MEMBERS)]
    chances = np.sort(rng.random(_MEMBERS))[::-1].round(6).tolist()
    members = [
        to_json(ReachedPerson(account_id, chance))
        for account_id, chance in zip(accounts, chances, strict=True)
    ]
    head = to_json({"item_id": item_id, "how": "model"})[:-1] + b',"members":['
    return Sliceable(item_id, head, members, [(one, "") for one in accounts], now_s, 0.0)


def _until_it_answers(door: Door) -> None:
    """Wait until all is compiled and open."""
    with urllib.request.urlopen(f"http://{HOST}:{door.port}/health", timeout=300) as answer:
        answer.read()


def _closed(
    context: Context, door: Door, paths: list[str], seconds: float, name: str
) -> dict[str, float]:
    """As fast as they come, and what one answer costs the core of the service."""
    before_s = door.cpu_s()
    found = ask(door.port, paths, context.work, seconds=seconds, connections=64)
    cpu_us = 1e6 * (door.cpu_s() - before_s) / max(found.per_s * seconds, 1.0)
    return {
        f"{name}_per_s": found.per_s,
        f"{name}_p95_ms": found.p95_ms,
        f"{name}_failed": float(found.n_failed),
        f"{name}_cpu_us": cpu_us,
        f"{name}_asking_us": found.asking_us,
    }


def _crowd(context: Context, door: Door, paths: list[str], seconds: float) -> Asked:
    """1,000 connections, each resting between questions so that `_RATE` come in all."""
    rest_ms = 1000 * _CROWD / _RATE
    script = context.work / "crowd.lua"
    quoted = ",\n".join(f'"{path}"' for path in paths)
    script.write_text(
        f"local paths = {{{quoted}}}\nlocal at = 0\n"
        "request = function() at = at % #paths + 1; return wrk.format('GET', paths[at]) end\n"
        f"delay = function() return math.random(0, {2 * rest_ms:.0f}) end\n"
        "done = function(summary, latency) for _, p in pairs({50, 95, 99}) do "
        "io.write(string.format('P%d %.1fus\\n', p, latency:percentile(p))) end "
        "e = summary.errors; io.write(string.format('BAD %d\\n', "
        "e.connect + e.read + e.write + e.status + e.timeout)) end\n"
    )
    done = subprocess.run(
        ["taskset", "-c", str(cores()[1]), "wrk", "-t1", f"-c{_CROWD}", f"-d{seconds:.0f}s",
         "--timeout", "20s", "-s", str(script), f"http://{HOST}:{door.port}"],
        check=True, capture_output=True, text=True, timeout=seconds + 60,
    ).stdout  # fmt: skip
    return read_asked(done)
