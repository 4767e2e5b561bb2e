"""A home folder for imports, and the smallest files that mean something."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from settee.core import Settings, load_settings
from settee.events import ImportReport, import_path
from settee.store import History, Progress, Tables, no_progress

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HEADER = "userId,movieId,rating,timestamp\n"


class Home:
    """Everything that an import needs below one folder."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.tables = Tables(path / "tables.db")
        self.history = History(path / "history", self.tables)

    def settings(self, *flags: str) -> Settings:
        return load_settings(flags=["imports.threads=2", *flags])

    def take(
        self, path: Path, *flags: str, at: datetime = NOW, progress: Progress = no_progress
    ) -> ImportReport:
        settings = self.settings(*flags)
        return import_path(
            path,
            self.history,
            self.tables,
            settings,
            as_of=at,
            home=self.path,
            progress=progress,
        )

    def text(self, name: str, content: str | bytes) -> Path:
        path = self.path / "given" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def rows(self, columns: str = "account_id, item_id, kind, at, value") -> list[tuple[Any, ...]]:
        """Rows of the whole history in order; instants as epoch seconds."""
        files = [str(path) for path in self.history.files()]
        if not files:
            return []
        shown = columns.replace("at,", 'epoch("at")::DOUBLE,')
        with duckdb.connect() as con:
            return con.execute(
                f"SELECT {shown} FROM read_parquet($1, union_by_name=true) "  # noqa: S608 -- a test
                'ORDER BY account_id, "at", item_id, kind',
                [files],
            ).fetchall()

    def quarantine(self, report: ImportReport) -> list[dict[str, Any]]:
        if report.quarantine_path is None:
            return []
        return [json.loads(one) for one in Path(report.quarantine_path).read_bytes().splitlines()]

    def reasons(self, report: ImportReport) -> list[tuple[int, str]]:
        return [(row["line"], row["reason"]) for row in self.quarantine(report)]

    def leftovers(self) -> list[str]:
        """Folders of the history that are no segment."""
        listed = {segment.segment_id for segment in self.history.segments()}
        return sorted(
            one.name
            for one in (self.path / "history").iterdir()
            if one.is_dir() and one.name not in listed
        )
