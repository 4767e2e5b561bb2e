"""Keep the history: immutable segments of events as Parquet, listed in the tables.

A segment is written into a scratch folder, flushed to the disk, renamed, and only then listed, so
it is part of the history whole or not at all. A process killed between rename and listing leaves a
folder that nobody lists; the next start removes it. Nothing else ever changes a segment.

Reads / Writes: one folder with a folder for each segment; the list in the tables.
Source: Pillai et al. (2014), "All File Systems Are Not Created Equal" (flush, rename, flush).
Not here: where rows come from (store.etl, store.history_seal), numbers for models (events.reading).
"""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from settee.core import HISTORY_COLUMNS, ImportSettings, to_json
from settee.store.errors import StoreBusy, StoreDamaged, plain_errors
from settee.store.etl import Known
from settee.store.etl_engine import Engine, Progress, no_progress
from settee.store.rows import Segment
from settee.store.tables import Tables

EVENTS_FILE = "events.parquet"
_FACTS_FILE = "facts.json"
_SCRATCH = ".scratch-"
_LOCK = ".lock"
_LOCK_S = 60.0
_PAUSE_S = 0.05
_ARROW = {
    "VARCHAR": "string",
    "FLOAT": "float32",
    "BIGINT": "int64",
    "INTEGER": "int32",
    "TIMESTAMP": "timestamp[us]",
}


@cache
def history_schema() -> Any:  # noqa: ANN401 -- pyarrow has no types
    """The columns of a segment as Arrow types."""
    import pyarrow as pa  # loads much, and serving needs none

    return pa.schema([(name, _ARROW[kind]) for name, kind in HISTORY_COLUMNS])


class _Facts(msgspec.Struct, frozen=True):
    """What the list does not say of a segment, kept beside its rows."""

    n_event_ids: int


@dataclass(frozen=True)
class Written:
    """Rows that lie in a scratch folder, about to become a segment.

    Args:
        folder: Holds `EVENTS_FILE` and nothing else.
        n_rows: Rows in it.
        first_at_us: Earliest instant, 0 when there are no rows.
        last_at_us: Latest instant, 0 when there are no rows.
        n_event_ids: Rows that carry an event id.
    """

    folder: Path
    n_rows: int
    first_at_us: int
    last_at_us: int
    n_event_ids: int


@dataclass(frozen=True)
class Origin:
    """Where a segment comes from; see `Segment`.

    Args:
        kind: import or journal.
        source: For people.
        at: When it is added.
        journal_offset: Last journal offset that it holds.
        after_offset: Last journal offset that was sealed before.
    """

    kind: Literal["import", "journal"]
    source: str
    at: datetime
    journal_offset: int | None = None
    after_offset: int | None = None


class History:
    """All segments.

    Args:
        folder: Where they lie; made when missing.
        tables: Where they are listed.
        settings: Memory, threads (speed only).

    Raises:
        StoreUnavailable: If the folder cannot be used.
    """

    def __init__(
        self, folder: Path, tables: Tables, settings: ImportSettings | None = None
    ) -> None:
        self.folder = folder
        self._tables = tables
        self.settings = settings or ImportSettings()
        with plain_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self.sweep()

    def segments(self) -> list[Segment]:
        """Every segment, in the order of adding."""
        return self._tables.segments()

    def files(self, segments: Sequence[Segment] | None = None) -> list[Path]:
        """Parquet files of the given segments, of all by default; those without rows left out."""
        chosen = self.segments() if segments is None else segments
        return [self.folder / one.segment_id / EVENTS_FILE for one in chosen if one.n_rows]

    def known(self, first_at_us: int | None, last_at_us: int | None) -> Known:
        """Segments that may hold events of that span of time, or events with ids."""
        segments = self.segments()
        overlapping = [
            one
            for one in segments
            if first_at_us is not None
            and last_at_us is not None
            and one.first_at_us <= last_at_us
            and one.last_at_us >= first_at_us
        ]
        with_ids = [one for one in segments if self._facts(one.segment_id).n_event_ids]
        return Known(self.files(overlapping), self.files(with_ids))

    def engine(self, scratch: Path, progress: Progress = no_progress) -> Engine:
        """A DuckDB that spills into `scratch`."""
        return Engine(scratch, self.settings, progress)

    def row_groups(
        self,
        columns: Sequence[str],
        segments: Sequence[Segment] | None = None,
    ) -> Iterator[Any]:
        """The rows as Arrow tables of some 250,000 rows, texts as dictionary codes.

        Args:
            columns: Names out of `HISTORY_COLUMNS`.
            segments: Which segments, all by default.

        Raises:
            StoreDamaged: If a file is missing or is not what was written.
        """
        import pyarrow as pa  # loads much, and serving needs none
        import pyarrow.parquet as pq

        for path in self.files(segments):
            try:
                there = [name for name in pq.read_schema(path).names if name in columns]
                with pq.ParquetFile(path, read_dictionary=there) as file:
                    for number in range(file.num_row_groups):
                        rows = file.read_row_group(number, columns=there)
                        for name in columns:
                            if name not in there:
                                rows = rows.append_column(
                                    name, pa.nulls(len(rows), history_schema().field(name).type)
                                )
                        yield rows
            except (OSError, pa.ArrowException) as error:
                raise _damaged(path, str(error)) from error

    def verify(self) -> int:
        """Read every byte of the history and compare it with the hash in the list.

        Returns:
            The number of segments.

        Raises:
            StoreDamaged: At the first segment whose bytes are not those that were written.
        """
        segments = self.segments()
        for segment in segments:
            folder = self.folder / segment.segment_id
            if not folder.is_dir() or _hash_of(folder) != segment.sha256:
                raise _damaged(folder, "its bytes are not those that were written")
        return len(segments)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only one who adds segments, over all processes; a killed one lets go.

        Raises:
            StoreBusy: If somebody else keeps writing for a minute.
        """
        with plain_errors(self.folder), (self.folder / _LOCK).open("a") as lock:
            deadline = time.monotonic() + _LOCK_S
            while not _try_lock(lock.fileno()):
                if time.monotonic() > deadline:
                    raise StoreBusy(
                        f"{self.folder}: another import is running; nothing was stored.",
                        hint="Wait until it is done, then start this one again.",
                    )
                time.sleep(_PAUSE_S)
            yield

    @contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        """A fresh folder on the history's own disk, removed at the end.

        A lock inside says that its owner is alive, so that `sweep` leaves it alone. Take it before
        `writing`, never inside.
        """
        folder = self.folder / f"{_SCRATCH}{name}"
        with ExitStack() as stack, plain_errors(folder):
            with self.writing():
                folder.mkdir()
                lock = stack.enter_context((folder / _LOCK).open("a"))
                _try_lock(lock.fileno())
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def publish(self, segment_id: str, written: Written, origin: Origin) -> Segment:
        """Make written rows a segment; call it inside `writing`.

        Raises:
            Stale: If another process sealed the journal meanwhile; nothing is kept.
            DiskFull: If there is no room.
        """
        final = self.folder / segment_id
        with plain_errors(final):
            (written.folder / _FACTS_FILE).write_bytes(to_json(_Facts(written.n_event_ids)))
            for file in written.folder.iterdir():
                _flush(file)
            _flush(written.folder)
            sha256 = _hash_of(written.folder)
            written.folder.rename(final)
            _flush(self.folder)
        segment = Segment(
            segment_id,
            origin.kind,
            origin.source,
            written.n_rows,
            written.first_at_us,
            written.last_at_us,
            origin.journal_offset,
            sha256,
            origin.at.astimezone(UTC),
        )
        try:
            self._tables.add_segment(segment, after_offset=origin.after_offset)
        except BaseException:
            if all(one.segment_id != segment_id for one in self.segments()):
                shutil.rmtree(final, ignore_errors=True)
            raise
        return segment

    def sweep(self) -> int:
        """Remove what killed writers left; does nothing while somebody publishes.

        Returns:
            How many folders were removed.
        """
        with plain_errors(self.folder), (self.folder / _LOCK).open("a") as lock:
            if not _try_lock(lock.fileno()):
                return 0
            listed = {segment.segment_id for segment in self.segments()}
            orphans = [
                one
                for one in self.folder.iterdir()
                if one.is_dir() and one.name not in listed and not _is_owned(one)
            ]
            for orphan in orphans:
                shutil.rmtree(orphan)
            return len(orphans)

    def _facts(self, segment_id: str) -> _Facts:
        path = self.folder / segment_id / _FACTS_FILE
        try:
            return msgspec.json.decode(path.read_bytes(), type=_Facts)
        except (OSError, msgspec.MsgspecError) as error:
            raise _damaged(path, str(error)) from error


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_owned(folder: Path) -> bool:
    if not folder.name.startswith(_SCRATCH):
        return False
    with (folder / _LOCK).open("a") as lock:
        return not _try_lock(lock.fileno())


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _hash_of(folder: Path) -> str:
    """SHA-256 over the names and hashes of the files, in the order of their names."""
    total = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256")
        total.update(f"{path.name}\n{content.hexdigest()}\n".encode())
    return total.hexdigest()


def _damaged(path: Path, what: str) -> StoreDamaged:
    return StoreDamaged(
        f"{path}: {what}; a segment that settee wrote is expected.",
        hint="Restore the folder from a backup.",
    )
