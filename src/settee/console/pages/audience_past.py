"""Show the audiences that were kept, and the log of what was done with them.

Reads: GET /v1/audiences, GET /v1/audiences/{audience_id}, GET /v1/audiences/log.  Writes: nothing.
Not here: one audience (console.pages.audience_view), what orders of people were worth
(console.pages.audience_orders).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from settee.client.results import AudienceLogRow, AudienceView
from settee.console.charts import figures
from settee.console.parts import empty, heading
from settee.console.view import View

_TOLD = 1000


@dataclass
class Kept:
    """The audiences that were made.

    Args:
        view: Of this tab.
        on_open: Given the one that is opened.
    """

    view: View
    on_open: Callable[[AudienceView], Awaitable[None]]
    _list: ui.column = field(init=False)

    def draw(self) -> None:
        """The list; it loads when the page is there."""
        self._list = ui.column().classes("inside")
        ui.timer(0.01, self.load, once=True)

    async def load(self) -> None:
        """Ask again which there are."""
        found = await self.view.get("Loading the audiences", self.view.ask.audiences(limit=20))
        if found is None:
            return
        self._list.clear()
        with self._list:
            if not found.audiences:
                empty("No audience was made yet. Write the id of a title above and choose people.")
                return
            for one in found.audiences:
                with ui.element("div").classes("card line"):
                    name = one.campaign or one.audience_id
                    button = ui.button(name, on_click=lambda name=one.audience_id: self.open(name))
                    button.props("flat dense no-caps").props["aria-label"] = (
                        f"Open {one.audience_id}"
                    )
                    ui.label(
                        f"{one.n_members:,} members, {one.at:%Y-%m-%d %H:%M} UTC by {one.who}"
                    ).classes("small")

    async def open(self, audience_id: str) -> None:
        """Show one again, with whoever may be addressed now."""
        found = await self.view.get(
            "Opening the audience", self.view.ask.audience(audience_id, n=_TOLD)
        )
        if found is not None:
            await self.on_open(found)


def draw_log(view: View) -> None:
    """What was made, exported and refused; asked for when it is opened.

    Args:
        view: Of this tab.
    """
    heading("Log")
    shown = ui.column().classes("inside")
    before: list[int | None] = [None]

    async def load() -> None:
        found = await view.get("Loading the log", view.ask.audience_log(limit=20, before=before[0]))
        if found is None:
            return
        before[0] = found.before
        with shown:
            if found.rows:
                figures([log_row(one) for one in found.rows], label="Log")
            else:
                empty("Nothing was made or exported yet.")
        more.set_text("Earlier rows")
        more.set_visibility(found.before is not None)

    with ui.element("div").classes("fields"):
        more = ui.button("Show the log", on_click=load).props("flat")


def log_row(one: AudienceLogRow) -> dict[str, Any]:
    """A row of the log as it is read."""
    said = ", ".join(f"{name} {value}" for name, value in one.figures.items())
    return {
        "no.": one.number, "when": f"{one.at:%Y-%m-%d %H:%M}", "who": one.who, "what": one.what,
        "audience": one.audience_id, "figures": said, "seal": one.seal[:12],
    }  # fmt: skip
