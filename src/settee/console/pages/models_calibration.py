"""Draw how far probabilities can be believed: what was told beside what came true.

Items that were told .2 should be wanted 1 time in 5. A dot on the dashed diagonal kept its word;
one below it promised too much, and one whose line does not meet the diagonal did so for sure.

Reads: a version.  Writes: nothing.
Source: DeGroot & Fienberg (1983), "The Comparison and Evaluation of Forecasters".
Not here: how the probabilities come about (learn.calibration).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from settee.client.results import Interval, ReliabilityBin, VersionView
from settee.console.charts import AXIS, PALETTE, draw
from settee.console.pages.models_charts import interval_text
from settee.console.parts import empty, heading

Bins = Sequence[ReliabilityBin]
_GREY = "#8a8a8a"
_LOOKS = ((PALETTE[0], "circle"), (PALETTE[5], "triangle"))
_AT_TRAINING, _SINCE = "at its training", "on later events"


def draw_calibration(version: VersionView) -> None:
    """The diagram, the number, and what they say.

    Args:
        version: What the service says.
    """
    heading("Calibration")
    measured = measured_of(version)
    off = calibration(version)
    if not measured:
        if off:
            ui.label(off)
        empty(
            "What was told is not set beside what came true for this version: it was trained "
            "before that was kept, or too few people judged it. The next settee train keeps it."
        )
        return
    with ui.element("div").classes("sides"):
        draw(
            reliability_chart(measured),
            f"What {version.serving} told beside what came true, with 95 % intervals; on the "
            "dashed line both are the same",
            bin_rows(measured),
        )
        with ui.column():
            if off:
                ui.label(off)
            for name, bins in measured.items():
                ui.label(kept_words(name, bins))
            ui.label(
                "A dot below the dashed line promised more than came true, one above it less. "
                "Every dot stands for as many items, those that were told least on the left."
            ).classes("note")


def measured_of(version: VersionView) -> dict[str, Bins]:
    """Bins by when they were measured: at the training, and on the newest later events."""
    found: dict[str, Bins] = {_AT_TRAINING: version.reliability}
    again = [one.reliability for one in version.evaluations if one.how == "later_events"]
    found[_SINCE] = next((bins for bins in again if bins), [])
    return {name: bins for name, bins in found.items() if bins}


def calibration(version: VersionView) -> str:
    """How far the probabilities of what serves are off; empty where nobody measured it."""
    for row in version.table:
        figure = row.metrics.get("ece@10")
        if (
            (row.system, row.group) == (version.serving, "all")
            and figure
            and figure.value is not None
        ):
            return (
                f"Probabilities of the {row.system} are off by {figure.value:.3f} on average "
                "(expected calibration error over the first ten)."
            )
    return ""


def kept_words(name: str, bins: Bins) -> str:
    """How often what was told lies within the interval of what came true, in a sentence.

    Args:
        name: When it was measured.
        bins: At least one.

    >>> kept_words("at its training", [ReliabilityBin(9, 0.2, 0.3, 0.1, 0.5)])
    'At its training 1 of 1 dots meets the dashed line within its interval.'
    """
    n = sum(one.low <= one.told <= one.high for one in bins)
    meet, its = ("meets", "its interval") if n == 1 else ("meet", "their intervals")
    told = f"{n} of {len(bins)} dots {meet} the dashed line within {its}"
    return f"{name[0].upper()}{name[1:]} {told}."


def bin_rows(measured: Mapping[str, Bins]) -> list[dict[str, object]]:
    """The bins as rows.

    Args:
        measured: From `measured_of`.
    """
    return [
        {
            "measured": name,
            "told": f"{one.told:.3f}",
            "came true": interval_text(Interval(one.true, one.low, one.high)),
            "items": one.n,
        }
        for name, bins in measured.items()
        for one in bins
    ]


def reliability_chart(measured: Mapping[str, Bins]) -> dict[str, Any]:
    """Dots with their intervals around the diagonal, one kind for each measurement.

    Args:
        measured: From `measured_of`, at most two.
    """
    every = [one for bins in measured.values() for one in bins]
    most = _round_up(max(max(one.told, one.high) for one in every))
    axis: dict[str, Any] = {"type": "value", "min": 0, "max": most} | AXIS
    return {
        "backgroundColor": "transparent",
        "textStyle": {"fontFamily": "inherit", "color": _GREY},
        "tooltip": {"trigger": "item", "confine": True},
        "legend": {
            "show": len(measured) > 1, "top": 0, "data": list(measured),
            "textStyle": {"color": _GREY},
        },
        "grid": {"left": 8, "right": 24, "top": 44, "bottom": 32, "containLabel": True},
        "animation": False,
        "xAxis": axis | {"name": "told", "nameLocation": "middle", "nameGap": 26},
        "yAxis": axis | {"name": "came true", "nameTextStyle": {"align": "left"}},
        "series": [
            {
                "type": "line", "symbol": "none", "silent": True, "data": [[0, 0], [most, most]],
                "lineStyle": {"color": _GREY, "type": "dashed", "width": 2},
            },
            *(
                _dots(name, bins, *look)
                for (name, bins), look in zip(measured.items(), _LOOKS, strict=False)
            ),
        ],
    }  # fmt: skip


def _dots(name: str, bins: Bins, colour: str, symbol: str) -> dict[str, Any]:
    line = {"color": colour, "width": 2, "type": "solid"}
    return {
        "type": "scatter", "name": name, "symbol": symbol, "symbolSize": 10,
        "itemStyle": {"color": colour}, "data": [[one.told, one.true] for one in bins],
        "markLine": {
            "silent": True, "symbol": "none", "label": {"show": False},
            "data": [
                [{"coord": [one.told, one.low], "lineStyle": line}, {"coord": [one.told, one.high]}]
                for one in bins
            ],
        },
    }  # fmt: skip


def _round_up(most: float) -> float:
    """Where an axis of shares ends.

    >>> _round_up(0.231), _round_up(0.97), _round_up(0.0)
    (0.25, 1.0, 0.1)
    """
    if most <= 0:
        return 0.1
    step = 10.0 ** math.floor(math.log10(most)) / 2
    return min(round(math.ceil(most / step) * step, 9), 1.0)
