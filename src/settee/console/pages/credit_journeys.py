"""Draw journeys: the last steps of everybody as a river, and the paths of one account.

Reads / Writes: nothing.
Not here: what is asked (console.pages.attribution).
"""

from collections.abc import Sequence
from typing import Any

from nicegui import ui

from settee.client.results import CreditReport, Flow, JourneyPath
from settee.console.charts import GREY, PALETTE, draw, figures
from settee.console.parts import empty

_ENDS = {"(converted)": "converted", "(ended)": "no conversion"}
_SMALL = "(suppressed)"
_DAY_S = 86_400.0


def draw_flows(found: CreditReport) -> None:
    """The last steps of all paths.

    Args:
        found: From the service.
    """
    if not found.flows:
        empty(
            "No step was gone by enough people to be shown. Ask for a longer time, or lower "
            "attribution.min_people."
        )
        return
    chart = draw(
        sankey(found.flows),
        "The last four contacts of all paths and what they ended in; steps that few people went "
        "stand together as small ones",
        flow_rows(found.flows),
    )
    chart.style("height: 420px")


def flow_rows(flows: Sequence[Flow]) -> list[dict[str, Any]]:
    """Steps of paths as rows of a table.

    Args:
        flows: Steps of paths, counted from their end.
    """
    return [
        {
            "contacts before the end": one.step, "from": one.source,
            "to": _ENDS.get(one.target, one.target), "paths": one.n_paths, "people": one.n_people,
        }
        for one in flows
    ]  # fmt: skip


def sankey(flows: Sequence[Flow]) -> dict[str, Any]:
    """Options of a river; a channel is another node at each step, so that nothing runs back.

    Args:
        flows: Steps of paths, counted from their end.
    """
    first = max((one.step for one in flows), default=1)
    channels = sorted({one.source for one in flows} - {_SMALL})
    colours = {name: PALETTE[place % len(PALETTE)] for place, name in enumerate(channels)}
    places = [(one.step, one.source) for one in flows]
    places += [(one.step - 1, one.target) for one in flows]
    links = [
        {"source": _node(one.step, one.source), "target": _node(one.step - 1, one.target),
         "value": one.n_paths}
        for one in flows
    ]  # fmt: skip
    return {
        "backgroundColor": "transparent",
        "tooltip": {"trigger": "item", "confine": True},
        "series": [
            {
                "type": "sankey", "left": 8, "right": 90, "top": 8, "bottom": 8,
                "data": [
                    {
                        "name": _node(step, name), "depth": first - step,
                        "itemStyle": {"color": colours.get(name, GREY)},
                        "label": {"formatter": _called(name)},
                    }
                    for step, name in dict.fromkeys(places)
                ],
                "links": links, "draggable": False,
                "label": {"color": GREY, "fontFamily": "inherit", "fontSize": 11},
                "lineStyle": {"color": "source", "opacity": 0.35},
            }
        ],
        "animation": False,
    }  # fmt: skip


def draw_journeys(journeys: Sequence[JourneyPath]) -> None:
    """The paths of one account, the newest first.

    Args:
        journeys: Explained by the service.
    """
    if not journeys:
        empty("It has no path: it met no contact in the time that is asked for.")
        return
    for number, one in enumerate(journeys, 1):
        ui.label(f"{number}. {ending(one)}")
        figures(step_rows(one), label=f"Journey {number}")


def ending(one: JourneyPath) -> str:
    """What a path ended in.

    Args:
        one: A path.
    """
    if not one.conversions:
        return "Ended without a conversion."
    worth = f", worth {one.value_cents / 100:,.2f}" if one.value_cents else ""
    return f"Ended in a conversion{worth}."


def step_rows(one: JourneyPath) -> list[dict[str, Any]]:
    """Each contact with its credit by every method.

    Args:
        one: A path.
    """
    methods = list(dict.fromkeys(name for step in one.steps for name in step.credit))
    return [
        {
            "contact": step.channel,
            "days before the end": None if step.before_s is None else step.before_s / _DAY_S,
        }
        | {name: step.credit.get(name) for name in methods}
        for step in one.steps
    ]


def _called(name: str) -> str:
    return "small ones" if name == _SMALL else _ENDS.get(name, name)


def _node(step: int, name: str) -> str:
    """The name of a node: a channel with how many contacts there were from it on."""
    return _called(name) if step == 0 else f"{_called(name)}, {step} before the end"
