"""Write the history as three Parquet files: train, valid and test.

By time, two instants cut everybody; by account, the newest events of each account are cut off. Of
an account with 10 events and shares .1 and .2 the first 7 train, the next tunes, the last 2 judge.
The files appear together under their names or not at all.

Reads: all segments.  Writes: a folder.
Source: Campos et al. (2012), "Time-aware recommender systems".
Not here: where time is cut (events.splitting).
"""

# ruff: noqa: S608 -- names and texts in this SQL are quoted by store.etl_engine

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from settee.core import HISTORY_COLUMNS
from settee.store.errors import plain_errors
from settee.store.etl import parquet
from settee.store.etl_engine import Engine, Progress, literal, no_progress, quoted
from settee.store.history import History

PARTS = ("train", "valid", "test")
_ROW_GROUP = 250_000


@dataclass(frozen=True)
class Cut:
    """How to cut: by two instants in epoch seconds, or by shares of each account's events."""

    train_end_s: int = 0
    valid_end_s: int = 0
    valid_share: float = 0.0
    test_share: float = 0.0
    is_by_time: bool = True


def export_split(
    history: History, folder: Path, cut: Cut, progress: Progress = no_progress
) -> dict[str, int]:
    """Write ``train.parquet``, ``valid.parquet`` and ``test.parquet``.

    Args:
        history: What to cut.
        folder: Where the files go; those of an earlier split are replaced.
        cut: How.
        progress: Told how far each file is.

    Returns:
        Rows of each file, by name.

    Raises:
        SetteeError: If the disk is full or a segment is damaged.
    """
    with plain_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        scratch = folder / f".writing-{os.getpid()}"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
    try:
        with history.engine(scratch / "spill", progress) as engine:
            rows = _write(engine, history.files(), scratch, cut)
        with plain_errors(folder):
            for part in PARTS:
                (scratch / f"{part}.parquet").replace(folder / f"{part}.parquet")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return rows


def _write(engine: Engine, files: list[Path], scratch: Path, cut: Cut) -> dict[str, int]:
    found = engine.rows(f"DESCRIBE SELECT * FROM {parquet(files)}")
    there = {row[0] for row in found}
    names = ", ".join(quoted(name) for name, _ in HISTORY_COLUMNS if name in there)
    rows = {}
    for number, part in enumerate(PARTS):
        sql = _by_time(files, cut, number) if cut.is_by_time else _by_account(files, cut, number)
        found = engine.rows(
            f"COPY (SELECT {names} FROM ({sql})) TO {literal(str(scratch / f'{part}.parquet'))} "
            f"(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {_ROW_GROUP})",
            what=f"{part}.parquet",
            stage=f"write {part}",
        )
        rows[part] = int(found[0][0])
    return rows


def _by_time(files: list[Path], cut: Cut, part: int) -> str:
    bounds = (
        f'"at" < make_timestamp({cut.train_end_s * 1_000_000})',
        f'"at" >= make_timestamp({cut.train_end_s * 1_000_000}) '
        f'AND "at" < make_timestamp({cut.valid_end_s * 1_000_000})',
        f'"at" >= make_timestamp({cut.valid_end_s * 1_000_000})',
    )
    return f"SELECT * FROM {parquet(files)} WHERE {bounds[part]}"


def _by_account(files: list[Path], cut: Cut, part: int) -> str:
    # Halves are rounded to even, as numpy does for the same split in memory.
    return (
        f"SELECT * FROM (SELECT *, row_number() OVER newest AS place, "
        "count(*) OVER (PARTITION BY account_id) AS n, "
        f"round_even(n * {cut.test_share!r}, 0) AS n_test, "
        f"round_even(n * {cut.valid_share + cut.test_share!r}, 0) AS n_late, "
        "CASE WHEN place <= n_test THEN 2 WHEN place <= n_late THEN 1 ELSE 0 END AS part "
        f"FROM {parquet(files)} WINDOW newest AS "
        '(PARTITION BY account_id ORDER BY "at" DESC, item_id DESC, kind, event_id)'
        f') WHERE part = {part} ORDER BY account_id, "at", item_id, kind, event_id'
    )
