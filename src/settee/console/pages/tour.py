"""Begin the tour: ten stops, each with the question that it answers.

Reads / Writes: the session.
Not here: the stops (console.tour).
"""

from nicegui import ui

from settee.console.tour import STEPS, begin
from settee.console.view import View


async def draw_tour(view: View) -> None:
    """The page."""

    def start() -> None:
        ui.navigate.to(begin(view.session).path)

    ui.button("Begin", icon="play_arrow", on_click=start)
    ui.label("It takes about five minutes. Every stop is a page that you may leave and find again.")
    for number, step in enumerate(STEPS, 1):
        with ui.row().classes("card"):
            ui.label(f"{number}. {step.asks}").classes("figure-small")
            ui.link("Open", step.path).props["aria-label"] = f"Open the page of stop {number}"
            ui.label(step.do).classes("small")
