"""Keep what was refused, with its place and the reason, so that it can be mended and sent again.

One JSON object a line: ``{"file": …, "line": 812, "reason": "missing_at", "detail": …, "raw": …}``.
An import has a file of its own; live events share one a day, which stops growing at a limit: of a
sender that errs 100,000 times an hour the first days' examples are enough.

Reads: nothing.  Writes: ``quarantine/<name>.jsonl`` below the home folder.
Source: JSON Lines, https://jsonlines.org.
Not here: which rows are refused (store.etl_fields, core.schema).
"""

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from settee.core import Unavailable, to_json
from settee.events.accept import Rejected

FOLDER = "quarantine"
MAX_RAW = 4096


class QuarantineFailed(Unavailable):
    """Refused rows cannot be kept."""

    code = "quarantine_failed"


class Quarantine:
    """The file of one import, made with its first row.

    Args:
        path: Where the file goes.

    Raises:
        QuarantineFailed: If a row cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self.reasons: Counter[str] = Counter()
        """Rows kept, by reason."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def path(self) -> Path | None:
        """The file, None while nothing was refused."""
        return None if self._file is None else self._path

    @property
    def n_rows(self) -> int:
        """Rows kept."""
        return self.reasons.total()

    def add(self, file: str, line: int, reason: str, detail: str, raw: str) -> None:
        """Keep one row.

        Args:
            file: Where it came from.
            line: Line or row there, from 1.
            reason: A stable code.
            detail: For people.
            raw: The row as it came.
        """
        row = {"file": file, "line": line, "reason": reason, "detail": detail, "raw": raw}
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("xb")
            self._file.write(to_json(row) + b"\n")
        except OSError as error:
            raise _failed(self._path, error) from error
        self.reasons[reason] += 1

    def flush(self) -> None:
        """Let others see what was kept so far."""
        try:
            if self._file is not None:
                self._file.flush()
        except OSError as error:
            raise _failed(self._path, error) from error


class LiveQuarantine:
    """Refused live events, a file a day; several threads may use it.

    Args:
        folder: Where the files go.
        max_bytes: Size at which a day's file stops growing; later rows are only counted.
    """

    def __init__(self, folder: Path, max_bytes: int = 64 * 1024 * 1024) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self.n_not_kept = 0
        """Events that were refused but not kept, for want of room."""

    def add(self, rejected: Sequence[Rejected], as_of: datetime) -> None:
        """Keep refused events.

        Args:
            rejected: What `accept_batch` refused.
            as_of: The present instant, aware; names the file.

        Raises:
            QuarantineFailed: If the file cannot be written.
        """
        if not rejected:
            return
        lines = [
            to_json(
                {
                    "file": "live",
                    "line": one.position + 1,
                    "reason": one.error.code,
                    "detail": one.error.message,
                    "raw": one.raw[:MAX_RAW].decode("utf-8", "backslashreplace"),
                }
            )
            + b"\n"
            for one in rejected
        ]
        path = self._folder / f"{as_of.astimezone(UTC):%Y-%m-%d}.jsonl"
        with self._lock:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                with path.open("ab") as file:
                    room = self._max_bytes - file.tell()
                    for number, line in enumerate(lines):
                        room -= len(line)
                        if room < 0:
                            self.n_not_kept += len(lines) - number
                            return
                        file.write(line)
            except OSError as error:
                raise _failed(path, error) from error


def _failed(path: Path, error: OSError) -> QuarantineFailed:
    return QuarantineFailed(
        f"{path}: {error.strerror}; refused rows could not be kept, so nothing was stored.",
        hint="Check that the home folder has room and belongs to this user.",
    )
