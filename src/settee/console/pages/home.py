"""Show what happens now: how much, how fast, from which rung, who is there, and what is not well.

Reads: what the parts of the page read.  Writes: nothing.
Not here: the figures (pages.home_now), who is watching (pages.home_active), what is an alert
(console.alerts), quality of models (pages.models).
"""

from typing import Any

from nicegui import ui

from settee.client.results import Stats
from settee.console.alerts import RUNGS, alerts_of, quality_of
from settee.console.charts import bars, lines
from settee.console.exports import Section, export_buttons
from settee.console.pages.home_active import EVERY_S as WHO_EVERY_S
from settee.console.pages.home_active import draw_active
from settee.console.pages.home_now import EVERY_S, SOON_S, Now, now_of
from settee.console.parts import LiveChart, empty, heading
from settee.console.view import View
from settee.core import system_clock

_LATER_S = 30.0
"""Seconds until the next try where the service did not answer."""


async def draw_home(view: View) -> None:
    """The page."""
    board = ui.element("div").classes("cards")
    wrong = ui.column().classes("inside")
    with ui.element("div").classes("sides"):
        with ui.column().classes("inside"):
            heading("Right now")
            rates = LiveChart("Events and answers a second, in the last minutes")
        with ui.column().classes("inside"):
            heading("Who is watching")
            active = ui.column().classes("inside")
    heading("How answers are made")
    unasked = ui.label(
        "Nobody has asked for a list since the start. Try one out on the page Watch; answers of "
        "POST /v1/recommendations are counted here."
    ).classes("empty")
    with ui.element("div").classes("sides"):
        rungs = LiveChart("Answers by the rung that gave them, since the start")
        stages = LiveChart("Milliseconds that each stage of an answer takes")
    whole = (rates, rungs, stages)
    report = [Section("Now", [], note="The service has not answered yet.")]
    export_buttons("Home", report)

    async def refresh() -> None:
        now = await now_of(view)
        if now is None or now.stats is None:
            timer.interval = _LATER_S
            return
        stats = now.stats
        timer.interval = EVERY_S if now.times else SOON_S
        board.clear()
        with board:
            for name, value in now.figures().items():
                card(name, value)
        wrong.clear()
        with wrong:
            _draw_alerts(stats)
        unasked.set_visibility(not stats.answers)
        _show(now, stats, whole)
        report[:] = sections_of(now, stats)

    timer = ui.timer(EVERY_S, refresh)
    if view.may("accounts.list"):
        ui.timer(WHO_EVERY_S, lambda: draw_active(view, active))
    else:
        with active:
            empty("To see who is watching you need the permission accounts.list.")


def card(name: str, value: str) -> None:
    """One figure with its name."""
    with ui.element("div").classes("card"):
        ui.label(value).classes("figure")
        ui.label(name).classes("small")


def _draw_alerts(stats: Stats) -> None:
    found = alerts_of(stats, system_clock())
    ui.label(quality_of(stats)).classes("small")
    if not found:
        with ui.row().classes("card well"):
            ui.icon("check_circle", color="positive").props('aria-hidden="true"')
            ui.label("All is well.")
    for one in found:
        with ui.row().classes("card alert"):
            ui.icon("warning", color="warning").props('aria-hidden="true"')
            with ui.column().classes("alert-text"):
                ui.label(one.what)
                ui.label(one.do).classes("small")


def _show(now: Now, stats: Stats, charts: tuple[LiveChart, LiveChart, LiveChart]) -> None:
    """Draw the three charts with the figures of now."""
    rates, rungs, stages = charts
    rates.show(
        lines(now.times, {"events": now.events, "answers": now.answers}, x="", y="a second"),
        [
            {"time": at, "events a second": e, "answers a second": a}
            for at, e, a in zip(now.times, now.events, now.answers, strict=True)
        ],
    )
    counts = [stats.answers.get(one, 0) for one in RUNGS]
    rungs.show(bars(RUNGS, {"answers": counts}, flat=True), rung_rows(stats))
    names = list(stats.stages)
    stages.set_visibility(bool(names))
    rungs.set_visibility(bool(stats.answers))
    middle = [stats.stages[name].p50_ms for name in names]
    slow = [stats.stages[name].p99_ms for name in names]
    stages.show(
        bars(names, {"middle": middle, "99th of 100": slow}, unit="ms", flat=True),
        stage_rows(stats),
    )


def rung_rows(stats: Stats) -> list[dict[str, Any]]:
    """How many answers each rung gave since the start."""
    return [{"rung": one, "answers": stats.answers.get(one, 0)} for one in RUNGS]


def stage_rows(stats: Stats) -> list[dict[str, Any]]:
    """How long each stage of an answer takes."""
    return [
        {"stage": name, "answers": one.n, "middle, ms": one.p50_ms, "99th, ms": one.p99_ms}
        for name, one in stats.stages.items()
    ]


def sections_of(now: Now, stats: Stats) -> list[Section]:
    """The parts of the report; who is watching is left out, for it names accounts.

    Args:
        now: The figures of this moment.
        stats: What the service said of it.
    """
    alerts = [{"what is not well": one.what, "what to do": one.do}
              for one in alerts_of(stats, system_clock())]  # fmt: skip
    rates = [
        {"time": at, "events a second": e, "answers a second": a}
        for at, e, a in zip(now.times, now.events, now.answers, strict=True)
    ]
    return [
        Section("Now", [{"figure": k, "value": v} for k, v in now.figures().items()],
                note=quality_of(stats)),
        Section("What is not well", alerts),
        Section("The last minutes", rates),
        Section("Answers by the rung that gave them", rung_rows(stats), "answers"),
        Section("Milliseconds that each stage takes", stage_rows(stats), "99th, ms"),
    ]  # fmt: skip
