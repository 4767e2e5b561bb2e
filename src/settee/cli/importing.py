"""``settee import``: read files of events and items into the record.

A column of another name is mapped by a flag: ``--column account_id=customer``. The checks decide
before anything is stored; what they found is kept and shown again by ``settee report``. With
``--split time`` the record is then written as train, valid and test, for whoever trains elsewhere.

Reads: the files.  Writes: history, tables, quarantine, and the splits that are asked for.
Not here: the checks, layouts and splits (events).
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from settee.cli.call import Call
from settee.cli.tables import show_report
from settee.core import BadInput, ChecksFailed

if TYPE_CHECKING:
    from settee.app import Workspace


class BadColumn(BadInput):
    """A column mapping on the command line cannot be understood."""

    code = "bad_column"


class BadSplit(BadInput):
    """Where splits go was said, but not how to cut."""

    code = "bad_split"


class Split(StrEnum):
    """How the record can be cut."""

    TIME = "time"
    ACCOUNT = "account"


@dataclass(frozen=True)
class _Cut:
    """How the record is to be split after the import, if at all."""

    how: Split | None
    folder: Path | None
    valid_share: float
    test_share: float

    def check(self) -> None:
        """Refuse what cannot be, before anything is stored."""
        if self.how is None and self.folder is not None:
            raise BadSplit(
                f"--splits-to names {self.folder}, but nothing says how to cut.",
                hint="Add --split time, or --split account.",
                place="--split",
            )
        if self.how is not None:
            from settee.events import check_shares  # loads numpy and DuckDB: not for --help

            check_shares(self.valid_share, self.test_share)

    def write(self, call: Call, workspace: "Workspace") -> dict[str, Any]:
        """Write the files, and say how many rows each has."""
        if self.how is None:
            return {}
        folder = self.folder or workspace.home / "splits"
        with call.screen.progress() as tell:
            rows = workspace.split(folder, self.how.value, self.valid_share, self.test_share, tell)
        return {"splits": {"folder": str(folder), "how": self.how.value} | rows}


def import_(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="File, folder, .gz or .zip.")],
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", help="Map a column; repeatable.", metavar="FIELD=COLUMN"),
    ] = None,
    kind: Annotated[str, typer.Option(help="Kind of every row that names none.")] = "",
    timezone: Annotated[str, typer.Option(help="Zone of instants that name none.")] = "",
    split: Annotated[
        Split | None,
        typer.Option(
            help="Then write the record as train, valid and test.parquet: time cuts everybody at "
            "the same instants, account cuts off the newest events of each."
        ),
    ] = None,
    splits_to: Annotated[
        Path | None, typer.Option(help="Folder of those files [HOME/splits].", metavar="FOLDER")
    ] = None,
    valid_share: Annotated[
        float, typer.Option(help="Share of the events that tune.", min=0, max=1)
    ] = 0.1,
    test_share: Annotated[
        float, typer.Option(help="Newest share of the events, that judges.", min=0, max=1)
    ] = 0.1,
) -> None:
    """Import CSV, TSV, JSON lines, Parquet or a MovieLens folder; run again, only news is added."""
    call: Call = context.obj
    cut = _Cut(split, splits_to, valid_share, test_share)
    cut.check()
    settings = call.settings(*_flags(columns or [], kind, timezone))
    with call.workspace(settings) as workspace:
        try:
            with call.screen.progress() as tell:
                report = workspace.import_path(path, tell).as_dict()
        except ChecksFailed:
            # The reasons are kept as a report: show them above the error.
            latest = workspace.reports("import", 1)
            if latest and not call.screen.is_json:
                show_report(call.screen, "import", latest[0].body)
            raise
        report |= cut.write(call, workspace)
    if call.screen.is_json:
        call.screen.emit(report)
        return
    show_report(call.screen, "import", report)
    call.screen.remark("next: settee train")


def _flags(columns: list[str], kind: str, timezone: str) -> list[str]:
    flags = []
    for column in columns:
        field, equals, name = column.partition("=")
        if not (field and equals and name):
            raise BadColumn(
                f'"{column}" maps nothing; write FIELD=COLUMN, such as account_id=customer.',
                hint="docs/events.md lists the fields.",
                place="--column",
            )
        flags.append(f"imports.columns.{field}={json.dumps(name)}")
    if kind:
        flags.append(f"imports.kind={json.dumps(kind)}")
    if timezone:
        flags.append(f"imports.timezone={json.dumps(timezone)}")
    return flags
