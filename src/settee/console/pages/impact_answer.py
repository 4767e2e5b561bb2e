"""Draw what a campaign is worth: what the figure is, its ends, what it hangs on, and every sum.

Reads / Writes: nothing.
Not here: the inputs (console.pages.impact).
"""

from typing import Any

from nicegui import ui

from settee.client.results import Impact, Ranged, Swing
from settee.console.charts import AXIS, GREY, PALETTE, draw, figures
from settee.console.exports import Section, export_buttons
from settee.console.impact_inputs import label_of, shown_value
from settee.console.parts import heading

_CLAIMS = {
    "forecast": "A forecast: the lift has an interval.",
    "assumption": "An assumption: nothing says how sure the lift is.",
    "upper_bound": ("An upper bound, no forecast: engagement is counted as revenue one to one."),
    "none": "No answer: the experiment is too small. Cost and break-even stand all the same.",
}


def draw_impact_answer(found: Impact, swing: float | None = None) -> None:
    """The answer.

    Args:
        found: From the service.
        swing: By how much each figure was moved; None where it was left to the service.
    """
    ui.label(_CLAIMS.get(found.claim, found.claim)).classes("claim")
    with ui.element("div").classes("cards"):
        for name, value, ends in cards_of(found):
            with ui.element("div").classes("card"):
                ui.label(value).classes("figure")
                ui.label(name).classes("small")
                if ends:
                    ui.label(ends).classes("small")
    for note in found.notes:
        ui.label(note).classes("note")
    if found.sensitivity:
        heading("What it hangs on")
        _draw_tornado(found, "a fifth" if swing is None else f"{swing:.0%}")
    heading("How it is reckoned")
    _draw_formulas(found)
    export_buttons("Impact", sections_of(found))


def money(cents: float) -> str:
    """Cents in units of a currency.

    >>> money(123456.0), money(-50)
    ('1,235', '-0.50')
    """
    units = cents / 100
    return f"{units:,.0f}" if abs(units) >= 1000 else f"{units:,.2f}"


def cards_of(found: Impact) -> list[tuple[str, str, str]]:
    """Name, figure and ends of each card; what has no answer is left out.

    Args:
        found: From the service.
    """
    rows = [
        _money_card("what is left (net)", found.net_cents),
        _money_card("additional revenue", found.revenue_cents),
        _money_card("margin of it", found.margin_cents),
        ("cost", money(found.cost.total_cents), ""),
        _plain_card("additional conversions", found.conversions, "{:,.0f}"),
        _plain_card("return on each unit paid", found.return_on_investment, "{:.2f}"),
    ]
    if found.break_even_lift is not None:
        is_rate = found.conversions is not None
        words = "break-even, conversions in 100 users" if is_rate else "break-even lift"
        rows.append((words, f"{found.break_even_lift:.2%}", ""))
    if found.payback_months is not None:
        rows.append(("months until it is paid back", f"{found.payback_months:.1f}", ""))
    if found.drawn is not None:
        drawn = found.drawn
        ends = f"{money(drawn.low_cents)} to {money(drawn.high_cents)} in {drawn.n:,} draws"
        rows.append(("chance that it pays", f"{drawn.p_profit:.0%}", ends))
    return [one for one in rows if one is not None]


def tornado_chart(swings: list[Swing], net_cents: float) -> dict[str, Any]:
    """Options of a chart with a bar from the net at an input's lower value to that at its upper.

    Args:
        swings: The strongest first.
        net_cents: With every input as it is.
    """
    base = net_cents / 100

    def half(nets: list[float], name: str, colour: str) -> dict[str, Any]:
        return {
            "type": "bar", "name": name, "stack": "both", "itemStyle": {"color": colour},
            "data": [round(net / 100 - base, 2) for net in nets],
        }  # fmt: skip

    return {
        "backgroundColor": "transparent",
        "textStyle": {"fontFamily": "inherit", "color": GREY},
        "legend": {"textStyle": {"color": GREY}, "bottom": 0},
        "tooltip": {"trigger": "axis", "confine": True},
        "grid": {"left": 8, "right": 24, "top": 8, "bottom": 56, "containLabel": True},
        "xAxis": {
            "type": "value", "name": "change of the net", "nameLocation": "middle", "nameGap": 26,
            "axisLabel": AXIS["axisLabel"] | {"hideOverlap": True},
            "splitLine": AXIS["splitLine"],
        },
        "yAxis": {
            "type": "category", "inverse": True, "data": [label_of(one.name) for one in swings],
            "axisLabel": AXIS["axisLabel"] | {"width": 130, "overflow": "break", "lineHeight": 13},
        },
        "series": [
            half([one.net_low_cents for one in swings], "at the lower value", PALETTE[1]),
            half([one.net_high_cents for one in swings], "at the upper value", PALETTE[0]),
        ],
        "animation": False,
    }  # fmt: skip


def sections_of(found: Impact) -> list[Section]:
    """The answer as a report for somebody else.

    Args:
        found: From the service.
    """
    worth = [
        {"figure": name, "value": value, "ends": ends} for name, value, ends in cards_of(found)
    ]
    sums = [
        {"figure": one.name.replace("_", " "), "sum": one.words, "in numbers": one.numbers,
         "result": one.result}
        for one in found.formulas
    ]  # fmt: skip
    swings = [
        row | {"how far apart": abs(one.net_high_cents - one.net_low_cents) / 100}
        for row, one in zip(swing_rows(found.sensitivity), found.sensitivity, strict=True)
    ]
    notes = " ".join([_CLAIMS.get(found.claim, found.claim), *found.notes])
    return [
        Section("What it is worth", worth, note=notes),
        Section("What it hangs on", swings, chart="how far apart"),
        Section("How it is reckoned", sums),
    ]


def swing_rows(swings: list[Swing]) -> list[dict[str, Any]]:
    """What each input alone does to the net, as rows of a table.

    Args:
        swings: The strongest first.
    """
    return [
        {
            "input": label_of(one.name),
            "from": shown_value(one.name, one.low), "to": shown_value(one.name, one.high),
            "net then": money(one.net_low_cents), "or": money(one.net_high_cents),
        }
        for one in swings
    ]  # fmt: skip


def _draw_tornado(found: Impact, moved: str) -> None:
    net = found.net_cents.value if found.net_cents is not None else 0.0
    chart = draw(
        tornado_chart(found.sensitivity, net),
        "What each input alone does to the net: the lift over its interval, the others by "
        f"{moved} up and down",
        swing_rows(found.sensitivity),
    )
    chart.style(f"height: {100 + 34 * len(found.sensitivity)}px")


def _draw_formulas(found: Impact) -> None:
    for one in found.formulas:
        with ui.element("div").classes("formula"):
            ui.label(one.name.replace("_", " ")).classes("small")
            ui.label(f"= {one.words}")
            ui.label(f"= {one.numbers}").classes("small")
            ui.label(f"= {one.result}").classes("result")
    if found.lift is not None and found.lift.difference is not None:
        low, high = found.lift.difference.low, found.lift.difference.high
        figures(
            [
                {
                    "reached": found.lift.treated, "held out": found.lift.held_out,
                    "difference": found.lift.difference.value, "at least": low, "at most": high,
                }
            ],
            label="The experiment",
        )  # fmt: skip


def _money_card(name: str, found: Ranged | None) -> tuple[str, str, str] | None:
    if found is None:
        return None
    ends = "" if found.low is None or found.high is None else (
        f"{money(found.low)} to {money(found.high)}"
    )  # fmt: skip
    return name, money(found.value), ends


def _plain_card(name: str, found: Ranged | None, shape: str) -> tuple[str, str, str] | None:
    if found is None:
        return None
    ends = "" if found.low is None or found.high is None else (
        f"{shape.format(found.low)} to {shape.format(found.high)}"
    )  # fmt: skip
    return name, shape.format(found.value), ends
