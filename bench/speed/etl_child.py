"""Import one CSV and split it, and say in one line of JSON what was found and how long it took.

A process of its own, so that time includes nothing that was warm and memory nothing that was big.

Reads: the CSV named first.  Writes: the home folder named second.
Not here: making the file and judging what was found (bench.speed.etl_32m).
"""

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from settee.core import Settings
from settee.events import import_path, write_splits
from settee.store import History, Tables

_AS_OF = datetime(2026, 11, 21, tzinfo=UTC)


def _main(source: Path, home: Path) -> None:
    """What is timed: from the CSV to the split."""
    home.mkdir(parents=True)
    settings = Settings(home=home)
    stages: list[tuple[str, float]] = []

    def progress(stage: str, _done: int, _total: int) -> None:
        if not stages or stages[-1][0] != stage:
            stages.append((stage, time.perf_counter()))

    started, started_cpu = time.perf_counter(), time.process_time()
    with Tables(home / "tables.db") as tables:
        history = History(home / "history", tables, settings.imports)
        report = import_path(
            source, history, tables, settings, as_of=_AS_OF, home=home, progress=progress
        )
        imported = time.perf_counter()
        split = write_splits(history, home / "split", "time", 0.1, 0.1, progress)
    ended = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    figures = {
        "wall_s": ended - started,
        "cpu_s": time.process_time() - started_cpu,
        "import_s": imported - started,
        "split_s": ended - imported,
        "peak_rss_gb": peak / 1e9,
        "rows_per_s": report.n_rows / (ended - started),
    }
    for (stage, begun), (_, over) in zip(stages, [*stages[1:], ("", ended)], strict=True):
        name = f"stage_{stage.split()[0]}_s"
        figures[name] = figures.get(name, 0.0) + over - begun
    print(
        json.dumps(
            {
                "n_rows": report.n_rows,
                "n_new": report.n_new,
                "n_duplicate": report.n_duplicate,
                "reasons": dict(report.reasons),
                "split": split,
                "figures": figures,
            }
        )
    )


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]))
