"""Run DuckDB with bounded memory, progress, and errors in words.

A query runs in a thread of its own while the caller's thread reports how far it is, so that a
read of 32 million rows shows a moving bar and Ctrl-C stops it within a fifth of a second.

Reads / Writes: a scratch folder for what does not fit into memory.
Source: https://duckdb.org/docs/stable/guides/performance/how_to_tune_workloads.
Not here: which SQL is run (store.etl_fields, store.etl, store.history).
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from settee.core import BadInput, ImportSettings, SetteeError, Unavailable
from settee.store.closing import Closing

if TYPE_CHECKING:
    import duckdb

Progress = Callable[[str, int, int], None]
"""Told (stage, done, total) from time to time; a total of 0 means that it is unknown."""

_POLL_S = 0.2
_STEPS = 1000  # resolution of the progress of one query


class BadFile(BadInput):
    """A file cannot be read as what it claims to be."""

    code = "bad_file"


class BadZone(BadInput):
    """A time zone has no such name."""

    code = "bad_timezone"


class OutOfMemory(Unavailable):
    """The memory that settings allow is too small, or the scratch disk is full."""

    code = "etl_out_of_memory"


class EtlFailed(SetteeError):
    """DuckDB refused something that settee asked of it."""

    code = "etl_failed"


def no_progress(stage: str, done: int, total: int) -> None:
    """Report to nobody."""


def in_words(error: "duckdb.Error", what: str) -> SetteeError:
    """The settee error that tells what DuckDB's error about `what` means."""
    import duckdb  # loads much, and serving needs none

    first = str(error).partition("\n")[0]
    if isinstance(error, duckdb.OutOfMemoryException):
        return OutOfMemory(
            f"{what}: {first}",
            hint="Raise imports.max_memory_mb, or free space in the home folder.",
        )
    if isinstance(
        error,
        duckdb.InvalidInputException
        | duckdb.IOException
        | duckdb.ConversionException
        | duckdb.SerializationException
        | duckdb.HTTPException,
    ):
        return BadFile(f"{what} cannot be read: {first}")
    return EtlFailed(f"{what}: {first}")


def quoted(name: str) -> str:
    """An SQL identifier.

    >>> quoted('at')
    '"at"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


class Engine(Closing):
    """One in-memory DuckDB database that spills into a scratch folder.

    Args:
        scratch: Folder for spilled data; made when missing, emptied by whoever made it.
        settings: Memory, threads and time zone.
        progress: Told how far long queries are.

    Raises:
        BadZone: If `settings.timezone` is not a zone.
    """

    def __init__(
        self, scratch: Path, settings: ImportSettings, progress: Progress = no_progress
    ) -> None:
        import duckdb  # loads much, and serving needs none

        scratch.mkdir(parents=True, exist_ok=True)
        self.progress = progress
        self._con = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": f"{settings.max_memory_mb}MiB",
                "threads": str(settings.threads or os.cpu_count() or 1),
                "temp_directory": str(scratch),
                "preserve_insertion_order": "true",
                "autoinstall_known_extensions": "false",
            },
        )
        self._con.execute("SET enable_progress_bar = true")  # measured, never printed
        self._con.execute("SET enable_progress_bar_print = false")
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="settee-etl")
        try:
            self._con.execute(f"SET TimeZone = {literal(settings.timezone)}")
        except duckdb.Error:
            self.close()
            raise BadZone(
                f'imports.timezone is "{settings.timezone}", which is no time zone.',
                hint='Write a name such as "UTC" or "Europe/Berlin".',
                place="imports.timezone",
            ) from None

    def close(self) -> None:
        """Let go of memory and scratch files."""
        self._pool.shutdown()
        self._con.close()

    def rows(
        self, sql: str, *, what: str = "history", stage: str = "", total: int = 0
    ) -> list[tuple[Any, ...]]:
        """Run one statement and return all of its rows.

        Args:
            sql: The statement.
            what: What to name in an error: a file, or the history.
            stage: Under which name to report progress; empty for short queries.
            total: What the whole of this stage counts as, for example rows or bytes.

        Raises:
            SetteeError: See `in_words`.
        """
        import duckdb  # loads much, and serving needs none

        try:
            if not stage:
                return self._con.execute(sql).fetchall()
            return self._watched(sql, stage, total or _STEPS)
        except duckdb.Error as error:
            raise in_words(error, what) from error

    def one(self, sql: str, *, what: str = "history") -> tuple[Any, ...]:
        """The only row of a short query.

        Raises:
            SetteeError: See `in_words`.
        """
        return self.rows(sql, what=what)[0]

    def table(self, sql: str, *, what: str = "history") -> Any:  # noqa: ANN401 -- pyarrow has no types
        """All rows of one query as an Arrow table.

        Raises:
            SetteeError: See `in_words`.
        """
        import duckdb  # loads much, and serving needs none

        try:
            return self._con.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise in_words(error, what) from error

    def register(self, name: str, table: Any) -> None:  # noqa: ANN401 -- pyarrow has no types
        """Make an Arrow table, or reader, readable under `name`."""
        self._con.register(name, table)

    def unregister(self, name: str) -> None:
        """Forget what was registered under `name`."""
        self._con.unregister(name)

    def _watched(self, sql: str, stage: str, total: int) -> list[tuple[Any, ...]]:
        def work() -> list[tuple[Any, ...]]:
            return self._con.execute(sql).fetchall()

        self.progress(stage, 0, total)
        running = self._pool.submit(work)
        try:
            while not wait([running], timeout=_POLL_S).done:
                percent = min(max(self._con.query_progress(), 0.0), 100.0)  # -1 is "not yet"
                self.progress(stage, int(total * percent / 100), total)
        except BaseException:
            self._con.interrupt()
            wait([running])
            raise
        result = running.result()
        self.progress(stage, total, total)
        return result
