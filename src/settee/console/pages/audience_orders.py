"""Show what settee's order of people was worth on the record's last days, beside plain orders.

Of all responses the first tenth of people by settee's order gave 40 %, by lot 10 %. The band is its
95 % interval over people; a lead whose interval holds 0 may be chance, and is told as that.

Reads: GET /v1/audiences/curves.  Writes: nothing.
Source: docs/audiences.md, "What an order is worth here".
Not here: who is in an audience (console.pages.audience_view).
"""

from typing import Any

from nicegui import ui

from settee.client.errors import NotFound, Refused
from settee.client.results import AudienceCurves, Measured, OrderCurve
from settee.console.charts import PALETTE, draw, figures, lines
from settee.console.exports import Section, export_buttons
from settee.console.parts import empty, heading
from settee.console.refusals import Tried, refusal
from settee.console.view import View

_OURS = "settee"
_LOT = "by lot"
_ORDERS = {
    _OURS: _OURS, "random": _LOT, "popularity": "by how much they have",
    "activity_score": "by the activity score", "recency_frequency": "by recency and frequency",
}  # fmt: skip
_TENTHS = 10
_BAND = {
    "type": "line", "stack": "band", "symbol": "none", "silent": True, "color": PALETTE[0],
    "lineStyle": {"opacity": 0}, "tooltip": {"show": False},
}  # fmt: skip


def draw_orders(view: View) -> None:
    """What orders of people were worth, as it was found last.

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
    """Gain of every order, calibration, and the lead over the next best.

    Args:
        found: From the service.
    """
    ui.label(judged(found)).classes("note")
    if found.reason:
        ui.label(found.reason).classes("small")
    lead = lead_words(found)
    if lead:
        ui.label(lead).classes("claim")
    with ui.element("div").classes("sides"):
        if found.orders:
            draw(
                gain_chart(found),
                "Gain: what part of all responses the first so many people give; the band is the "
                "95 % interval of settee's order, and by lot is the baseline",
                gain_rows(found),
            )
        if found.calibration:
            _draw_calibration(found)
    figures(size_rows(found), label="Precision and recall")
    export_buttons("Orders of people", sections_of(found))


def judged(found: AudienceCurves) -> str:
    """On what it was judged, in a sentence.

    Args:
        found: From the service.
    """
    return (
        f"Learnt until {found.learnt_until:%Y-%m-%d}, judged on the {found.horizon_days:g} days "
        f"after it: {found.n_people:,} people, {found.n_responses:,} responses to "
        f"{len(found.item_ids)} titles."
    )


def lead_words(found: AudienceCurves) -> str:
    """How far settee's order is ahead of the next best where fewest people are contacted.

    Where everybody is, all orders are the same.

    Args:
        found: From the service.
    """
    ours = _ours(found)
    if ours is None or not ours.sizes:
        return ""
    few = min(ours.sizes, key=lambda at: at.n)
    behind = [
        (at.behind, _ORDERS.get(one.order, one.order))
        for one in found.orders
        for at in one.sizes
        if at.n == few.n and at.behind is not None
    ]
    said = (
        f"Of the first {few.n:,} people by settee's order {few.precision.value:.1%} responded "
        f"({few.precision.low:.1%} to {few.precision.high:.1%})"
    )
    if not behind:
        return f"{said}."
    least, name = min(behind, key=lambda pair: pair[0].value)
    said += f"; the next best order, {name}, "
    if least.low <= 0 <= least.high:
        return f"{said}may be as good: {_points(least)} behind."
    return said + (
        f"is {_points(least)} behind." if least.low > 0 else f"is ahead: {_points(least)} behind."
    )


def gain_chart(found: AudienceCurves) -> dict[str, Any]:
    """Options of the lines of all orders, with a band around settee's.

    Args:
        found: With one order at least.
    """
    places = [f"{round(100 * tenth / _TENTHS)}" for tenth in range(_TENTHS + 1)]
    series = gain_of(found)
    options = lines(places, series, x="% of people contacted", y="% of responses")
    options["xAxis"]["boundaryGap"] = False
    options["legend"]["data"] = list(series)
    for one in options["series"]:
        is_ours = one["name"] == _OURS
        dashes = "dotted" if one["name"] == _LOT else "dashed"
        one["lineStyle"] = {"width": 3 if is_ours else 1.5, "type": "solid" if is_ours else dashes}
        one["showSymbol"] = is_ours
    ours = _ours(found)
    if ours is not None:
        low = [0.0, *(100 * at.low for at in ours.gain)]
        wide = [0.0, *(100 * (at.high - at.low) for at in ours.gain)]
        options["series"] += [
            _BAND | {"name": "from", "data": low},
            _BAND | {"name": "to", "data": wide, "areaStyle": {"opacity": 0.2}},
        ]
    return options


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
    """Precision and recall of the first so many, by order, and how far each is behind settee's."""
    return [
        {
            "order": _ORDERS.get(one.order, one.order), "first": at.n,
            "precision": at.precision.value, "at least": at.precision.low,
            "at most": at.precision.high, "recall": at.recall.value,
            "behind settee": None if at.behind is None else _points(at.behind),
        }
        for one in found.orders
        for at in one.sizes
    ]  # fmt: skip


def sections_of(found: AudienceCurves) -> list[Section]:
    """The curves as a report for somebody else.

    Args:
        found: From the service.
    """
    calibration = [
        {"foretold": one.foretold, "came": one.came, "people": one.n} for one in found.calibration
    ]
    note = " ".join(one for one in (judged(found), found.reason, lead_words(found)) if one)
    return [
        Section("Precision and recall", size_rows(found), note=note),
        Section("Gain", gain_rows(found), note="Parts of all responses, with 95 % intervals."),
        Section("Calibration", calibration, chart="came" if calibration else ""),
    ]


def _draw_calibration(found: AudienceCurves) -> None:
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


def _ours(found: AudienceCurves) -> OrderCurve | None:
    return next((one for one in found.orders if one.order == _OURS), None)


def _points(behind: Measured) -> str:
    """A difference of shares with its interval, in points of a hundred."""
    return f"{100 * behind.value:.1f} points ({100 * behind.low:.1f} to {100 * behind.high:.1f})"
