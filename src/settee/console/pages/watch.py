"""Watch one account: who is there, what they get, why, and what would be if something were else.

An account may be made up: nobody has its id, so its list is what a newcomer gets, and each title
that is tried out shows what is learnt of somebody new.

Reads: GET /v1/accounts/{account_id}/people for names and devices, and what its panels ask.
Writes: nothing.
Not here: the panels (watch_who, watch_list, watch_dials), what is saved (watch_report), the
household (console.pages.households).
"""

from collections.abc import Awaitable
from secrets import token_hex

from nicegui import ui

from settee.client.results import HouseholdView
from settee.client.said import Where
from settee.console.exports import export_buttons
from settee.console.pages.watch_dials import DialsPanel
from settee.console.pages.watch_list import ListPanel
from settee.console.pages.watch_report import sections_of
from settee.console.pages.watch_scene import DAYS, NOW, Scene, instant_at
from settee.console.pages.watch_who import WhoPanel, asked_who
from settee.console.parts import AccountPicker, Suggestions
from settee.console.view import View, ahead
from settee.core import DEVICE_TYPES, system_clock

_ANY = ""
_MADE_UP = (
    "Nobody has this account: the list is what a newcomer gets. Add titles and see what is learnt "
    "of somebody new; nothing is sent or kept."
)


async def draw_watch(view: View) -> None:
    """The page."""
    page = _Watch(view)
    if view.session.kept.get("account"):
        ui.timer(0, page.begin, once=True)


class _Watch:
    def __init__(self, view: View) -> None:
        self._view = view
        self._scene: Scene | None = None
        self._made_up = ""
        with ui.element("div").classes("fields"):
            self._account = AccountPicker(view, self.begin)
            types = {_ANY: "any device"} | {one: one for one in DEVICE_TYPES}
            self._type = ui.select(types, value=_ANY, label="Kind of device")
            self._device = ui.input("Device, by id")
            self._devices = Suggestions(self._device)
            self._day = ui.select([NOW, *DAYS], value=NOW, label="Day")
            self._hour = ui.number("Hour, UTC", value=21, min=0, max=23, precision=0)
            self._hour.bind_enabled_from(self._day, "value", lambda day: day != NOW)
            self._size = ui.number("Titles", value=10, min=1, max=50, precision=0)
            ui.button("Show", on_click=self.begin)
            ui.button("A made-up account", icon="person_add", on_click=self._make_up).props(
                "outline no-caps"
            )
        self._account.draw_lately()
        self._new = ui.label(_MADE_UP).classes("small")
        self._new.set_visibility(False)
        with ui.element("div").classes("sides"):
            self._who = WhoPanel(view, self._step) if view.may("people.read") else None
            self._list = ListPanel(view, self._watch)
        self._save = ui.row()
        self._dials = DialsPanel(view)

    async def _make_up(self) -> None:
        """Look at an account that nobody has."""
        self._made_up = self._account.field.value = f"made-up-{token_hex(4)}"
        await self.begin()

    async def begin(self) -> None:
        """Look at the account that is written there."""
        is_made_up = bool(self._made_up) and self._account.field.value == self._made_up
        name = self._made_up if is_made_up else self._account.chosen()
        if name is None:
            return
        hour, size = self._hour.value, self._size.value
        if hour is None or not 0 <= hour <= 23 or size is None or not 1 <= size <= 50:
            ui.notify("The hour is 0 to 23, and titles are 1 to 50.", type="warning")
            return
        at = instant_at(str(self._day.value), int(hour), system_clock())
        self._scene = Scene(name, at, self._where(), int(size))
        self._new.set_visibility(is_made_up)
        self._devices.offer(())
        await self._step(is_known=not is_made_up)

    def _where(self) -> Where:
        where = Where()
        if self._type.value:
            where["device_type"] = self._type.value
        device_id = str(self._device.value or "").strip()
        if device_id:
            where["device_id"] = device_id
        return where

    async def _meet(self, scene: Scene, asked: Awaitable[HouseholdView]) -> None:
        """Learn names, devices and titles of the household."""
        found = await self._view.get("Looking who lives there", asked)
        if found is None:
            return
        scene.names = {one.person_id: one.name for one in found.persons}
        for person in found.persons:
            scene.titles.update({one.item_id: one.title for one in person.titles})
        own = dict.fromkeys(one.device_id for person in found.persons for one in person.devices)
        self._devices.offer(own)

    async def _step(self, *, is_known: bool = False) -> None:
        """Ask anew, for the scene or its session changed; of a known household, who lives there."""
        scene, ask = self._scene, self._view.ask
        if scene is None:
            return
        people = ahead(ask.people(scene.account_id)) if self._who and is_known else None
        seen = ahead(asked_who(ask, scene)) if self._who else None
        made = ahead(ask.preview(scene.account_id, **scene.asked()))
        if people is not None:
            await self._meet(scene, people)
        who = await self._who.show(scene, seen) if self._who and seen else None
        answer = await self._list.show(scene, made)
        if self._who is not None:
            self._who.offer(scene)
        self._save.clear()
        if answer is not None:
            with self._save:
                export_buttons("Watch", sections_of(scene, who, answer))
            await self._dials.show(scene, answer)

    async def _watch(self, item_id: str) -> None:
        if self._who is not None:
            await self._who.add(item_id)
        elif self._scene is not None:
            self._scene.watched.append(item_id)
            await self._step()
