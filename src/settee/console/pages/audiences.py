"""Choose whom to reach: for a title, a tag or attributes, how many, and at what cost.

Reads: POST /v1/audiences, GET /v1/items/{item_id}/audience.  Writes: the audience that was made.
Not here: what an audience looks like (console.pages.audience_view), those that were kept and what
orders of people were worth (console.pages.audience_past).
"""

from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from settee.client.errors import Refused
from settee.client.results import AudienceView
from settee.console.audience_question import KINDS, Amounts, question
from settee.console.charts import figures
from settee.console.pages.audience_past import Kept, draw_log, draw_worth
from settee.console.pages.audience_view import AudienceCard
from settee.console.parts import heading
from settee.console.refusals import Tried, must_have, refusal
from settee.console.titles import id_of, offer_titles
from settee.console.view import View

_KEPT = "item"
"""Under which name the session remembers the title that is looked at."""
_TOLD = 1000
_LOOK = 20
_UNITS = {"": "As the service is set", "person": "Persons", "account": "Whole accounts"}


async def draw_audiences(view: View) -> None:
    """The page."""
    desk = Desk(view)
    heading("Whom to reach")
    desk.draw()
    desk.shown = ui.column().classes("inside").props('role="status"')
    heading("Kept audiences")
    desk.kept.draw()
    draw_worth(view)
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
    kind: ui.select = field(init=False)
    _boxes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kept = Kept(self.view, on_open=self.show)

    def draw(self) -> None:
        """The inputs."""
        with ui.element("div").classes("fields"):
            self.kind = ui.select(KINDS, value="item", label="For")
            self._draw_kinds()
            self._number("size", "People at most", 1000, least=1)
        with ui.element("div").classes("fields"):
            self._number("margin", "A response brings")
            self._number("cost", "A contact costs")
            self._number("budget", "Budget")
            self._text("campaign", "Campaign")
            self._text("channel", "Channel")
        with ui.expansion("More").classes("wide"), ui.element("div").classes("fields"):
            self._number("holdout", "Held out, %")
            self._number("least", "Probability at least, %")
            self._boxes["unit"] = ui.select(_UNITS, value="", label="Of whom")
            self._text("name", "Name, for people")
            self._boxes["is_new_only"] = ui.checkbox("Leave out who bought it")
        with ui.element("div").classes("fields"):
            make = ui.button("Choose people", on_click=self._make)
            must_have(make, "audiences.write", is_held=self.view.may("audiences.write"))
            look = ui.button("Look, keep nothing", on_click=self._look).props("flat")
            look.bind_visibility_from(self.kind, "value", value="item")
        ui.label(
            "Amounts are in units of your currency. People are taken in the order of what they "
            "bring, until the next contact costs more than it is worth, or so many are chosen."
        ).classes("note")

    def _draw_kinds(self) -> None:
        """What each kind of question asks for."""
        title = self._text("item_id", "Title or its id")
        title.bind_visibility_from(self.kind, "value", value="item")
        title.set_value(self.view.session.kept.get(_KEPT, ""))
        offer_titles(self.view, title)
        self._text("tag", "Tag").bind_visibility_from(self.kind, "value", value="tag")
        for name, label in (
            ("tags", "Tags, one is enough"), ("item_kind", "Kind, such as film"),
            ("language", "Language"),
        ):  # fmt: skip
            self._text(name, label).bind_visibility_from(self.kind, "value", value="attributes")
        for name, label in (("from_year", "From the year"), ("to_year", "To the year")):
            self._number(name, label).bind_visibility_from(self.kind, "value", value="attributes")

    def _text(self, name: str, label: str) -> ui.input:
        self._boxes[name] = box = ui.input(label).props("hide-bottom-space")
        box.on("keydown.enter", self._make)
        return box

    def _number(
        self, name: str, label: str, value: float | None = None, least: float = 0
    ) -> ui.number:
        self._boxes[name] = box = ui.number(label, value=value, min=least).props(
            "hide-bottom-space"
        )
        return box

    async def _make(self) -> None:
        if not self.view.may("audiences.write"):
            return
        await self._settle_title()
        typed = {name: box.value for name, box in self._boxes.items()}
        asked, wrong = question(str(self.kind.value), typed)
        for name, box in self._boxes.items():
            box.props["error"] = name in wrong
            box.props["error-message"] = wrong.get(name, "")
        if wrong:
            return
        found = await self.view.get(
            "Ranking people",
            Tried(lambda: self.view.ask.make_audience(n=_TOLD, **asked)),
        )
        if isinstance(found, Refused):
            self._say(found)
        elif found is not None:
            await self.show(found)
            await self.kept.load()

    async def _settle_title(self) -> None:
        """Put the id of a title where its name was written."""
        box = self._boxes["item_id"]
        typed = str(box.value or "").strip()
        if self.kind.value == "item" and typed:
            item_id = await id_of(self.view, typed)
            box.set_value(item_id)
            self.view.session.kept[_KEPT] = item_id

    async def show(self, found: AudienceView) -> None:
        """An audience that was made now, or is opened again."""
        self.shown.clear()
        amounts = Amounts.of({name: box.value for name, box in self._boxes.items()})
        with self.shown:
            AudienceCard(self.view, found, amounts).draw()

    async def _look(self) -> None:
        """Whoever lies ready for a title; nothing is kept."""
        await self._settle_title()
        item_id = str(self._boxes["item_id"].value or "").strip()
        if not item_id:
            self._boxes["item_id"].props('error error-message="Write a title, or its id."')
            return
        n = min(int(self._boxes["size"].value or _LOOK), _TOLD)
        found = await self.view.get(
            "Looking who is likely", Tried(lambda: self.view.ask.item_audience(item_id, n=n))
        )
        if isinstance(found, Refused):
            self._say(found)
        elif found is not None:
            self.shown.clear()
            with self.shown:
                ui.label(
                    f"{len(found.members)} people lie ready for it, as of "
                    f"{found.computed_at:%Y-%m-%d %H:%M} UTC; responses count for "
                    f"{found.horizon_days:g} days."
                )
                figures(
                    [
                        {
                            "rank": place, "account": one.account_id,
                            "person": one.person_id or "the account",
                            "probability": one.probability,
                        }
                        for place, one in enumerate(found.members, 1)
                    ],
                    label="Who is likely",
                )  # fmt: skip

    def _say(self, error: Refused) -> None:
        self.shown.clear()
        with self.shown:
            refusal(error)
