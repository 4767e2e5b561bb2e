"""``settee import``: read files of events and items into the record.

A column of another name is mapped by a flag: ``--column account_id=customer``. The checks decide
before anything is stored; what they found is kept and shown again by ``settee report``.

Reads: the files.  Writes: history, tables, quarantine.
Not here: the checks and layouts (events).
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from settee.cli.call import Call
from settee.cli.tables import show_report
from settee.core import BadInput, ChecksFailed


class BadColumn(BadInput):
    """A column mapping on the command line cannot be understood."""

    code = "bad_column"


def import_(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="File, folder, .gz or .zip.")],
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", help="Map a column; repeatable.", metavar="FIELD=COLUMN"),
    ] = None,
    kind: Annotated[str, typer.Option(help="Kind of every row that names none.")] = "",
    timezone: Annotated[str, typer.Option(help="Zone of instants that name none.")] = "",
) -> None:
    """Import CSV, TSV, JSON lines, Parquet or a MovieLens folder; run again, only news is added."""
    call: Call = context.obj
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
