"""Store events over HTTP, in batches, each answered once it is durable, on one core.

Four connections send batches of 100, 500 and 1,000 events as fast as they are answered, from
another core. Then the service is killed without warning, and every event that was acknowledged
must be in the journal: a lost one is an error, not a figure.

Reads: nothing but the seed.  Writes: the work folder.
Not here: one event at a time (see figure `single_per_s`, which pays a request for each).
"""

import json
from pathlib import Path

import numpy as np

from bench.harness import Bar, Context, Result
from bench.load import post_request
from bench.speed.door import cores, load, running_door
from settee.app import open_workspace
from settee.core import Settings, instant_text, system_clock

ID = "speed/ingest"
SUMMARY = "durable events over HTTP in batches, on one core; nothing acknowledged is lost"

_SIZES = (100, 500, 1000)
_CONNECTIONS = 4
_N_WARM = 2_000


def run(context: Context) -> Result:
    """Measure each size on a fresh home."""
    rng = np.random.default_rng(context.seed)
    n_events = 20_000 if context.quick else 400_000
    core, other = cores()
    context.log(f"service on core {core}, load on core {other}, {n_events:,} events a size")
    figures: dict[str, float] = {}
    warm = _requests(rng, _N_WARM, 100)
    for size in (1, *_SIZES):
        n = n_events // 20 if size == 1 else n_events
        requests = _requests(rng, n, size)
        home = context.work / f"home-{size}"
        with running_door(home) as door:
            load(door, warm, context.work, seconds=60, connections=_CONNECTIONS)
            before_s = door.cpu_s()
            outcome = load(door, requests, context.work, seconds=300, connections=_CONNECTIONS)
            cpu_s = door.cpu_s() - before_s
            door.kill()
        if outcome.statuses != {"200": len(requests)}:
            raise RuntimeError(f"not every batch of {size} was taken: {outcome.statuses}")
        _check_nothing_lost(home, n + _N_WARM)
        name = "single" if size == 1 else f"batch_{size}"
        figures[f"{name}_per_s"] = n / outcome.seconds
        figures[f"{name}_p99_ms"] = outcome.p99_ms
        figures[f"{name}_cpu_us_per_event"] = 1e6 * cpu_s / n
    return Result(
        figures, {"batch_100_per_s": Bar(figures["batch_100_per_s"], 10_000.0, at_most=False)}
    )


def _requests(rng: np.random.Generator, n: int, size: int) -> list[bytes]:
    at = instant_text(system_clock())
    accounts, items = rng.integers(50_000, size=n), rng.integers(20_000, size=n)
    salt = int(rng.integers(1 << 40))
    events = [
        {
            "event_id": f"e-{salt:x}-{number}",
            "account_id": f"a{accounts[number]}",
            "kind": "play",
            "at": at,
            "item_id": f"m{items[number]}",
            "device_id": f"d{accounts[number] % 7}",
            "device_type": "tv",
            "platform": "web",
            "duration_s": 2710,
        }
        for number in range(n)
    ]
    bodies = [events[start : start + size] for start in range(0, n, size)]
    return [
        post_request("/v1/events", json.dumps(body if size > 1 else body[0]).encode())
        for body in bodies
    ]


def _check_nothing_lost(home: Path, n: int) -> None:
    with open_workspace(Settings(home=home)) as workspace:
        stored = workspace.journal.last_offset()
    if stored != n:
        raise RuntimeError(f"{n:,} events were acknowledged and {stored:,} are in the journal")
