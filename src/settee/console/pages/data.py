"""Show how good the data are: checks of imports over time, what was refused, and a way in.

Reads: GET /v1/reports, /v1/quarantine and below.  Writes: events and items, by the form.
Not here: the form (console.pages.data_import), what was refused (console.pages.data_refused).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from settee.client.results import ReportView
from settee.console.charts import bars, draw, figures, lines
from settee.console.exports import Section, export_buttons
from settee.console.pages.data_import import draw_import
from settee.console.pages.data_refused import Refused
from settee.console.parts import empty, heading
from settee.console.view import View

_IMPORTS = 50


async def draw_data(view: View) -> None:
    """The page."""
    quality = ui.column().classes("inside")
    refused = Refused(view)
    refused.draw()
    draw_import(view, refused.load)

    async def load() -> None:
        found = await view.get("Reading the reports", view.ask.reports("import", limit=_IMPORTS))
        if found is not None:
            with quality:
                _draw_quality(found.reports)
        await refused.load()

    ui.timer(0, load, once=True)


def _draw_quality(reports: Sequence[ReportView]) -> None:
    heading("Quality of imports")
    if not reports:
        empty(
            "Nothing was imported yet. Send a file below, or run settee import PATH, which also "
            "reads other columns, Parquet and archives."
        )
        return
    latest = reports[0].body
    with ui.element("div").classes("cards"):
        for name, value in cards(latest).items():
            with ui.element("div").classes("card"):
                ui.label(value).classes("figure")
                ui.label(name).classes("small")
    ui.label(says(reports[0]))
    rows = check_rows(latest)
    if len(reports) > 1:
        names, series = over_time(reports)
        draw(
            lines(names, series, x="import", y="share of rows"),
            "Share of rows that each check counted, import after import",
            time_rows(names, series),
        )
    elif used := [one for one in latest.get("checks", []) if _is_share(one) and one["share"]]:
        draw(
            bars(
                [one["name"] for one in used],
                {"part of the limit": [one["share"] / max(one["limit"], 1e-9) for one in used]},
                flat=True,
            ),
            "How much of its limit each check that counted a row used up; 1 stops an import",
            rows,
        )
    table = figures(rows, label="Checks of the latest import").classes("wraps")
    table.props("hide-pagination").props["pagination"] = {"rowsPerPage": 0}  # all of them at once
    with ui.expansion(f"Imports: {len(reports)}").classes("card"):
        figures(import_rows(reports), label="Imports")
    export_buttons(
        "Data quality",
        [
            Section("Checks of the latest import", rows, note=says(reports[0])),
            Section("Share of rows that each check counted", time_rows(*over_time(reports))),
            Section("Imports", import_rows(reports)),
        ],
    )


def cards(body: Mapping[str, Any]) -> dict[str, str]:
    """What stands on the cards of an import."""
    return {
        "events that were new": _count(body, "n_new"),
        "repeated or known": f"{body.get('n_duplicate', 0) + body.get('n_already', 0):,}",
        "rows refused": _count(body, "n_quarantined"),
        "titles added or changed": _count(body, "items_added"),
    }


def says(report: ReportView) -> str:
    """The latest import in a sentence."""
    failed = [one["name"] for one in report.body.get("checks", []) if not one["passed"]]
    when = f"The latest import, of {report.at:%d %B %Y, %H:%M} UTC,"
    if failed:
        return (
            f"{when} was stopped by {', '.join(failed)}, and nothing of it was stored. Mend the "
            "file, or raise the limit in the settings under checks."
        )
    return f"{when} kept every limit."


def check_rows(body: Mapping[str, Any]) -> list[dict[str, object]]:
    """The checks of an import, with how near each is to its limit."""
    return [
        {
            "check": one["name"],
            "looks at": one["detail"],
            "rows": one["n"],
            "found": _amount(one["share"], one["unit"]),
            "limit": "none" if one["limit"] is None else _amount(one["limit"], one["unit"]),
            "passed": "yes" if one["passed"] else "NO",
        }
        for one in body.get("checks", [])
    ]


def import_rows(reports: Sequence[ReportView]) -> list[dict[str, object]]:
    """Imports as rows, newest first."""
    return [
        {
            "at": f"{one.at:%Y-%m-%d %H:%M}",
            "rows": one.body.get("n_rows"),
            "new": one.body.get("n_new"),
            "refused": one.body.get("n_quarantined"),
            "passed": "yes" if one.body.get("passed") else "NO",
            "import": one.body.get("import_id"),
        }
        for one in reports
    ]


def over_time(reports: Sequence[ReportView]) -> tuple[list[str], dict[str, list[float]]]:
    """Shares by check, the oldest import first; only checks that counted something once.

    Args:
        reports: Of imports, newest first.
    """
    old_first = list(reversed(reports))
    series: dict[str, list[float]] = {}
    for place, report in enumerate(old_first):
        for one in report.body.get("checks", []):
            if _is_share(one):
                series.setdefault(one["name"], [0.0] * len(old_first))[place] = one["share"]
    moved = {name: shares for name, shares in series.items() if any(shares)}
    return [f"{one.at:%d %b %H:%M}" for one in old_first], moved or series


def time_rows(
    names: Sequence[str], series: Mapping[str, Sequence[float]]
) -> list[dict[str, object]]:
    """Shares of each import as a row, the oldest first.

    Args:
        names: Of the imports.
        series: Shares by check, from `over_time`.
    """
    return [
        {"import": name} | {check: shares[place] for check, shares in series.items()}
        for place, name in enumerate(names)
    ]


def _is_share(check: Mapping[str, Any]) -> bool:
    return check["unit"] == "share" and check["limit"] is not None


def _amount(value: float, unit: str) -> str:
    return f"{value:.2%}" if unit == "share" else f"{value:,.1f} {unit}"


def _count(body: Mapping[str, Any], name: str) -> str:
    return f"{body.get(name, 0):,}"
