"""Choose whom to reach: for a title, a tag, attributes or likeness, how many, and at what cost.

Reads: POST /v1/audiences/preview.  Writes: POST /v1/audiences, the audience that was made.
Not here: the boxes (console.pages.audience_form), what an audience looks like
(console.pages.audience_view), those that were kept (console.pages.audience_past), what orders of
people were worth (console.pages.audience_orders).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from settee.client.errors import Refused
from settee.client.results import AudienceView
from settee.console.audience_gain import Amounts
from settee.console.audience_question import beyond, box_of, question
from settee.console.pages.audience_form import Form
from settee.console.pages.audience_orders import draw_orders
from settee.console.pages.audience_past import Kept, draw_log
from settee.console.pages.audience_view import AudienceCard
from settee.console.parts import heading
from settee.console.refusals import Tried, must_have, refusal
from settee.console.view import View

_TOLD = 1000


async def draw_audiences(view: View) -> None:
    """The page."""
    desk = Desk(view)
    heading("Whom to reach")
    desk.draw()
    desk.shown = ui.column().classes("inside").props('role="status"')
    heading("Kept audiences")
    desk.kept.draw()
    draw_orders(view)
    draw_log(view)


@dataclass
class Desk:
    """The question, and where its answer goes.

    Args:
        view: Of this tab.
    """

    view: View
    shown: ui.column = field(init=False)
    kept: Kept = field(init=False)
    form: Form = field(init=False)

    def __post_init__(self) -> None:
        self.kept = Kept(self.view, on_open=self.show)
        may_make = self.view.may("audiences.write")
        self.form = Form(self.view, on_enter=self._make if may_make else self._look)

    def draw(self) -> None:
        """The inputs, and what can be done with them."""
        self.form.draw()
        with ui.element("div").classes("fields"):
            make = ui.button("Choose people", on_click=self._make)
            must_have(make, "audiences.write", is_held=self.view.may("audiences.write"))
            ui.button("Look, keep nothing", on_click=self._look).props("flat")
        ui.label(
            "Amounts are in units of your currency. People are taken in the order of what they "
            "bring, until the next contact costs more than it is worth, or so many are chosen."
        ).classes("note")

    async def _make(self) -> None:
        ask = self.view.ask
        if await self._answer("Ranking people", lambda one: ask.make_audience(n=_TOLD, **one)):
            await self.kept.load()

    async def _look(self) -> None:
        """The same answer; nothing is kept."""
        ask = self.view.ask
        await self._answer(
            "Looking whom it would be", lambda one: ask.preview_audience(n=_TOLD, **one)
        )

    async def _answer(
        self, what: str, call: Callable[[dict[str, Any]], Awaitable[AudienceView]]
    ) -> bool:
        """Show the answer; False where something is wrong with the question, which is then said."""
        await self.form.settle_title()
        kind = str(self.form.kind.value)
        asked, wrong = question(kind, self.form.typed())
        self.form.show_wrong(wrong)
        if wrong:
            return False
        found = await self.view.get(what, Tried(lambda: call(asked)))
        if isinstance(found, Refused):
            box = box_of(found, kind)
            self.form.show_wrong({box: found.message} if box else {})
            self.shown.clear()
            with self.shown:
                refusal(found)
        elif found is not None:
            await self.show(found, await self._further(asked, found))
        return isinstance(found, AudienceView)

    async def _further(self, asked: dict[str, Any], found: AudienceView) -> AudienceView | None:
        """The same people and those past the end that money sets; None where it set none."""
        if not any(found.left_out.get(reason) for reason in ("past_profit", "past_budget")):
            return None
        wider = beyond(asked)
        ask = self.view.ask
        return await self.view.get("Looking past the end", ask.preview_audience(n=_TOLD, **wider))

    async def show(self, found: AudienceView, further: AudienceView | None = None) -> None:
        """An audience that was made or tried now, or is opened again."""
        is_alike = found.how == "lookalike"  # likeness is no probability that money goes with
        amounts = Amounts() if is_alike else Amounts.of(self.form.typed())
        self.shown.clear()
        with self.shown:
            AudienceCard(self.view, found, amounts, further).draw()
