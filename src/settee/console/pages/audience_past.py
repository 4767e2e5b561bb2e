"""Show the audiences that were kept, what orders of people were worth, and the log.

Reads: GET /v1/audiences, GET /v1/audiences/{audience_id}, GET /v1/audiences/curves,
GET /v1/audiences/log.  Writes: nothing.
Not here: one audience (console.pages.audience_view).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from settee.client.errors import NotFound, Refused
from settee.client.results import AudienceCurves, AudienceLogRow, AudienceView
from settee.console.charts import draw, figures, lines
from settee.console.parts import empty, heading
from settee.console.refusals import Tried, refusal
from settee.console.view import View

_TOLD = 1000
_ORDERS = {
    "settee": "settee", "random": "by lot", "popularity": "by how much they have",
    "activity_score": "by the activity score", "recency_frequency": "by recency and frequency",
}  # fmt: skip
_TENTHS = 10


@dataclass
class Kept:
    """The audiences that were made.

    Args:
        view: Of this tab.
        on_open: Given the one that is opened.
    """

    view: View
    on_open: Callable[[AudienceView], Awaitable[None]]
    _list: ui.column = field(init=False)

    def draw(self) -> None:
        """The list; it loads when the page is there."""
        self._list = ui.column().classes("inside")
        ui.timer(0.01, self.load, once=True)

    async def load(self) -> None:
        """Ask again which there are."""
        found = await self.view.get("Loading the audiences", self.view.ask.audiences(limit=20))
        if found is None:
            return
        self._list.clear()
        with self._list:
            if not found.audiences:
                empty("No audience was made yet. Write the id of a title above and choose people.")
                return
            for one in found.audiences:
                with ui.element("div").classes("card line"):
                    name = one.campaign or one.audience_id
                    button = ui.button(name, on_click=lambda name=one.audience_id: self.open(name))
                    button.props("flat dense no-caps").props["aria-label"] = (
                        f"Open {one.audience_id}"
                    )
                    ui.label(
                        f"{one.n_members:,} members, {one.at:%Y-%m-%d %H:%M} UTC by {one.who}"
                    ).classes("small")

    async def open(self, audience_id: str) -> None:
        """Show one again, with whoever may be addressed now."""
        found = await self.view.get(
            "Opening the audience", self.view.ask.audience(audience_id, n=_TOLD)
        )
        if found is not None:
            await self.on_open(found)


def draw_worth(view: View) -> None:
    """What orders of people were worth on the record's last days.

    Args:
        view: Of this tab.
    """
    heading("How good the order of people is")
    shown = ui.column().classes("inside")

    async def load() -> None:
        found = await view.get("Loading the curves", Tried(lambda: view.ask.audience_curves()))
        with shown:
            if isinstance(found, NotFound):
                empty(f"{found.message} {found.hint}")
            elif isinstance(found, Refused):
                refusal(found)
            elif found is not None:
                draw_curves(found)

    ui.timer(0.01, load, once=True)


def draw_curves(found: AudienceCurves) -> None:
    """Gain of every order, and calibration.

    Args:
        found: From the service.
    """
    ui.label(
        f"Learnt until {found.learnt_until:%Y-%m-%d}, judged on the {found.horizon_days:g} days "
        f"after it: {found.n_people:,} people, {found.n_responses:,} responses to "
        f"{len(found.item_ids)} titles."
    ).classes("note")
    if found.reason:
        ui.label(found.reason).classes("small")
    with ui.element("div").classes("sides"):
        if found.orders:
            xs = [round(100 * tenth / _TENTHS) for tenth in range(_TENTHS + 1)]
            draw(
                lines(xs, gain_of(found), x="% of people contacted", y="% of responses"),
                "Gain: what part of all responses the first so many people give",
                gain_rows(found),
            )
        if found.calibration:
            foretold = [one.foretold for one in found.calibration]
            draw(
                lines(
                    foretold,
                    {"came": [one.came for one in found.calibration], "as foretold": foretold},
                    x="probability foretold", y="share that responded",
                ),
                f"Calibration: off by {found.calibration_error:.3f} on average "
                f"({found.calibration_low:.3f} to {found.calibration_high:.3f})",
                [
                    {"foretold": one.foretold, "came": one.came, "people": one.n}
                    for one in found.calibration
                ],
            )  # fmt: skip
    figures(size_rows(found), label="Precision and recall")


def gain_of(found: AudienceCurves) -> dict[str, list[float]]:
    """Percent of responses at each tenth of people, from none on, by order."""
    return {
        _ORDERS.get(one.order, one.order): [0.0, *(100 * at.value for at in one.gain)]
        for one in found.orders
    }


def gain_rows(found: AudienceCurves) -> list[dict[str, Any]]:
    """The same as rows of a table, with intervals."""
    return [
        {"people, %": 100 * place / len(one.gain), "order": _ORDERS.get(one.order, one.order),
         "responses": at.value, "at least": at.low, "at most": at.high}
        for one in found.orders
        for place, at in enumerate(one.gain, 1)
    ]  # fmt: skip


def size_rows(found: AudienceCurves) -> list[dict[str, Any]]:
    """Precision and recall of the first so many, by order."""
    return [
        {
            "order": _ORDERS.get(one.order, one.order), "first": at.n,
            "precision": at.precision.value, "at least": at.precision.low,
            "at most": at.precision.high, "recall": at.recall.value,
        }
        for one in found.orders
        for at in one.sizes
    ]  # fmt: skip


def draw_log(view: View) -> None:
    """What was made, exported and refused; asked for when it is opened.

    Args:
        view: Of this tab.
    """
    heading("Log")
    shown = ui.column().classes("inside")
    before: list[int | None] = [None]

    async def load() -> None:
        found = await view.get("Loading the log", view.ask.audience_log(limit=20, before=before[0]))
        if found is None:
            return
        before[0] = found.before
        with shown:
            if found.rows:
                figures([log_row(one) for one in found.rows], label="Log")
            else:
                empty("Nothing was made or exported yet.")
        more.set_text("Earlier rows")
        more.set_visibility(found.before is not None)

    with ui.element("div").classes("fields"):
        more = ui.button("Show the log", on_click=load).props("flat")


def log_row(one: AudienceLogRow) -> dict[str, Any]:
    """A row of the log as it is read."""
    said = ", ".join(f"{name} {value}" for name, value in one.figures.items())
    return {
        "no.": one.number, "when": f"{one.at:%Y-%m-%d %H:%M}", "who": one.who, "what": one.what,
        "audience": one.audience_id, "figures": said, "seal": one.seal[:12],
    }  # fmt: skip
