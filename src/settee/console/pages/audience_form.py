"""The boxes in which one says whom to reach: for what, how many, at what cost, among whom.

A box that does not count for the kind of question is not there; what is wrong is said beside it.

Reads: GET /v1/items, to offer titles.  Writes: nothing.
Not here: the question that they make (console.audience_question), its answer
(console.pages.audiences).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from settee.console.audience_question import KINDS, counts
from settee.console.titles import id_of, offer_titles
from settee.console.view import View

_KEPT = "item"
"""Under which name the session remembers the title that is looked at."""
_SIZE = 1000
_UNITS = {"": "As the service is set", "person": "Persons", "account": "Whole accounts"}
_RANKS = {"": "How likely they respond", "uplift": "What a contact adds"}
_DEVICES = ["tv", "desktop", "mobile", "tablet", "console", "speaker", "other"]


@dataclass
class Form:
    """All boxes.

    Args:
        view: Of this tab.
        on_enter: What Enter in a box does.
    """

    view: View
    on_enter: Callable[[], Awaitable[None]]
    kind: ui.select = field(init=False)
    _boxes: dict[str, Any] = field(default_factory=dict)
    _folded: dict[str, ui.expansion] = field(default_factory=dict)

    def draw(self) -> None:
        """The boxes, the rarer ones folded away."""
        with ui.element("div").classes("fields pairs"):
            self.kind = ui.select(KINDS, value="item", label="For")
            self._draw_kinds()
            self._number("size", "People at most", value=_SIZE)
        with ui.element("div").classes("fields pairs"):
            self._number("margin", "A response brings")
            self._number("share", "Margin of orders, %")
            self._number("cost", "A contact costs")
            self._number("budget", "Budget")
            self._text("campaign", "Campaign")
            self._text("channel", "Channel")
        with self._fold("Whom to look at", "active_days", "purchases", "spent", "devices"):
            self._number("active_days", "Active within days")
            self._number("purchases", "Purchases at least")
            self._number("spent", "Paid in all at least")
            devices = ui.select(_DEVICES, value=[], multiple=True, label="Used one of")
            self._keep("devices", devices)
        with self._fold("What ranks them", "by", "learnt_from", "least"):
            self._keep("by", ui.select(_RANKS, value="", label="Ranked by"))
            self._text("learnt_from", "From the campaign")
            self._number("least", "Probability at least, %")
        self._show_for_kind("by", self._folded["by"])
        with self._fold("More", "holdout", "unit", "name", "new_days"):
            self._number("holdout", "Held out, %")
            self._keep("unit", ui.select(_UNITS, value="", label="Of whom"))
            self._text("name", "Name, for people")
            is_new = ui.checkbox("Leave out who bought it")
            self._boxes["is_new_only"] = is_new
            self._show_for_kind("is_new_only", is_new)
            self._number("new_days", "Bought within days")

    def typed(self) -> dict[str, Any]:
        """Inputs by name, as they are; those that do not count for the kind are not in it."""
        kind = str(self.kind.value)
        return {name: box.value for name, box in self._boxes.items() if counts(name, kind)}

    def show_wrong(self, wrong: dict[str, str]) -> None:
        """Say beside each box what is wrong with it, and open what hides one.

        Args:
            wrong: By name of the box.
        """
        for name, box in self._boxes.items():
            if name == "is_new_only":
                continue
            box.props["error"] = name in wrong
            box.props["error-message"] = wrong.get(name, "")
            if name in wrong and name in self._folded:
                self._folded[name].open()

    async def settle_title(self) -> None:
        """Put the id of a title where its name was written, and remember it."""
        box = self._boxes["item_id"]
        typed = str(box.value or "").strip()
        if self.kind.value == "item" and typed:
            item_id = await id_of(self.view, typed)
            box.set_value(item_id)
            self.view.session.kept[_KEPT] = item_id

    def _draw_kinds(self) -> None:
        """What each kind of question asks for."""
        title = self._text("item_id", "Title or its id")
        title.set_value(self.view.session.kept.get(_KEPT, ""))
        offer_titles(self.view, title)
        self._text("tag", "Tag")
        self._text("tags", "Tags, one is enough")
        self._text("item_kind", "Kind, such as film")
        self._text("language", "Language")
        self._number("from_year", "From the year")
        self._number("to_year", "To the year")
        seeds = ui.textarea("Accounts, one a line or with commas").props("autogrow")
        self._keep("like", seeds).classes("many")

    def _fold(self, label: str, *names: str) -> ui.element:
        """A row of boxes that is folded away."""
        with ui.expansion(label).classes("wide") as folded:
            row = ui.element("div").classes("fields pairs")
        self._folded |= dict.fromkeys(names, folded)
        return row

    def _text(self, name: str, label: str) -> ui.input:
        box = ui.input(label)
        self._keep(name, box)
        box.on("keydown.enter", self.on_enter)
        return box

    def _number(self, name: str, label: str, value: float | None = None) -> None:
        self._keep(name, ui.number(label, value=value, min=0)).on("keydown.enter", self.on_enter)

    def _keep(self, name: str, box: Any) -> Any:  # noqa: ANN401 -- any box of NiceGUI
        self._boxes[name] = box.props("hide-bottom-space")
        self._show_for_kind(name, box)
        return box

    def _show_for_kind(self, name: str, box: ui.element) -> None:
        box.bind_visibility_from(self.kind, "value", backward=lambda kind: counts(name, str(kind)))
