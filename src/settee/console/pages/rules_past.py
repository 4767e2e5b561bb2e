"""Show when rules hold, drafted and in force, which versions there were, and go back to one.

Reads: GET /v1/rules, GET /v1/rules/history.  Writes: POST /v1/rules/rollback.
Not here: the editor (console.pages.rules), spans of time (console.schedule), what differs
(console.drafting).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from nicegui import ui

from settee.client.errors import Refused
from settee.client.results import Rule, RulesInForce, RulesVersion
from settee.console.charts import draw
from settee.console.drafting import compare, drawn, says, table
from settee.console.parts import empty, heading
from settee.console.refusals import Tried, refusal
from settee.console.schedule import schedule_chart
from settee.console.view import View
from settee.core import system_clock

_MOST = 20
_UNREAD = "The text in the editor cannot be read as it is; this is what is in force."


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
    _differs: ui.label = field(init=False)
    _schedule: ui.column = field(init=False)
    _versions: ui.column = field(init=False)
    _in_force: Sequence[Rule] = ()
    _shown: tuple[bool, list[dict[str, object]]] | None = None

    def draw_schedule(self) -> None:
        """Make room for the schedule."""
        heading("Schedule")
        self._differs = ui.label().classes("note").props('role="status"')
        self._schedule = ui.column().classes("inside")

    def draw_versions(self) -> None:
        """Make room for the versions."""
        heading("Versions")
        self._versions = ui.column().classes("inside")

    async def show(self, found: RulesInForce) -> None:
        """Draw both anew.

        Args:
            found: The rules in force.
        """
        self._in_force = found.rules
        self.set_beside(found.rules)
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

    def set_beside(self, draft: Sequence[Rule] | None) -> None:
        """Draw the schedule of a draft beside that of the rules in force.

        Args:
            draft: The rules of the editor as they were read; None where they cannot be.
        """
        now = system_clock()
        lines = compare(self._in_force if draft is None else draft, self._in_force, now)
        told = table(lines)
        if self._shown == (draft is None, told):
            return  # what somebody opened stays open
        self._shown = (draft is None, told)
        self._schedule.clear()
        self._differs.set_text(_UNREAD if draft is None else says(lines))
        with self._schedule:
            if not lines:
                empty("No rule is in force or in the editor, so there is nothing to schedule.")
                return
            rows = drawn(lines)
            chart = draw(
                schedule_chart(rows, now),
                "When each rule holds, from a month ago to a year ahead, in UTC; what is in force "
                "and differs from the editor is pale",
                told,
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
                    await self.on_changed()
                    ui.notify(f"The rules of version {version} are in force as {found.version}.")

            with ui.element("div").classes("fields"):
                ui.button("Go back", on_click=go)
                ui.button("Cancel", on_click=dialog.close).props("flat")
