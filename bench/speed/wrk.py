"""Ask as fast as the answers come, by wrk on a core of its own.

wrk needs little of its core, so that the service is what is measured. Without it a scenario says so
and gives no figure.

Reads: nothing.  Writes: a script in the work folder.
Not here: questions at a constant rate (bench.load).
"""

import re
import resource
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.load import HOST
from bench.speed.door import cores

_MOST_PATHS = 20_000


@dataclass(frozen=True)
class Asked:
    """What came of it.

    Args:
        per_s: Answers a second.
        p50_ms: Half came within.
        p95_ms: 95 of 100 came within.
        p99_ms: 99 of 100 came within.
        n_failed: Answers other than 2xx and broken connections.
        asking_us: Processor time of wrk itself for one answer.
    """

    per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    n_failed: int
    asking_us: float = float("nan")


def has_wrk() -> bool:
    """Is wrk installed?"""
    return shutil.which("wrk") is not None


def ask(
    port: int, paths: Sequence[str], work: Path, *, seconds: float, connections: int = 8
) -> Asked:
    """Ask for these paths, over and over."""
    script = work / "paths.lua"
    quoted = ",\n".join(f'"{path}"' for path in paths[:_MOST_PATHS])
    script.write_text(
        f"local paths = {{{quoted}}}\nlocal at = 0\n"
        "request = function() at = at % #paths + 1; return wrk.format('GET', paths[at]) end\n"
        "done = function(summary, latency) for _, p in pairs({50, 95, 99}) do "
        "io.write(string.format('P%d %.1fus\\n', p, latency:percentile(p))) end "
        "e = summary.errors; io.write(string.format('BAD %d\\n', "
        "e.connect + e.read + e.write + e.status + e.timeout)) end\n"
    )
    before_s = _children_s()
    done = subprocess.run(
        ["taskset", "-c", str(cores()[1]), "wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s",
         "--timeout", "20s", "-s", str(script), f"http://{HOST}:{port}"],
        check=True, capture_output=True, text=True, timeout=seconds + 60,
    ).stdout  # fmt: skip
    asked = read_asked(done)
    spent_us = 1e6 * (_children_s() - before_s)
    return replace(asked, asking_us=spent_us / max(asked.per_s * seconds, 1.0))


def _children_s() -> float:
    """Processor time of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def read_asked(done: str) -> Asked:
    """What came of it, out of what wrk wrote with such a script."""
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done)
    late = {int(p): float(us) / 1000 for p, us in re.findall(r"P(\d+) ([\d.]+)us", done)}
    bad = re.search(r"BAD (\d+)", done)
    return Asked(
        float(rate[1]) if rate else float("nan"), late[50], late[95], late[99],
        int(bad[1]) if bad else -1,
    )  # fmt: skip
