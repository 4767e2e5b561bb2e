"""Show a list and why each title is in it: sources, reasons, what adds up, what rules did.

Reads: POST /v1/preview, POST /v1/explain.  Writes: nothing, not even an exposure.
Not here: the same list under other dials (console.pages.watch_dials).
"""

from collections.abc import Awaitable, Callable

from nicegui import ui

from settee.client.results import Answer, Shown, Trace, Why
from settee.console.charts import bars, draw, figures
from settee.console.pages.watch_dials import compare
from settee.console.pages.watch_scene import Scene
from settee.console.parts import TitlePicker, empty, heading
from settee.console.view import View

_LABEL_PX = 130


class ListPanel:
    """What they get.

    Args:
        view: Of this tab.
        on_watch: Tries a title out in the running session.
    """

    def __init__(self, view: View, on_watch: Callable[[str], Awaitable[None]]) -> None:
        self._view, self._on_watch = view, on_watch
        self._scene: Scene | None = None
        self._before: Answer | None = None
        with ui.column().classes("inside"):
            heading("What they get")
            self._shown = ui.column().classes("inside tight")
            self._asking = ui.column().classes("inside card")
            with self._asking:
                ui.label("Why not another title?").classes("strong")
                with ui.element("div").classes("fields"):
                    self._item = TitlePicker(view, "Any title", self._ask)
                    ui.button("Why?", on_click=self._ask)
                self._why = ui.column().classes("inside")
            self._asking.set_visibility(False)

    async def show(self, scene: Scene, asked: Awaitable[Answer]) -> Answer | None:
        """Show the list of a scene, or the next one of that which is shown; gives it.

        Args:
            scene: Which.
            asked: The call for it, under way.
        """
        if scene is not self._scene or not scene.watched:
            self._before = None
        self._scene = scene
        answer = await self._view.get("Making the list", asked)
        self._shown.clear()
        self._asking.set_visibility(True)
        with self._shown:
            if answer is None:
                empty("There is no list; the message says why.")
            else:
                scene.titles.update({one.item_id: one.title for one in answer.items})
                self._draw(answer)
        self._before = answer
        self._item.offer(scene.titles)
        return answer

    def _draw(self, answer: Answer) -> None:
        model = answer.model_version or "none"
        ui.label(f"From the rung {answer.rung}; model {model}. Nobody is shown this list.").classes(
            "small"
        )
        places, gone = compare(self._before.items if self._before else answer.items, answer.items)
        for one, place in zip(answer.items, places, strict=True):
            name = f"{one.rank}. {one.title or one.item_id}"
            with ui.expansion(name, caption=place.says).classes("card item") as row:
                inside = ui.column().classes("inside tight")
            self._on_open(row, inside, one, answer)
        if gone:
            ui.label("Left: " + ", ".join(gone)).classes("small")
        if answer.rules is not None:
            draw_rules(answer.rules)

    def _on_open(self, row: ui.expansion, inside: ui.column, one: Shown, answer: Answer) -> None:
        """Draw what is in a row when it is opened first."""

        async def watch() -> None:
            await self._on_watch(one.item_id)

        def fill() -> None:
            if inside.default_slot.children:
                return
            with inside:
                draw_reasons(one)
                for text in deeds_of(one.item_id, answer.rules):
                    ui.label(text)
                ui.button("As if this were watched now", on_click=watch, color=None).props(
                    "flat no-caps"
                ).classes("pick")

        row.on_value_change(lambda change: fill() if change.value else None)

    async def _ask(self) -> None:
        item_id, scene = self._item.take(), self._scene
        if item_id is None or scene is None:
            return
        why = await self._view.get(
            "Asking why", self._view.ask.explain(scene.account_id, item_id, **scene.amid())
        )
        self._why.clear()
        if why is not None:
            with self._why:
                _draw_why(why)


def draw_reasons(one: Shown) -> None:
    """Everything that is known of why a title stands where it does.

    Args:
        one: Of an answer with whole reasons.
    """
    if one.reason is not None and one.reason.text:
        ui.label(_sentence(one.reason.text))
    for elsewhere in one.without or ():
        rank = "would not be in it" if elsewhere.rank is None else f"would be rank {elsewhere.rank}"
        ui.label(f"Without {elsewhere.title or elsewhere.item_id} it {rank}.")
    if one.explored:
        ui.label(f"Chance put it here, with a probability of {one.propensity:.3f}.")
    doubt = "" if one.doubt is None else f", give or take {one.doubt:.2f}"
    ui.label(f"Score {one.score:.2f}{doubt}, in log odds.").classes("small")
    if one.adds:
        names = [part.text or part.name or part.kind for part in one.adds]
        chart = bars(names, {"adds": [part.adds for part in one.adds]}, flat=True)
        chart["yAxis"]["axisLabel"] = {"width": _LABEL_PX, "overflow": "truncate"}
        draw(
            chart,
            "What adds up to the score, in log odds",
            [
                {"part": name, "value": part.value, "adds": part.adds}
                for name, part in zip(names, one.adds, strict=True)
            ],
        )
    if one.sources:
        rows = [{"source": m.name, "rank": m.rank, "score": m.score} for m in one.sources]
        figures(rows, label="What the sources say")


def deeds_of(item_id: str, trace: Trace | None) -> list[str]:
    """What rules did to a title, in words.

    Args:
        item_id: Which.
        trace: What rules did to the list; None where that was not told.
    """
    if trace is None:
        return []
    lifted = [
        f"The rule {one.rule} {'lifts' if one.by >= 1 else 'lowers'} it: its odds are multiplied "
        f"by {one.by:.3g}."
        for one in trace.lifted
        if one.item_id == item_id
    ]
    moved = [
        f"The rule {one.rule}: {one.deed}, from rank {one.from_rank} "
        + ("off the page." if one.to_rank is None else f"to {one.to_rank}.")
        for one in trace.moved
        if one.item_id == item_id
    ]
    return lifted + moved


def draw_rules(trace: Trace) -> None:
    """What rules did to the whole list.

    Args:
        trace: What they did.
    """
    name = f"What rules did (version {trace.version})" if trace.version else "What rules did"
    with ui.expansion(name).classes("card item"):
        if trace.removed:
            rows = [
                {"rule": one.rule, "removed": one.n, "such as": ", ".join(one.examples)}
                for one in trace.removed
            ]
            figures(rows, label="What each rule removed")
        for one in trace.unmet:
            ui.label(f"{one.rule} could not have its way: {one.because}.")
        if not (trace.removed or trace.unmet or trace.lifted or trace.moved):
            ui.label("No rule did anything. The page Rules has them all.")


def _draw_why(why: Why) -> None:
    ui.label(why.text).classes("strong")
    if why.removed_by is not None:
        ui.label("The page Rules has the rules of the business; others are built in.").classes(
            "small"
        )
    for one in why.lifted:
        ui.label(f"The rule {one.rule} multiplies its odds by {one.by:.3g}.")
    if why.item is not None:
        draw_reasons(why.item)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
