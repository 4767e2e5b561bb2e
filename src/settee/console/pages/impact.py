"""Reckon what a campaign is worth: every input told, every sum written out, and what it hangs on.

Amounts are typed in units of a currency (15.00) and sent in cents. A lift comes stated, with its
ends where they are known, or from the two arms of an experiment.

Reads: POST /v1/impact.  Writes: nothing.
Not here: what the answer looks like (console.pages.impact_answer), inputs (console.impact_inputs).
"""

from dataclasses import dataclass, field

from nicegui import ui

from settee.client.errors import Refused
from settee.console.impact_inputs import (
    BASE,
    DOUBT,
    EARNED_MONTHLY,
    EARNED_ONCE,
    ENGAGED,
    FROM_ARMS,
    PAID,
    STATED,
    WHOM,
    Input,
    asked_of,
    box_of,
)
from settee.console.pages.impact_answer import draw_impact_answer
from settee.console.parts import heading
from settee.console.refusals import Tried, refusal
from settee.console.view import View

_LIFTS = {
    "revenue": "Revenue of a user",
    "conversions": "Conversions a user",
    "engagement": "Only engagement (watching, clicking)",
}
_FROM = {"stated": "It is stated", "arms": "From an experiment with a holdout"}


async def draw_impact(view: View) -> None:
    """The page."""
    sheet = Sheet(view)
    with ui.element("div").classes("sides"):
        with ui.column().classes("inside"):
            sheet.draw()
        with ui.column().classes("inside"):
            heading("What it is worth")
            sheet.shown = ui.column().classes("inside").props('role="status"')
    ui.timer(0.01, sheet.reckon, once=True)


@dataclass
class Sheet:
    """All inputs, and where the answer goes.

    Args:
        view: Of this tab.
    """

    view: View
    shown: ui.column = field(init=False)
    lift_of: ui.select = field(init=False)
    lift_from: ui.select = field(init=False)
    _doubt: ui.expansion = field(init=False)
    _fields: dict[str, ui.number] = field(default_factory=dict)

    def draw(self) -> None:
        """The inputs, in groups; a group that does not count for what was lifted is hidden."""
        heading("Whom it reaches, and what was lifted")
        ui.label("The figures that stand here to begin with are an example: write yours.").classes(
            "note"
        )
        self.lift_of = ui.select(_LIFTS, value="revenue", label="What was lifted").classes("wide")
        self._draw_inputs(WHOM)
        self.lift_from = ui.select(_FROM, value="stated", label="How the lift is known").classes(
            "wide"
        )
        self._draw_inputs(STATED).bind_visibility_from(self.lift_from, "value", value="stated")
        self._draw_inputs(FROM_ARMS).bind_visibility_from(self.lift_from, "value", value="arms")
        heading("What it earns")
        self._draw_inputs(EARNED_MONTHLY).bind_visibility_from(
            self.lift_of, "value", backward=lambda value: value != "conversions"
        )
        self._draw_inputs(ENGAGED).bind_visibility_from(self.lift_of, "value", value="engagement")
        with ui.element("div").classes("wide") as once:
            self._draw_inputs(EARNED_ONCE)
            self._draw_inputs(BASE).bind_visibility_from(self.lift_from, "value", value="stated")
        once.bind_visibility_from(self.lift_of, "value", value="conversions")
        heading("What it costs")
        self._draw_inputs(PAID)
        with ui.expansion("How sure").classes("wide") as self._doubt:
            self._draw_inputs(DOUBT)
        with ui.element("div").classes("fields"):
            ui.button("Reckon", on_click=self.reckon)

    def _draw_inputs(self, inputs: tuple[Input, ...]) -> ui.element:
        group = ui.element("div").classes("inputs")
        with group:
            for one in inputs:
                box = ui.number(one.label, value=one.value).props(
                    "dense outlined hide-bottom-space"
                )
                box.props["hint"] = one.means
                box.on("keydown.enter", self.reckon)
                self._fields[one.name] = box
        return group

    async def reckon(self) -> None:
        """Ask, and show what comes back."""
        values = {name: box.value for name, box in self._fields.items()}
        lift_of, lift_from = str(self.lift_of.value), str(self.lift_from.value)
        asked, wrong = asked_of(values, lift_of, is_stated=lift_from == "stated")
        self._show_wrong(wrong)
        if wrong:
            return
        found = await self.view.get("Reckoning", Tried(lambda: self.view.ask.impact(**asked)))
        if found is None:
            return
        self.shown.clear()
        with self.shown:
            if isinstance(found, Refused):
                place = box_of(found.place, self._fields)
                self._show_wrong({place: found.message} if place else {})
                refusal(found)
            else:
                draw_impact_answer(found, swing=asked.get("swing"))

    def _show_wrong(self, wrong: dict[str, str]) -> None:
        """Say beside each input what is wrong with it."""
        for name, box in self._fields.items():
            box.props["error"] = name in wrong
            box.props["error-message"] = wrong.get(name, "")
        if any(one.name in wrong for one in DOUBT):
            self._doubt.open()
