"""Look through the quarantine: which files there are, why rows were refused, and the rows.

A file of 64 MB is counted once and its counts are kept until it grows. Rows come page by page,
by their place in the file: after row 40 come 41 and those behind it.

Reads: ``quarantine/*.jsonl`` below the home folder.  Writes: nothing.
Not here: what writes the files (events.quarantine), who may see a row as it came (web.data).
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from settee.core import NotFound, Unavailable
from settee.events.quarantine import MAX_RAW


class NoSuchQuarantine(NotFound):
    """No quarantine file has that name."""

    code = "no_such_quarantine"


class QuarantineUnreadable(Unavailable):
    """A quarantine file cannot be read."""

    code = "quarantine_unreadable"


@dataclass(frozen=True)
class RefusedFile:
    """A quarantine file.

    Args:
        name: Its name; that of an import begins with ``imp_``, that of live events is a day.
        changed_at: When it last grew.
        n_bytes: Its size.
        n_rows: Rows in it.
        reasons: Rows by reason, the most frequent first.
    """

    name: str
    changed_at: datetime
    n_bytes: int
    n_rows: int
    reasons: dict[str, int]


class RefusedRow(msgspec.Struct, frozen=True):
    """A row that was refused.

    Args:
        file: Where it came from; "live" for events that were sent.
        line: Line there, from 1.
        reason: A stable code.
        detail: For people; it may quote the row.
        raw: The row as it came, its first 4,096 characters.
        number: Its place in the quarantine file, from 1.
    """

    file: str = ""
    line: int = 0
    reason: str = "unreadable"
    detail: str = ""
    raw: str = ""
    number: int = 0


_decoder = msgspec.json.Decoder(RefusedRow)
_State = tuple[int, int]


class RefusedFiles:
    """The quarantine of a home; any threads may use it.

    Args:
        folder: Where the files lie; need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._counted: dict[str, tuple[_State, Counter[str]]] = {}

    def files(self) -> list[RefusedFile]:
        """All files, the one that grew last first.

        Raises:
            QuarantineUnreadable: If one cannot be read.
        """
        with _readable(self._folder):
            found = [self._file(path) for path in sorted(self._folder.glob("*.jsonl"))]
        return sorted(found, key=lambda one: (one.changed_at, one.name), reverse=True)

    def rows(self, name: str, limit: int, *, after: int = 0, reason: str = "") -> list[RefusedRow]:
        """Rows of a file in order.

        Args:
            name: Name of the file.
            limit: Most rows.
            after: Only rows behind this place.
            reason: Only rows refused for that reason; "" for all.

        Raises:
            NoSuchQuarantine: If there is no such file.
            QuarantineUnreadable: If it cannot be read.
        """
        path = self._path(name)
        found: list[RefusedRow] = []
        with _readable(path):
            for row in _rows(path, after):
                if reason in ("", row.reason):
                    found.append(row)
                if len(found) == limit:
                    break
        return found

    def _path(self, name: str) -> Path:
        there = {path.name: path for path in self._folder.glob("*.jsonl")}
        if name not in there:
            raise NoSuchQuarantine(
                f'no quarantine file is called "{name}".',
                hint="GET /v1/quarantine lists the files.",
            )
        return there[name]

    def _file(self, path: Path) -> RefusedFile:
        stat = path.stat()
        state = stat.st_size, stat.st_mtime_ns
        kept = self._counted.get(path.name)
        if kept is None or kept[0] != state:
            kept = self._counted[path.name] = state, Counter(one.reason for one in _rows(path))
        return RefusedFile(
            path.name,
            datetime.fromtimestamp(stat.st_mtime, tz=UTC),
            stat.st_size,
            kept[1].total(),
            dict(kept[1].most_common()),
        )


def _rows(path: Path, after: int = 0) -> Iterator[RefusedRow]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if number > after:
                yield _row(line, number)


def _row(line: bytes, number: int) -> RefusedRow:
    try:
        row = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return RefusedRow(number=number)  # a power cut may leave half a line
    return msgspec.structs.replace(row, raw=row.raw[:MAX_RAW], number=number)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise QuarantineUnreadable(
            f"{path.name}: {error.strerror}; it cannot be read.",
            hint="Check that the home folder belongs to this user.",
        ) from error
