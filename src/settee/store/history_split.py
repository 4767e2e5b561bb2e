"""Write the history as three Parquet files, train, valid and test; or as one file a silo.

By time, two instants cut everybody; by account, the newest events of each account are cut off. Of
an account with 10 events and shares .1 and .2 the first 7 train, the next tunes, the last 2 judge.
For silos a hash of the account parts the events, with the columns that are filled in half of them.
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
    """How to cut: by instants in epoch seconds, shares of each account's events, or accounts."""

    train_end_s: int = 0
    valid_end_s: int = 0
    valid_share: float = 0.0
    test_share: float = 0.0
    is_by_time: bool = True
    n_silos: int = 0

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the files, without their ending."""
        return tuple(f"silo-{one + 1}" for one in range(self.n_silos)) or PARTS

    def sql(self, files: list[Path], part: int) -> str:
        """The rows of a part."""
        if self.n_silos:
            hashed = f"md5_number_lower(account_id) % {self.n_silos}"
            return f"SELECT * FROM {parquet(files)} WHERE {hashed} = {part}"
        return (_by_time if self.is_by_time else _by_account)(files, self, part)


def export_split(
    history: History, folder: Path, cut: Cut, progress: Progress = no_progress
) -> dict[str, int]:
    """Write ``train.parquet``, ``valid.parquet`` and ``test.parquet``, or those of silos.

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
            for part in cut.parts:
                (scratch / f"{part}.parquet").replace(folder / f"{part}.parquet")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return rows


def _write(engine: Engine, files: list[Path], scratch: Path, cut: Cut) -> dict[str, int]:
    found = engine.rows(f"DESCRIBE SELECT * FROM {parquet(files)}")
    there = {row[0] for row in found}
    kept = [name for name, _ in HISTORY_COLUMNS if name in there]
    names = ", ".join(map(quoted, _filled(engine, files, kept) if cut.n_silos else kept))
    rows = {}
    for number, part in enumerate(cut.parts):
        sql = cut.sql(files, number)
        found = engine.rows(
            f"COPY (SELECT {names} FROM ({sql})) TO {literal(str(scratch / f'{part}.parquet'))} "
            f"(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {_ROW_GROUP})",
            what=f"{part}.parquet",
            stage=f"write {part}",
        )
        rows[part] = int(found[0][0])
    return rows


def _filled(engine: Engine, files: list[Path], names: list[str]) -> list[str]:
    """Columns that an import takes: those that are not mostly empty."""
    counts = ", ".join(f"2 * count({quoted(name)}) >= count(*)" for name in names)
    found = engine.rows(f"SELECT {counts} FROM {parquet(files)}")[0]
    return [name for name, is_filled in zip(names, found, strict=True) if is_filled]


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
