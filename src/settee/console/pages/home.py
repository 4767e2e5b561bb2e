"""Show what happens now: how much, how fast, from which rung, who is there, and what is not well.

Counts are of the service since its workers started; rates are of the last five seconds, so 10
answers more than five seconds ago read 2 a second.

Reads: GET /stats, GET /v1/accounts, POST /v1/who.  Writes: nothing.
Not here: what is an alert (console.alerts), quality of models (console.pages.models).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nicegui import ui

from settee.client.results import Accounts, Stats, WhoIsThere
from settee.console.alerts import RUNGS, alerts_of, quality_of
from settee.console.charts import bars, lines, short
from settee.console.exports import Section, export_buttons
from settee.console.parts import KEPT, LiveChart, empty, heading
from settee.console.view import View
from settee.core import system_clock

_EVERY_S = 5.0
_SOON_S = 1.0
"""Seconds until the second look, without which there is no rate."""
_LATER_S = 30.0
"""Seconds until the next try where the service did not answer."""
_WHO_EVERY_S = 30.0
_REMEMBERED = 60
_WATCHED = 6
_SHOWN_OF_VERSION = 8
_NOW = "now"
"""Under which name the figures are shared: twenty who look ask the service once in five seconds."""


async def draw_home(view: View) -> None:
    """The page."""
    now: Now = view.session.shared.setdefault(_NOW, Now())
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
        stats = now.latest(system_clock(), _EVERY_S - _SOON_S)  # somebody else may have asked
        if stats is None:
            asked = view.ask.stats()
            stats = await view.get("Asking the service how it is", asked, by_itself=True)
            if stats is None:
                timer.interval = _LATER_S
                return
            now.take(stats, system_clock())
        timer.interval = _EVERY_S if now.times else _SOON_S
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

    timer = ui.timer(_EVERY_S, refresh)
    if view.may("accounts.list"):
        ui.timer(_WHO_EVERY_S, lambda: _draw_active(view, active))
    else:
        with active:
            empty("To see who is watching you need the permission accounts.list.")


def card(name: str, value: str) -> None:
    """One figure with its name."""
    with ui.element("div").classes("card"):
        ui.label(value).classes("figure")
        ui.label(name).classes("small")


@dataclass
class Now:
    """The figures of this moment and of those before.

    Args:
        times: When each was, as a text.
        events: Events a second.
        answers: Answers a second.
    """

    stats: Stats | None = None
    times: list[str] = field(default_factory=list)
    events: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    _before: tuple[int, int, datetime] | None = None

    def latest(self, at: datetime, most_s: float) -> Stats | None:
        """What was taken last, where that is not long ago.

        Args:
            at: The present instant.
            most_s: Seconds that are not long; before there is a rate, none is short enough.
        """
        if self._before is None or not self.times:
            return None
        return self.stats if (at - self._before[2]).total_seconds() < most_s else None

    def take(self, stats: Stats, at: datetime) -> None:
        """The figures of a new moment."""
        n_events, n_answers = sum(stats.events.values()), sum(stats.answers.values())
        if self._before is not None:
            passed_s = max((at - self._before[2]).total_seconds(), 1e-3)
            self.times.append(f"{at:%H:%M:%S}")
            # A worker that was started anew counts from 0.
            self.events.append(max(0, n_events - self._before[0]) / passed_s)
            self.answers.append(max(0, n_answers - self._before[1]) / passed_s)
            for row in (self.times, self.events, self.answers):
                del row[:-_REMEMBERED]
        self.stats, self._before = stats, (n_events, n_answers, at)

    def figures(self) -> dict[str, str]:
        """What stands on the cards."""
        if self.stats is None:
            return {}
        total = self.stats.stages.get("total")
        return {
            "events a second": _latest(self.events),
            "answers a second": _latest(self.answers),
            "ms an answer, middle": "-" if total is None else str(short(total.p50_ms)),
            "ms an answer, 99th of 100": "-" if total is None else str(short(total.p99_ms)),
            "model in use": (self.stats.model_version or "none yet")[:_SHOWN_OF_VERSION],
            "titles": f"{self.stats.n_items:,}",
        }


def _latest(rates: list[float]) -> str:
    return str(short(float(rates[-1]))) if rates else "-"


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


async def _draw_active(view: View, where: ui.column) -> None:
    """The accounts that were active lately, each with the person who is likeliest there."""
    asked = view.ask.accounts(limit=_WATCHED)
    found = await view.get("Looking who is watching", asked, by_itself=True)
    if found is None:
        return
    rows: list[tuple[str, str, str]] = []
    for one in found.accounts[: found.n_lately]:
        who = None
        if view.may("people.read"):
            asking = view.ask.who(one.account_id)
            who = await view.get("Asking who is there", asking, by_itself=True)
        last = "" if one.last_at is None else f"last event {one.last_at:%d %b %H:%M} UTC"
        rows.append((one.account_id, last, "" if who is None else likeliest(who)))
    where.clear()
    with where:
        if not rows:
            _nobody(found)
        for account_id, last, says in rows:
            with ui.row().classes("card line"):
                _open(view, account_id)
                ui.label(says)
                ui.label(last).classes("small")


def _nobody(found: Accounts) -> None:
    if found.accounts:
        empty(
            "Nobody sent an event since the import. Send events with POST /v1/events, or try a "
            "session out on the page Watch."
        )
    else:
        empty("No account is known yet. Import a file on the page Data, or send events.")


def _open(view: View, account_id: str) -> None:
    def watch() -> None:
        view.session.kept[KEPT] = account_id
        ui.navigate.to("/watch")

    ui.button(account_id, on_click=watch, color=None).props("flat dense no-caps").classes("pick")


def likeliest(who: WhoIsThere) -> str:
    """Who is there, in few words.

    Args:
        who: As the service says it.
    """
    if who.is_together:
        return "probably several together"
    if not who.persons:
        return "persons are not told apart yet"
    first = who.persons[0]
    if who.guest > first.probability:
        return f"probably a guest ({100 * who.guest:.0f} %)"
    unsure = ", unsure" if who.is_unsure else ""
    return f"{first.person_id} ({100 * first.probability:.0f} %{unsure})"
