"""Show what happens now: answers a second, how fast, from which rung, by which model.

Figures are of the service since its workers started; the rates are of the last two seconds.

Reads: GET /stats, GET /ready.  Writes: nothing.
Not here: the quality of models (console.pages.models).
"""

from dataclasses import dataclass, field

from nicegui import ui

from settee.client.results import Stats
from settee.console.charts import bars, draw, short
from settee.console.view import View

_EVERY_S = 2.0


async def draw_home(view: View) -> None:
    """The page."""
    now = _Now()
    board = ui.element("div").classes("cards")
    charts = ui.column().classes("inside")

    async def refresh() -> None:
        stats = await view.get("Asking the service how it is", view.ask.stats())
        if stats is None:
            timer.deactivate()
            return
        now.take(stats)
        board.clear()
        with board:
            for name, value in now.figures().items():
                card(name, value)
        if now.n_seen == 1:
            with charts:
                _draw_stages(stats)

    timer = ui.timer(_EVERY_S, refresh)


def card(name: str, value: str) -> None:
    """One figure with its name."""
    with ui.element("div").classes("card"):
        ui.label(value).classes("figure")
        ui.label(name).classes("small")


@dataclass
class _Now:
    """The figures of this moment and of the one before."""

    stats: Stats | None = None
    rate: float | None = None
    n_seen: int = 0
    _before: dict[str, int] = field(default_factory=dict)

    def take(self, stats: Stats) -> None:
        """The figures of a new moment."""
        n_now, n_before = sum(stats.answers.values()), sum(self._before.values())
        if self.n_seen:
            self.rate = max(0, n_now - n_before) / _EVERY_S
        self.stats, self._before = stats, dict(stats.answers)
        self.n_seen += 1

    def figures(self) -> dict[str, str]:
        """What stands on the cards."""
        if self.stats is None:
            return {}
        n_answers = sum(self.stats.answers.values())
        return {
            "answers a second": "-" if self.rate is None else str(short(self.rate)),
            "answers since start": f"{n_answers:,}",
            "rung that answers": self.stats.rung or "none yet",
            "model in use": self.stats.model_version or "none yet",
            "titles": f"{self.stats.n_items:,}",
            "turned away": f"{self.stats.turned_away:,}",
        }


def _draw_stages(stats: Stats) -> None:
    if not stats.stages:
        with ui.element("div").classes("empty"):
            ui.label("Nobody has asked for a list yet. Open Watch and pick an account.")
        return
    names = list(stats.stages)
    middle = [stats.stages[name].p50_ms for name in names]
    slow = [stats.stages[name].p99_ms for name in names]
    draw(
        bars(names, {"middle": middle, "99th of 100": slow}, unit="ms", flat=True),
        "Milliseconds that each stage of an answer takes",
        [
            {"stage": name, "answers": stats.stages[name].n, "middle, ms": m, "99th, ms": s}
            for name, m, s in zip(names, middle, slow, strict=True)
        ],
    )
