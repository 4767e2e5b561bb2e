"""Hand what a page shows to somebody else: as CSV, and as one HTML page with its charts.

The page needs nothing from elsewhere: charts are drawn as SVG in it, 100 rows take some 10 kB. A
cell that begins like a formula is written as text, so that a spreadsheet runs nothing.

Reads / Writes: nothing; the browser saves the file.
Source: RFC 4180 (CSV); OWASP, "CSV Injection".
Not here: what is shown (console.pages).
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from nicegui import ui

from settee.console.charts import PALETTE, short

Row = Mapping[str, Any]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1d2733;background:#fff}table{border-collapse:collapse}td,th{text-align:left;"
    "padding:.2rem 1rem .2rem 0;border-bottom:1px solid #d5dbe1}td.n{text-align:right}"
)
_BAR, _GAP, _LEFT, _WIDE, _NAMED = 22, 8, 260, 720, 34


@dataclass(frozen=True)
class Section:
    """One part of a report.

    Args:
        title: Its heading.
        rows: A table, a row each with the same columns.
        chart: Column whose numbers are also drawn as bars, named by the first column; or "".
        note: A sentence below.
    """

    title: str
    rows: Sequence[Row]
    chart: str = ""
    note: str = ""


def csv_of(rows: Sequence[Row]) -> bytes:
    r"""Rows as CSV with a header.

    >>> csv_of([{"channel": "=mail", "credit": 0.5}])
    b"channel,credit\r\n'=mail,0.5\r\n"
    """
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows({name: _safe(value) for name, value in row.items()} for row in rows)
    return out.getvalue().encode()


def html_of(title: str, sections: Sequence[Section]) -> bytes:
    """A report as one page that loads nothing."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
    ]
    for section in sections:
        parts.append(f"<h2>{escape(section.title)}</h2>")
        if section.chart and section.rows:
            parts.append(_bars(section.rows, section.chart))
        parts.append(_table(section.rows))
        if section.note:
            parts.append(f"<p>{escape(section.note)}</p>")
    return "".join([*parts, "</body></html>"]).encode()


def export_buttons(title: str, sections: Sequence[Section]) -> None:
    """Two buttons that save what is shown.

    Args:
        title: Of the report; the file is named by it.
        sections: What it holds; the CSV has the first.
    """
    name = "-".join(title.lower().split())

    def save_csv() -> None:
        ui.download.content(csv_of(sections[0].rows), f"{name}.csv", "text/csv")

    def save_html() -> None:
        ui.download.content(html_of(title, sections), f"{name}.html", "text/html")

    with ui.row():
        ui.button("Save as CSV", icon="table_view", on_click=save_csv).props("flat dense")
        ui.button("Save as HTML", icon="description", on_click=save_html).props("flat dense")


def _safe(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _table(rows: Sequence[Row]) -> str:
    if not rows:
        return "<p>There is nothing to show.</p>"
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in rows[0])
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(map(_line, rows))}</tbody></table>"
    )


def _line(row: Row) -> str:
    cells = []
    for value in row.values():
        kind = ' class="n"' if isinstance(value, int | float) else ""
        cells.append(f"<td{kind}>{escape(str(short(value)))}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def _bars(rows: Sequence[Row], column: str) -> str:
    """Bars that lie, longest value as wide as the page lets it; below 0 in another colour."""
    numbers = [float(row[column] or 0) for row in rows]
    most = max((abs(one) for one in numbers), default=0.0) or 1.0
    height = len(rows) * (_BAR + _GAP)
    drawn = [
        f'<svg role="img" viewBox="0 0 {_LEFT + _WIDE} {height}" width="100%">'
        f"<title>{escape(column)}</title>"
    ]
    for place, (row, number) in enumerate(zip(rows, numbers, strict=True)):
        top, wide = place * (_BAR + _GAP), abs(number) / most * (_WIDE - 80)
        name = escape(_cut(str(next(iter(row.values())))))
        colour = PALETTE[0] if number >= 0 else PALETTE[5]
        drawn.append(
            f'<text x="{_LEFT - 8}" y="{top + 16}" text-anchor="end" font-size="14">{name}</text>'
            f'<rect x="{_LEFT}" y="{top}" width="{wide:.1f}" height="{_BAR}" fill="{colour}"/>'
            f'<text x="{_LEFT + wide + 6:.1f}" y="{top + 16}" font-size="14">{short(number)}</text>'
        )
    return "".join([*drawn, "</svg>"])


def _cut(name: str) -> str:
    return name if len(name) <= _NAMED else f"{name[: _NAMED - 3]}..."
