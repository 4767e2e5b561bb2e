"""Show when rules hold, which versions there were, and go back to one.

Reads: GET /v1/rules, GET /v1/rules/history.  Writes: POST /v1/rules/rollback.
Not here: the editor (console.pages.rules), spans of time (console.schedule).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from nicegui import ui

from settee.client.errors import Refused
from settee.client.results import RulesInForce, RulesVersion
from settee.console.charts import draw
from settee.console.parts import empty, heading
from settee.console.refusals import Tried, refusal
from settee.console.schedule import schedule, schedule_chart
from settee.console.view import View
from settee.core import system_clock

_MOST = 20


@dataclass
class Past:
    """Versions, and the schedule of those in force.

    Args:
        view: Of this tab.
        on_changed: Called after another version came into force.
        on_chosen: Given the text of an earlier version.
    """

    view: View
    on_changed: Callable[[], Awaitable[None]]
    on_chosen: Callable[[str], None]
    _schedule: ui.column = field(init=False)
    _versions: ui.column = field(init=False)

    def draw(self) -> None:
        """Places for both."""
        heading("Schedule")
        self._schedule = ui.column().classes("inside")
        heading("Versions")
        self._versions = ui.column().classes("inside")

    async def show(self, found: RulesInForce) -> None:
        """Draw both anew.

        Args:
            found: The rules in force.
        """
        self._schedule.clear()
        with self._schedule:
            self._draw_schedule(found)
        history = await self.view.get("Loading the versions", self.view.ask.rules_history(
            limit=_MOST
        ))  # fmt: skip
        if history is None:
            return
        self._versions.clear()
        with self._versions:
            if not history.versions:
                empty("No rules were put yet. Write some above, or take the example.")
            for one in history.versions:
                self._draw_version(one, in_force=found.version)

    def _draw_schedule(self, found: RulesInForce) -> None:
        if not found.rules:
            empty("No rule is in force, so there is nothing to schedule.")
            return
        now = system_clock()
        rows = schedule(found.rules, now)
        chart = draw(
            schedule_chart(rows, now),
            "When each rule in force holds, from a month ago to a year ahead, in UTC",
            [{"rule": row.rule, "kind": row.kind, "holds": row.words} for row in rows],
        )
        chart.style(f"height: {80 + 30 * len(rows)}px")

    def _draw_version(self, one: RulesVersion, in_force: int) -> None:
        is_now = one.version == in_force
        with ui.element("div").classes("card version"):
            ui.label(f"Version {one.version}{', in force' if is_now else ''}")
            came = f", the same as version {one.restored}" if one.restored else ""
            ui.label(f"{one.at:%Y-%m-%d %H:%M} UTC by {one.who}{came}").classes("small")
            ui.label(one.why or "No reason was given.").classes("small")
            if is_now:
                return
            with ui.element("div").classes("fields"):
                look = ui.button("Into the editor", on_click=lambda: self._look(one.version))
                look.props("flat dense").props["aria-label"] = (
                    f"Version {one.version} into the editor"
                )
                if self.view.may("rules.write"):
                    back = ui.button(
                        "Go back to it", on_click=lambda: self._ask_why(one.version, in_force)
                    )
                    back.props("flat dense").props["aria-label"] = f"Go back to {one.version}"

    async def _look(self, version: int) -> None:
        text = await self.view.get(
            f"Loading version {version}", self.view.ask.rules_text(version=version)
        )
        if text is not None:
            self.on_chosen(text)
            ui.notify(f"Version {version} is in the editor; it is not in force.")

    def _ask_why(self, version: int, in_force: int) -> None:
        with ui.dialog(value=True) as dialog, ui.card():
            ui.label(f"Go back to version {version}").classes("part")
            ui.label("Its rules come into force as a new version; nothing is lost.").classes("note")
            why = ui.input("Reason, for the history").classes("wide")
            said = ui.column()

            async def go() -> None:
                if not why.value.strip():
                    why.props('error error-message="Say why, for whoever reads the history."')
                    return
                found = await self.view.get(
                    "Going back",
                    Tried(
                        lambda: self.view.ask.roll_back_rules(
                            to=version, why=why.value.strip(), after=in_force
                        )
                    ),
                )
                if isinstance(found, Refused):
                    said.clear()
                    with said:
                        refusal(found)
                elif found is not None:
                    dialog.close()
                    ui.notify(f"The rules of version {version} are in force as {found.version}.")
                    await self.on_changed()

            with ui.element("div").classes("fields"):
                ui.button("Go back", on_click=go)
                ui.button("Cancel", on_click=dialog.close).props("flat")
