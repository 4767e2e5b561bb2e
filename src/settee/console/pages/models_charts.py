"""Draw figures with the intervals that belong to them.

A dot is the figure and the line through it its 95 % interval: where two lines do not meet, the two
differ for sure; where they do, the paired comparison below the chart says more.

Reads / Writes: nothing.
Source: Cleveland & McGill (1984), "Graphical Perception" (dots on a common scale).
Not here: bars and lines (console.charts).
"""

from collections.abc import Sequence
from typing import Any

from settee.client.results import Interval
from settee.console.charts import PALETTE

_GREY = "#8a8a8a"
_PLAIN, _MARKED = PALETTE[0], PALETTE[5]


def intervals(
    names: Sequence[str], figures: Sequence[Interval | None], *, marked: str = "", unit: str = ""
) -> dict[str, Any]:
    """Dots with intervals, a row each from the top.

    Args:
        names: Of the rows.
        figures: One for each row; a row without a value stays empty.
        marked: The row in another colour.
        unit: Written at the axis.
    """
    dots, spans, ends = [], [], []
    for place, (name, figure) in enumerate(zip(names, figures, strict=True)):
        if figure is None or figure.value is None:
            continue
        colour = _MARKED if name == marked else _PLAIN
        dots.append({"value": [figure.value, place], "itemStyle": {"color": colour}})
        if figure.low is not None and figure.high is not None:
            ends += [[figure.low, place], [figure.high, place]]
            line = {"color": colour, "width": 3, "type": "solid"}
            spans.append(
                [{"coord": [figure.low, place], "lineStyle": line}, {"coord": [figure.high, place]}]
            )
    return {
        "backgroundColor": "transparent",
        "textStyle": {"fontFamily": "inherit", "color": _GREY},
        "tooltip": {"trigger": "item", "confine": True},
        "grid": {"left": 8, "right": 24, "top": 16, "bottom": 32, "containLabel": True},
        "animation": False,
        "xAxis": {
            "type": "value", "name": unit, "nameLocation": "middle", "nameGap": 26,
            "splitLine": {"lineStyle": {"color": "#8a8a8a40"}}, "axisLabel": {"color": _GREY},
        },
        "yAxis": {
            "type": "category", "data": list(names), "inverse": True,
            "axisLabel": {"color": _GREY, "interval": 0, "width": 150, "overflow": "truncate"},
        },
        "series": [
            {
                "type": "scatter", "symbolSize": 12, "data": dots,
                "markLine": {"silent": True, "symbol": "none", "label": {"show": False},
                             "data": spans},
            },
            # Unseen points at the ends of the intervals: lines alone do not widen an axis.
            {"type": "scatter", "symbolSize": 0, "silent": True, "data": ends},
        ],
    }  # fmt: skip


def interval_text(figure: Interval | None) -> str | None:
    """A figure with its interval as it is read; None where there is none.

    >>> interval_text(Interval(0.12345, 0.11, 0.14)), interval_text(Interval(2.0))
    ('0.123 (0.110 to 0.140)', '2.000')
    """
    if figure is None or figure.value is None:
        return None
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
