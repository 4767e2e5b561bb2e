"""Import a dirty 32-million-row CSV: validated, de-duplicated, stored, and split into Parquet.

The file looks like MovieLens 32M (200,000 users, 84,000 titles, rows in the order of users) with
ten kinds of spoilt rows and 1 % repeats, half of them beside the row they repeat, half at the end.
The import runs in a process of its own, so that its memory can be told; what it must find is known
from how the file was made, and a wrong count is an error, not a figure.

Reads: nothing but the seed.  Writes: the context's work folder.
Source: DESIGN.md, "ETL, 32M ratings".
"""

# ruff: noqa: S608 -- the SQL is written here, with paths of our own

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from bench.harness import Bar, Context, Result

ID = "speed/etl-32m"
SUMMARY = "dirty 32M-row CSV to validated, de-duplicated, split Parquet"

_SPOILT_SHARE = 0.005
_REPEATED_SHARE = 0.01
# Each kind of spoilt row: how its line reads, and the reason under which it must be found.
_SPOILS = (
    ("'u' || u || ',' || i || ',' || r || ',' || t", "bad_account_id"),
    ("u || ',' || i || ',five,' || t", "bad_value"),
    ("u || ',' || i || ',' || r || ',yesterday'", "bad_at"),
    ("u || ',' || i || ',' || r", "too_few_columns"),
    ("u || ',' || i || ',' || r || ',' || t || ',x'", "too_many_columns"),
    ("u || ',,' || r || ',' || t", "missing_item_id"),
    ("u || ',' || i || ',,' || t", "missing_value"),
    ("u || ',' || i || ',9.5,' || t", "rating_out_of_range"),
    ("u || ',' || i || ',' || r || ',-' || t", "at_too_old"),
    ("u || ',' || i || ',' || r || ',4102444800'", "at_in_future"),
)


@dataclass(frozen=True)
class Expected:
    """What the import must find."""

    n_rows: int
    n_new: int
    n_duplicate: int
    reasons: dict[str, int]


def run(context: Context) -> Result:
    """Generate the file, import it, split it, and compare with one plain DuckDB statement."""
    n = 400_000 if context.quick else 32_000_000
    source = context.work / "ratings.csv"
    expected = _generate(source, n, context.seed)
    context.log(f"{expected.n_rows:,} rows, {source.stat().st_size / 1e6:,.0f} MB")
    figures = _child(source, context.work / "home", expected)
    figures["megabytes"] = source.stat().st_size / 1e6
    figures["rows"] = float(expected.n_rows)
    bars = {}
    if not context.quick:
        bars["wall_s"] = Bar(figures["wall_s"], 25.0, at_most=True)
        bars["peak_rss_gb"] = Bar(figures["peak_rss_gb"], 4.0, at_most=True)
    plain_s = _plain(source, context.work)
    return Result(
        figures=figures,
        bars=bars,
        peers={"duckdb, one statement, no report, no line numbers, no split": {"wall_s": plain_s}},
    )


def _generate(path: Path, n: int, seed: int) -> Expected:
    rng = np.random.default_rng(seed)
    n_users, n_items = max(100, n // 160), 84_000
    weight = rng.lognormal(0, 1.2, n_users)
    user = np.sort(rng.choice(n_users, n, p=weight / weight.sum())) + 1
    item = np.minimum((rng.pareto(0.9, n) * 300).astype(np.int64), n_items - 1) + 1
    start = rng.integers(820_000_000, 1_690_000_000, n_users + 1)
    at = start[user] + rng.integers(0, 1_000_000, n)
    half_stars = rng.integers(1, 11, n)
    spoil = np.where(rng.random(n) < _SPOILT_SHARE, rng.integers(1, len(_SPOILS) + 1, n), 0)
    repeated = np.sort(rng.choice(n, int(n * _REPEATED_SHARE), replace=False))
    beside, at_end = repeated[::2], repeated[1::2]
    order = np.concatenate([np.sort(np.concatenate([np.arange(n), beside])), at_end])
    table = pa.table(
        {
            "u": user[order],
            "i": item[order],
            "r": half_stars[order] / 2,
            "t": at[order],
            "s": spoil[order].astype(np.int8),
        }
    )
    lines = " ".join(f"WHEN {number} THEN {sql}" for number, (sql, _) in enumerate(_SPOILS, 1))
    with duckdb.connect() as con:
        con.register("made", table)
        con.execute(
            f"COPY (SELECT CASE s {lines} ELSE u || ',' || i || ',' || r || ',' || t END "
            f"AS \"userId,movieId,rating,timestamp\" FROM made) TO '{path}' "
            "(FORMAT csv, HEADER true, DELIMITER '\t', QUOTE '', ESCAPE '')"
        )
    good = order[spoil[order] == 0]
    key = np.sort((user[good] << 46) | (item[good] << 29) | (at[good] - 820_000_000 & 0x1FFFFFFF))
    # Keys fold instants to 29 bits; distinct rows that fold together would only make this fail.
    n_new = int(np.count_nonzero(np.diff(key)) + 1)
    counts = np.bincount(spoil[order], minlength=len(_SPOILS) + 1)
    return Expected(
        len(order),
        n_new,
        len(good) - n_new,
        {reason: int(counts[number]) for number, (_, reason) in enumerate(_SPOILS, 1)},
    )


def _child(source: Path, home: Path, expected: Expected) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.speed.etl_child", str(source), str(home)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    wanted = asdict(expected)
    got = {name: found[name] for name in wanted}
    if got != wanted or sum(found["split"].values()) != expected.n_new:
        raise AssertionError(f"found {got} and {found['split']}, not {wanted}")
    return {name: float(value) for name, value in found["figures"].items()}


def _plain(source: Path, work: Path) -> float:
    started = time.perf_counter()
    with duckdb.connect(config={"memory_limit": "2048MiB", "temp_directory": str(work)}) as con:
        con.execute(
            "COPY (SELECT DISTINCT * FROM read_csv($1, header=true, auto_detect=false, "
            "columns={'u': 'BIGINT', 'i': 'BIGINT', 'r': 'FLOAT', 't': 'BIGINT'}, "
            "ignore_errors=true) WHERE r BETWEEN 0.5 AND 5 AND i IS NOT NULL AND t > 0 "
            f"ORDER BY u, t, i) TO '{work / 'plain.parquet'}' (FORMAT parquet)",
            [str(source)],
        )
    return time.perf_counter() - started
