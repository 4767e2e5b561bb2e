"""Write worlds of households to disk: events a second on one core, and memory that does not grow.

A process of its own writes a small world and another one a world ten times as large; what the
second holds at most, over what the first does, is the growth. Processor time is counted, not the
clock on the wall, which another program on the core would lengthen.

Reads: nothing but the seed.  Writes: the work folder, 1.5 GB of it for a moment.
Not here: what is in the worlds (quality/people).
"""

import json
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.harness import ROOT, Bar, Context, Result
from settee.events import Plan, World, write_households

ID = "speed/simulate"
SUMMARY = "simulated households with their truth to disk, events a second and memory"

_END_AT = datetime(2026, 11, 21, tzinfo=UTC)
_N_DAYS = 90


def run(context: Context) -> Result:
    """A small world and one ten times as large."""
    small = 50 if context.quick else 500
    one, ten = (_measured(context, n) for n in (small, 10 * small))
    context.log(f"{small:,} and {10 * small:,} households of {_N_DAYS} days, one process each")
    figures = {
        "n_events": ten["n_events"],
        "events_per_s": ten["n_events"] / ten["cpu_s"],
        "peak_small_mb": one["peak_mb"],
        "peak_large_mb": ten["peak_mb"],
    }
    return Result(
        figures,
        {
            "events_per_s": Bar(figures["events_per_s"], 50_000.0, at_most=False),
            "peak_growth": Bar(ten["peak_mb"] / one["peak_mb"], 1.2),
        },
    )


def _measured(context: Context, n_households: int) -> dict[str, float]:
    """What a fresh process needed."""
    folder = context.work / f"world-{n_households}"
    command = [sys.executable, "-m", "bench.speed.simulate", str(folder), str(n_households)]
    command.append(str(context.seed))
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    shutil.rmtree(folder)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _main(folder: Path, n_households: int, seed: int) -> None:
    before_s = time.process_time()
    n_events = write_households(folder, Plan(World(), seed, n_households, _N_DAYS, _END_AT))
    print(
        json.dumps(
            {
                "n_events": n_events,
                "cpu_s": time.process_time() - before_s,
                "peak_mb": _peak_mb(),
            }
        )
    )


def _peak_mb() -> float:
    """Most memory that this program held; `getrusage` would count what its parent held, too."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
