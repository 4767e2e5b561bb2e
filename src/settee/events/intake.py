"""Read the files of one import into staged tables and items, refusing rows with their reason.

Tables of numbers and texts take DuckDB's way; wire events, and files whose quotes are broken, are
read row by row. Either way a refused row goes to quarantine with its line, and is counted.

Reads: plain local files.  Writes: tables of the engine, quarantine.
Not here: checks and storing (events.importing).
"""

import codecs
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from settee.core import ImportSettings, Item
from settee.events.files import Member, as_plain_text, open_members
from settee.events.items import ReadItem, read_items, table_rows
from settee.events.layouts import Layout, UnknownLayout, recognise
from settee.events.quarantine import Quarantine
from settee.events.report import FileReport
from settee.events.rows import (
    WIRE_FORMS,
    Rows,
    csv_rows,
    good_rows,
    json_lines,
    json_rows,
    wire_rows,
)
from settee.store import (
    Engine,
    Limits,
    Reason,
    Refused,
    Staged,
    TableFile,
    parquet_columns,
    parquet_rows,
    stage_csv,
    stage_parquet,
    stage_rows,
)

_MOST_RAW = 4096
_BLOCK = 1 << 20


@dataclass
class Read:
    """What the files held.

    Args:
        staged: Tables of events, in the order of the files.
        items: Items by id; a later row replaces an earlier one.
        files: One report a file.
        ignored: Files that were not understood, and why.
        n_by_check: Bad rows of events by check.
        n_item_rows: Rows of items.
        n_bad_items: Bad ones among them.
    """

    staged: list[Staged] = field(default_factory=list)
    items: dict[str, Item] = field(default_factory=dict)
    files: list[FileReport] = field(default_factory=list)
    ignored: list[tuple[str, str]] = field(default_factory=list)
    n_by_check: Counter[str] = field(default_factory=Counter)
    n_item_rows: int = 0
    n_bad_items: int = 0


class FileReader:
    """Reads the files behind one path.

    Args:
        engine: Where tables are staged.
        settings: Mapping, kind and encoding.
        limits: What instants must keep.
        quarantine: Where refused rows go.
        scratch: Folder for unpacked files.
    """

    def __init__(
        self,
        engine: Engine,
        settings: ImportSettings,
        limits: Limits,
        quarantine: Quarantine,
        scratch: Path,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._limits = limits
        self._quarantine = quarantine
        self._scratch = scratch
        self._read = Read()

    def read(self, path: Path) -> Read:
        """Read every file that is understood.

        Raises:
            UnknownLayout: If none is.
            BadInput: If one cannot be read at all.
        """
        members = open_members(path, self._scratch)
        unknown: list[UnknownLayout] = []
        for member in members:
            try:
                layout = self._recognise(member)
            except UnknownLayout as error:
                unknown.append(error)
                self._read.ignored.append((member.name, error.message))
                continue
            if layout.holds in ("items", "wire items"):
                self._items(member, layout)
            else:
                self._events(member, layout)
        if not self._read.files:
            raise unknown[0]
        return self._read

    def _recognise(self, member: Member) -> Layout:
        columns = parquet_columns(self._engine, member.path) if member.form == "parquet" else []
        return recognise(member, self._settings, columns)

    def _refuse(self, name: str, line: int, reason: Reason, raw: str) -> None:
        self._quarantine.add(name, line, reason.code, reason.detail, raw)

    def _done(self, member: Member, layout: Layout, n_rows: int, n_bad: int) -> None:
        self._read.files.append(FileReport(member.name, layout.name, n_rows, n_bad))

    # -- items ---------------------------------------------------------------------------------

    def _items(self, member: Member, layout: Layout) -> None:
        n_rows = n_bad = 0
        for found in self._item_rows(member, layout):
            n_rows += 1
            if found.item is not None:
                self._read.items[found.item.item_id] = found.item
            elif found.reason is not None:
                n_bad += 1
                self._refuse(member.name, found.row.line, found.reason, _shown(found.row.raw))
        self._read.n_item_rows += n_rows
        self._read.n_bad_items += n_bad
        self._done(member, layout, n_rows, n_bad)

    def _item_rows(self, member: Member, layout: Layout) -> Iterator[ReadItem]:
        if layout.form == "parquet":
            return read_items(table_rows(parquet_rows(member.path)), layout)
        encoding = self._settings.encoding
        if encoding == "auto" and layout.is_latin and not _is_utf8(member.path):
            encoding = "latin-1"
        path, _ = as_plain_text(member, self._scratch, encoding)
        if layout.holds == "wire items":
            return read_items(json_lines(path), layout)
        return read_items(self._rows(path, layout)(), layout)

    # -- events --------------------------------------------------------------------------------

    def _events(self, member: Member, layout: Layout) -> None:
        table = f"file_{len(self._read.staged)}"
        staged = self._stage(member, layout, table)
        n_bad = 0
        for refused in staged.refused:
            n_bad += 1
            self._read.n_by_check[refused.reason.check] += 1
            self._refuse(member.name, refused.line, refused.reason, refused.raw)
        self._read.staged.append(staged)
        self._done(member, layout, staged.n_rows, n_bad)

    def _stage(self, member: Member, layout: Layout, table: str) -> Staged:
        if layout.form == "parquet":
            file = _table_file(member, member.path, layout)
            return stage_parquet(self._engine, table, file, self._limits)
        path, found = as_plain_text(member, self._scratch, self._settings.encoding)
        if layout.form == "csv" and not found.n_zeros:
            quote = '"' if found.n_quotes and len(layout.delimiter) == 1 else ""
            file = _table_file(member, path, layout, quote)
            staged = stage_csv(self._engine, table, file, self._limits)
            if staged is not None:
                return staged
        return self._stage_rows(member, layout, path, table)

    def _stage_rows(self, member: Member, layout: Layout, path: Path, table: str) -> Staged:
        rows = self._rows(path, layout)
        is_wire = layout.holds == "wire events"
        file = TableFile(
            path,
            member.name,
            tuple(WIRE_FORMS) if is_wire else layout.columns,
            {name: place for place, name in enumerate(WIRE_FORMS)} if is_wire else layout.fields,
            WIRE_FORMS if is_wire else {},
            layout.kind,
        )
        refused: dict[int, Reason] = {}
        good = good_rows(rows(), refused.__setitem__)
        staged = stage_rows(self._engine, table, file, self._limits, good)
        n_rows = staged.n_rows + len(refused)
        refused.update(staged.refused)
        return Staged(
            table, staged.columns, file.kind, n_rows, _with_raw(rows, refused), is_sparse=is_wire
        )

    @staticmethod
    def _rows(path: Path, layout: Layout) -> Rows:
        if layout.holds == "wire events":
            return lambda: wire_rows(path)
        if layout.form == "json":
            return lambda: json_rows(path, layout.columns)
        return lambda: csv_rows(
            path, layout.delimiter, len(layout.columns), has_header=layout.has_header
        )


def _table_file(member: Member, path: Path, layout: Layout, quote: str = "") -> TableFile:
    return TableFile(
        path,
        member.name,
        layout.columns,
        layout.fields,
        layout.forms,
        layout.kind,
        layout.delimiter,
        quote,
        layout.has_header,
    )


def _with_raw(rows: Rows, refused: Mapping[int, Reason]) -> Iterator[Refused]:
    """The refused rows with their bytes, for which the file is read once more."""
    if not refused:
        return
    left = len(refused)
    for row in rows():
        reason = refused.get(row.line)
        if reason is not None:
            yield Refused(row.line, reason, _shown(row.raw))
            left -= 1
            if not left:
                return


def _shown(raw: bytes) -> str:
    return raw[:_MOST_RAW].decode("utf-8", "backslashreplace")


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
