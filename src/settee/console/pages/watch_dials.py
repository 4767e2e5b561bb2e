"""Turn dials and see two lists side by side: as the service is set, and with the dials turned.

Of ten titles three may be new and two stand elsewhere; each says where it was. Dials change nothing
but the list beside: what is in force is changed by settings and rules.

Reads: POST /v1/preview.  Writes: nothing.
Not here: the list itself and its reasons (console.pages.watch_list).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from nicegui import ui

from settee.client.results import Answer, Shown
from settee.client.said import Tried
from settee.console.pages.watch_scene import Scene
from settee.console.parts import heading
from settee.console.view import View

_AS_SET = "as set"
_VARIETY = {_AS_SET: _AS_SET, "0": "off", "0.2": "a little", "0.4": "some", "0.7": "much",
            "1": "all there is"}  # fmt: skip
_EXPLORE = {"0": "none", "0.1": "1 place in 10", "0.25": "1 place in 4", "0.5": "every other"}
_RULES = {"in": "in force", "out": "left out"}
_AGES = {"": "any", "6": "6", "12": "12", "16": "16"}
_WHOEVER, _TOGETHER = "", "together"


@dataclass(frozen=True)
class Place:
    """A place of the list with the dials turned.

    Args:
        rank: From 1.
        title: What stands there.
        was: Where it stood before; None where it was not in the list.
        explored: Did chance put it there?
    """

    rank: int
    title: str
    was: int | None
    explored: bool = False

    @property
    def says(self) -> str:
        """What changed, in words.

        >>> Place(2, "Alien", 5).says, Place(2, "Alien", None).says, Place(2, "Alien", 2).says
        ('was 5', 'new', '')
        """
        says = "new" if self.was is None else "" if self.was == self.rank else f"was {self.was}"
        return f"{says}, by chance" if self.explored else says


def compare(before: Sequence[Shown], after: Sequence[Shown]) -> tuple[list[Place], list[str]]:
    """The places of a list against those of another, and the titles that left.

    Args:
        before: One list.
        after: The other one.
    """
    was = {one.item_id: one.rank for one in before}
    places = [
        Place(one.rank, one.title or one.item_id, was.get(one.item_id), one.explored)
        for one in after
    ]
    stays = {one.item_id for one in after}
    return places, [one.title or one.item_id for one in before if one.item_id not in stays]


class DialsPanel:
    """Two lists side by side.

    Args:
        view: Of this tab.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._scene: Scene | None = None
        self._before: Answer | None = None
        self._whole = ui.column().classes("inside")
        with self._whole:
            heading("Turn dials")
            ui.label("Nothing that is in force changes; only the list on the right does.").classes(
                "small"
            )
            with ui.element("div").classes("fields"):
                self._variety = self._dial("Variety", _VARIETY, _AS_SET)
                self._explore = self._dial("Exploration", _EXPLORE, "0")
                self._rules = self._dial("Rules of the business", _RULES, "in")
                self._for = self._dial("For whom", {_WHOEVER: "whoever is there"}, _WHOEVER)
                self._age = self._dial("For ages up to", _AGES, "")
            if not view.may("rules.read"):
                self._rules.disable()
                ui.label("To leave out rules you need the permission rules.read.").classes("small")
            self._shown = ui.element("div").classes("sides")
        self._whole.set_visibility(False)

    async def show(self, scene: Scene, answer: Answer) -> None:
        """Take the list of a scene as the one on the left, and ask for the one on the right."""
        is_other = scene is not self._scene
        self._scene, self._before = scene, answer
        if is_other:
            persons = {person_id: scene.name_of(person_id) for person_id in scene.names}
            together = {_TOGETHER: "several together"} if len(persons) > 1 else {}
            self._for.set_options(
                {_WHOEVER: "whoever is there", **persons, **together}, value=_WHOEVER
            )
        self._whole.set_visibility(True)
        await self._ask()

    def _dial(self, label: str, options: dict[str, str], value: str) -> ui.select:
        return ui.select(options, value=value, label=label, on_change=self._ask)

    async def _ask(self) -> None:
        scene, before = self._scene, self._before
        if scene is None or before is None:
            return
        asked = cast("dict[str, Any]", scene.asked()) | self._turned() | {"explain": False}
        if not self._turned():
            after: Answer | None = before
        else:
            after = await self._view.get(
                "Making the other list",
                self._view.ask.preview(scene.account_id, **cast("Tried", asked)),
            )
        if after is not None:
            self._draw(before, after)

    def _turned(self) -> dict[str, Any]:
        """What the dials say, where they were turned."""
        said: dict[str, Any] = {}
        if self._variety.value != _AS_SET:
            said["variety"] = float(self._variety.value)
        if self._explore.value != "0":
            said["explore"] = float(self._explore.value)
        if self._rules.value == "out":
            said["rules"] = False
        if self._for.value == _TOGETHER:
            said["together"] = True
        elif self._for.value:
            said["person_id"] = self._for.value
        if self._age.value:
            said["max_age"] = int(self._age.value)
        return said

    def _draw(self, before: Answer, after: Answer) -> None:
        places, gone = compare(before.items, after.items)
        n_new = sum(one.was is None for one in places)
        self._shown.clear()
        with self._shown:
            with ui.column().classes("inside tight card"):
                ui.label("As the service is set").classes("strong")
                for one in before.items:
                    _line(one.rank, one.title or one.item_id, "")
            with ui.column().classes("inside tight card"):
                ui.label("With the dials").classes("strong")
                for place in places:
                    _line(place.rank, place.title, place.says)
                ui.label(f"{n_new} of {len(places)} are new.").classes("small")
                if gone:
                    ui.label("Left: " + ", ".join(gone)).classes("small")


def _line(rank: int, title: str, says: str) -> None:
    with ui.row().classes("line"):
        ui.label(f"{rank}. {title}")
        if says:
            ui.label(says).classes("mark")
