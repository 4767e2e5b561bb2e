"""Show who is there, and how that moves while titles of a session are tried out.

Before the first title a person may have .5; with the second, .9: each step is a place on the line.

Reads: POST /v1/who.  Writes: nothing; what is tried out is sent nowhere.
Not here: what they get (console.pages.watch_list).
"""

from collections.abc import Awaitable, Callable, Coroutine

from nicegui import ui

from settee.client.results import WhoIsThere
from settee.console.asking import Asking
from settee.console.charts import bars, draw, lines
from settee.console.pages.watch_scene import Scene
from settee.console.parts import TitlePicker, heading
from settee.console.view import View

_GUEST = "a guest"
_UNKNOWN = "account"
"""The stage at which nothing is known of persons."""


class WhoPanel:
    """Who is there.

    Args:
        view: Of this tab.
        on_session: What to do when the session that is tried out changed.
    """

    def __init__(self, view: View, on_session: Callable[[], Awaitable[None]]) -> None:
        self._view, self._on_session = view, on_session
        self._scene: Scene | None = None
        self._steps: list[WhoIsThere] = []
        with ui.column().classes("inside"):
            heading("Who is there")
            self._shown = ui.column().classes("inside")
            self._session = ui.column().classes("inside card")
            with self._session:
                ui.label("Try a session out").classes("strong")
                ui.label(
                    "Add titles as if they were watched now, and see who it seems to be and what "
                    "they get then. Nothing is sent."
                ).classes("small")
                with ui.element("div").classes("fields"):
                    self._item = TitlePicker(view, "Title that is watched", self._add)
                    ui.button("Add", on_click=self._add)
                    ui.button("Begin anew", on_click=self._clear, color=None).props("flat").classes(
                        "pick"
                    )
                self._watched = ui.column().classes("small")
            self._session.set_visibility(False)

    async def show(self, scene: Scene, asked: Awaitable[WhoIsThere]) -> WhoIsThere | None:
        """Show a scene, or the next step of the one that is shown; gives what was answered.

        Args:
            scene: Which.
            asked: The call about it, under way.
        """
        if scene is not self._scene or len(self._steps) > len(scene.watched):
            self._scene, self._steps = scene, []
        who = await self._view.get("Asking who is there", asked)
        if who is not None:
            self._steps.append(who)
            self._draw(scene, who)
        return who

    def offer(self, scene: Scene) -> None:
        """Suggest the titles that the scene knows."""
        self._item.offer(scene.titles)

    async def add(self, item_id: str) -> None:
        """Try a title out."""
        if self._scene is not None:
            self._scene.watched.append(item_id)
            await self._on_session()

    async def _add(self) -> None:
        item_id = self._item.take()
        if item_id is not None:
            await self.add(item_id)

    async def _clear(self) -> None:
        if self._scene is not None:
            self._scene.watched.clear()
            await self._on_session()

    def _draw(self, scene: Scene, who: WhoIsThere) -> None:
        self._session.set_visibility(True)
        self._shown.clear()
        with self._shown:
            ui.label(said(who, scene)).classes("strong")
            chances = chances_of(who, scene)
            draw(
                bars(list(chances), {"probability": list(chances.values())}, flat=True),
                "How likely each person is there",
                [{"person": name, "probability": p} for name, p in chances.items()],
            )
            if len(self._steps) > 1:
                _draw_steps(self._steps, scene)
            if who.signals:
                told = ", ".join(f"{one.name} {one.bits:+.2f}" for one in who.signals)
                ui.label(f"What tells it, in bits (1 makes twice as likely): {told}.").classes(
                    "small"
                )
        self._watched.clear()
        with self._watched:
            for number, item_id in enumerate(scene.watched, start=1):
                ui.label(f"{number}. {scene.title_of(item_id)}")


def asked_who(ask: Asking, scene: Scene) -> Coroutine[object, object, WhoIsThere]:
    """The question who is there.

    Args:
        ask: The verbs of the service.
        scene: About what.
    """
    return ask.who(scene.account_id, at=scene.asked_at, events=scene.events(), **scene.where)


def chances_of(who: WhoIsThere, scene: Scene) -> dict[str, float]:
    """How likely each is there, a guest last.

    Args:
        who: What the service says.
        scene: Knows the names.
    """
    named = {scene.name_of(one.person_id): one.probability for one in who.persons}
    return {**named, _GUEST: who.guest}


def said(who: WhoIsThere, scene: Scene) -> str:
    """Who is there, in a sentence.

    Args:
        who: What the service says.
        scene: Knows the names, and when it is.
    """
    when = f"{who.at:%A %H:%M} UTC"
    if not who.persons:
        return f"{when}: nobody can be named, for the account is known at stage {who.stage}."
    first = who.persons[0]
    name, percent = scene.name_of(first.person_id), f"{100 * first.probability:.0f} %"
    if who.is_together:
        return f"{when}: probably several together, {name} among them ({percent})."
    if who.guest > first.probability:
        return f"{when}: probably a guest ({100 * who.guest:.0f} %)."
    if who.stage == _UNKNOWN:
        return f"{when}: nothing tells persons apart here, so all counts as one, {name}."
    return f"{when}: {name} ({percent})" + (", and that is unsure." if who.is_unsure else ".")


def _draw_steps(steps: list[WhoIsThere], scene: Scene) -> None:
    every = [chances_of(one, scene) for one in steps]
    names = list(dict.fromkeys(name for one in every for name in one))
    at = ["before", *(str(number) for number in range(1, len(steps)))]
    series = {name: [one.get(name, 0.0) for one in every] for name in names}
    rows = [
        {"titles watched": where} | {name: series[name][place] for name in names}
        for place, where in enumerate(at)
    ]
    draw(
        lines(at, series, x="titles watched", y="probability"),
        "How the probability of each person moves with each title",
        rows,
    )
