"""Look through what was refused: the files, why, and the rows as far as one may see them.

Reads: GET /v1/quarantine, /v1/quarantine/{name}.  Writes: nothing.
Not here: quality over time (console.pages.data).
"""

from collections.abc import Sequence

from nicegui import ui

from settee.client.results import QuarantinePage, QuarantineRow, RefusedFile
from settee.console.charts import bars, figures
from settee.console.exports import Section, export_buttons
from settee.console.parts import LiveChart, empty, heading
from settee.console.view import View

RAW = "data.raw"
_PAGE = 10
_ALL = "every reason"


class Refused:
    """The part of the page about what was refused.

    Args:
        view: Of this tab.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._files: list[RefusedFile] = []
        self._name = ""
        self._reason = ""

    def draw(self) -> None:
        """Make room for it."""
        heading("What was refused")
        if not self._view.may(RAW):
            ui.label(f"Rows as they came, and details, need the permission {RAW}.").classes("note")
        self._nothing = ui.column().classes("inside")
        with ui.column().classes("inside") as self._whole:
            self._file = ui.select({}, label="Quarantine file").classes("wide")
            self._chart = LiveChart("Refused rows by reason")
            self._report = ui.row()
            self._why = ui.select([_ALL], value=_ALL, label="Refused because of")
            self._rows = ui.column().classes("inside").props('aria-live="polite"')
        self._whole.set_visibility(False)
        self._file.on_value_change(lambda change: self._open(str(change.value)))
        self._why.on_value_change(lambda change: self._pick(str(change.value)))

    async def load(self) -> None:
        """Ask what there is, and show the file that was open, or that grew last."""
        view = self._view
        found = await view.get("Looking through the quarantine", view.ask.quarantine())
        if found is None:
            return
        self._files = found.files
        self._nothing.clear()
        self._whole.set_visibility(bool(self._files))
        if not self._files:
            with self._nothing:
                empty("Nothing was refused: every row that came was taken.")
            return
        names = {one.name: file_name(one) for one in self._files}
        first = self._name if self._name in names else self._files[0].name
        if first == self._file.value:  # setting it again would say nothing
            self._file.set_options(names)
            await self._open(first)
        else:
            self._file.set_options(names, value=first)

    async def _open(self, name: str) -> None:
        self._name = name
        file = next(one for one in self._files if one.name == name)
        reasons = list(file.reasons)
        told = [{"reason": one, "rows": n} for one, n in file.reasons.items()]
        self._chart.show(bars(reasons, {"rows": list(file.reasons.values())}, flat=True), told)
        self._report.clear()
        with self._report:
            export_buttons("What was refused", [Section(file_name(file), told, "rows")])
        kept = self._reason if self._reason in reasons else _ALL
        self._why.set_options([_ALL, *reasons], value=kept)
        await self._page()

    async def _pick(self, reason: str) -> None:
        self._reason = "" if reason == _ALL else reason
        await self._page()

    async def _page(self, after: int | None = None) -> None:
        view = self._view
        page = await view.get(
            "Reading refused rows",
            view.ask.refused_rows(
                self._name, reason=self._reason or None, limit=_PAGE, after=after
            ),
        )
        if page is None:
            return
        self._rows.clear()
        with self._rows:
            figures(row_rows(page.rows), label="Refused rows").classes("wraps")
            self._draw_more(page)

    def _draw_more(self, page: QuarantinePage) -> None:
        with ui.row():
            ui.button("First rows", on_click=lambda: self._page()).props("flat dense")
            if page.after is not None:
                ui.button(
                    "Next rows", icon="navigate_next", on_click=lambda: self._page(page.after)
                ).props("flat dense")


def file_name(file: RefusedFile) -> str:
    """A quarantine file as it is picked."""
    what = "an import" if file.name.startswith("imp_") else "what was sent"
    return f"{file.changed_at:%d %b %Y %H:%M}, {what}: {file.n_rows:,} rows ({file.name})"


def row_rows(rows: Sequence[QuarantineRow]) -> list[dict[str, object]]:
    """Refused rows for a table; what one may not see is a column less."""
    may_see = any(one.raw is not None for one in rows)
    return [
        {"place": f"{one.file}, line {one.line:,}", "reason": one.reason}
        | ({"detail": one.detail, "as it came": one.raw} if may_see else {})
        for one in rows
    ]
