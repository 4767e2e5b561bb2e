"""Find scenarios, run one, and say what came of it on which machine.

A scenario is a module of `bench.speed` or `bench.quality` with three names: `ID`, permanent, such
as "speed/respond"; `SUMMARY`, one line; and `run(context) -> Result`. Modules without an ID only
help others. A bar that does not hold is a finding, not a failure of the run.

Reads: the folder given as data.  Writes: a folder for the run, removed afterwards.
Not here: the command line (bench.__main__), the comparison of two results (bench.reports).
"""

import importlib
import math
import os
import pkgutil
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from settee.core import NotFound

FOLDERS = ("speed", "quality")
PACKAGES = (
    "settee",
    "numpy",
    "scipy",
    "numba",
    "lightgbm",
    "duckdb",
    "pyarrow",
    "sqlalchemy",
    "msgspec",
    "fastapi",
    "uvicorn",
)
ROOT = Path(__file__).resolve().parent.parent


class UnknownScenario(NotFound):
    """No scenario has that id."""

    code = "unknown_scenario"


@dataclass(frozen=True)
class Bar:
    """A limit that a figure is held against.

    >>> Bar(24.0, 25.0).holds, Bar(0.2, 0.3, at_most=False).holds
    (True, False)
    """

    value: float
    limit: float
    at_most: bool = True

    @property
    def holds(self) -> bool:
        """Is the value on the right side of the limit, or on it? Never when it is no number."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit


@dataclass(frozen=True)
class Result:
    """What a scenario found.

    Args:
        figures: Name to number; names end in their unit where there is one (`p99_ms`).
        bars: Name to bar.
        peers: Name of another library to its figures, under the names used for ours.
    """

    figures: dict[str, float]
    bars: dict[str, Bar] = field(default_factory=dict)
    peers: dict[str, dict[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """What a scenario is given.

    Args:
        data: Folder of real data, or None: make something up, and say so by `log`.
        quick: Shrink the work until it ends within a minute.
        work: An empty folder, removed after the run.
        seed: Seed of every random choice.
        say: Takes a line for people.
        test: A table that was held back, which alone judges; None where a scenario has none.
    """

    data: Path | None
    quick: bool
    work: Path
    seed: int = 7
    say: Callable[[str], None] = print
    test: Path | None = None

    def log(self, text: str) -> None:
        """Tell people something; it is also kept in the result."""
        self.say(text)


@dataclass(frozen=True)
class Scenario:
    """A scenario that was found."""

    id: str
    summary: str
    run: Callable[[Context], Result]


def _modules() -> Iterator[ModuleType]:
    for folder in FOLDERS:
        if (ROOT / "bench" / folder).is_dir():
            for found in pkgutil.iter_modules([str(ROOT / "bench" / folder)]):
                yield importlib.import_module(f"bench.{folder}.{found.name}")


def scenarios() -> dict[str, Scenario]:
    """Every scenario by its id, in the order of the ids."""
    found = [
        Scenario(module.ID, module.SUMMARY, module.run)
        for module in _modules()
        if hasattr(module, "ID")
    ]
    return {one.id: one for one in sorted(found, key=lambda one: one.id)}


def find_scenario(scenario_id: str) -> Scenario:
    """The scenario of that id.

    Raises:
        UnknownScenario: There is none.
    """
    known = scenarios()
    if scenario_id not in known:
        raise UnknownScenario(
            f'no scenario is called "{scenario_id}"; there are {", ".join(known)}.',
            hint="python -m bench list",
        )
    return known[scenario_id]


def commit() -> str:
    """The commit that runs, with "-changed" when files differ from it; "unknown" without git."""

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    try:
        head = git("rev-parse", "--short=12", "HEAD")
        return f"{head}-changed" if git("status", "--porcelain", "-uno") else head
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _memory_gb() -> float:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (OSError, ValueError, AttributeError):
        return 0.0


def versions(names: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Version of each of those packages that is installed."""
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    usable = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return {
        "cpu": _cpu(),
        "cores": usable,
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": versions(),
    }


def _plain(figures: Mapping[str, float]) -> dict[str, float | None]:
    """Numbers of Python for JSON, which knows no infinity: None there."""
    return {name: float(value) if math.isfinite(value) else None for name, value in figures.items()}


def run_scenario(
    scenario: Scenario, data: Path | None, quick: bool, test: Path | None = None
) -> dict[str, Any]:
    """Run it in an empty folder and return its result as JSON."""
    notes: list[str] = []

    def say(text: str) -> None:
        notes.append(text)
        print(f"  {text}", file=sys.stderr, flush=True)

    before = commit()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="settee-bench-") as work:
        result = scenario.run(Context(data, quick, Path(work), say=say, test=test))
    return {
        "id": scenario.id,
        "commit": before,
        "machine": machine(),
        "figures": _plain(result.figures),
        "bars": {
            name: {**_plain({"value": bar.value}), "limit": bar.limit, "holds": bar.holds}
            for name, bar in result.bars.items()
        },
        "peers": {name: _plain(figures) for name, figures in result.peers.items()},
        "quick": quick,
        "seconds": round(time.perf_counter() - start, 1),
        "notes": notes,
    }
