"""Answer 500 people a second, each with two stages over a catalogue of 3,883 films, on one core.

Every answer reads a profile, asks four sources, ranks a pool of 300 with LightGBM's trees, applies
the rules, gives reasons and is journalled as an exposure. Requests come at a constant rate from
another core, and each is timed from the moment it was due (bench.load), so that a stall counts
for everybody who waited. Beside it: what a closed loop gets out of the core, by our own generator
and by wrk where it is installed, and what a full garbage collection costs with and without the
freeze at the start.

Reads: ratings.parquet and items.parquet of a MovieLens folder, or nothing.
Writes: the work folder.
Not here: how good the answers are (quality/ml-1m).
"""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np

from bench.harness import Bar, Context, Result
from bench.load import HOST, Outcome, get_request
from bench.speed.door import Door, cores, load, running_door
from bench.speed.movies import fill_home, movies
from settee.core import Settings

ID = "speed/respond"
SUMMARY = "two-stage answers over 3,883 films: latency at 500 requests/s on one core"

RATE = 500.0
_K = 20
_CONNECTIONS = 32


def run(context: Context) -> Result:
    """Build a home, warm it with every account once, then measure."""
    found = movies(context.data, context.seed, quick=context.quick)
    events = found.events
    context.log(f"{found.origin}: {len(events):,} events of {events.n_accounts:,} accounts")
    home = context.work / "home"
    fill_home(home, found, Settings(), context.seed, 200 if context.quick else 1000)
    rng = np.random.default_rng(context.seed)
    picked = rng.integers(events.n_accounts, size=50_000)
    paths = [f"/v1/recommendations?account_id={events.account_ids[one]}&k={_K}" for one in picked]
    requests = [get_request(path) for path in paths]
    seconds = 5.0 if context.quick else 30.0
    core, other = cores()
    context.log(f"service on core {core}, load on core {other}, {seconds:g} s at {RATE:g}/s")
    with running_door(home) as door:
        load(door, requests, context.work, seconds=2.0, connections=4)
        before_s = door.cpu_s()
        steady = load(
            door, requests, context.work, rate=RATE, seconds=seconds, connections=_CONNECTIONS
        )
        cpu_s = door.cpu_s() - before_s
        closed = load(door, requests, context.work, seconds=seconds / 3, connections=8)
        wrk = _wrk(door, paths, context.work, int(max(2.0, seconds / 3)))
        memory_mb = door.memory_mb()
    _check(steady)
    figures = {
        "requests_per_s": steady.rate,
        "p50_ms": steady.p50_ms,
        "p90_ms": steady.p90_ms,
        "p99_ms": steady.p99_ms,
        "p999_ms": steady.p999_ms,
        "max_ms": steady.max_ms,
        "failed": float(steady.n_sent - steady.statuses.get("200", 0)),
        "cpu_ms_per_answer": 1000 * cpu_s / max(steady.n_done, 1),
        "closed_loop_per_s": closed.rate,
        "closed_loop_p99_ms": closed.p99_ms,
        "memory_mb": memory_mb,
    }
    figures |= door.told | wrk
    return Result(figures, {"p99_ms": Bar(steady.p99_ms, 10.0)})


def _check(outcome: Outcome) -> None:
    if set(outcome.statuses) != {"200"}:
        raise RuntimeError(f"not every answer was a 200: {outcome.statuses}")


def _wrk(door: Door, paths: list[str], work: Path, seconds: int) -> dict[str, float]:
    """The same questions by wrk, which asks again as soon as it has its answer."""
    program = shutil.which("wrk")
    if program is None:
        return {}
    script = work / "paths.lua"
    quoted = ",\n".join(f'"{path}"' for path in paths[:20_000])
    script.write_text(
        f"local paths = {{{quoted}}}\nlocal at = 0\n"
        "request = function() at = at % #paths + 1; return wrk.format('GET', paths[at]) end\n"
    )
    url = f"http://{HOST}:{door.port}"
    done = subprocess.run(
        ["taskset", "-c", str(cores()[1]), program, "-t1", "-c8", f"-d{seconds}s", "--latency",
         "-s", str(script), url],
        check=True, capture_output=True, text=True, timeout=seconds + 60,
    )  # fmt: skip
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", done.stdout)
    scale = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    return {
        "wrk_per_s": float(rate[1]) if rate else float("nan"),
        "wrk_p99_ms": float(p99[1]) * scale[p99[2]] if p99 else float("nan"),
    }
