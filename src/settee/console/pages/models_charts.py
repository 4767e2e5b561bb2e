"""Draw figures with the intervals that belong to them.

A dot is the figure and the line through it its 95 % interval: where two lines do not meet, the two
differ for sure; where they do, the paired comparison below the chart says more.

Reads / Writes: nothing.
Source: Cleveland & McGill (1984), "Graphical Perception" (dots on a common scale).
Not here: bars and lines (console.charts).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from settee.client.results import Interval, VersionList
from settee.console.charts import PALETTE

_GREY = "#8a8a8a"
_PLAIN, _MARKED = PALETTE[0], PALETTE[5]
_SERVES, _POPULAR = "what serves", "most popular"
_LABELS = 4
"""More releases than these are marked without a word, which would cover one another."""


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


def over_time(listed: VersionList, metric: str) -> dict[str, Any]:
    """A figure of version after version, with a line at every release.

    Args:
        listed: Versions and releases.
        metric: Which figure.
    """
    lines = told_over_time(listed, metric)
    releases: list[dict[str, Any]] = [
        {
            "xAxis": _ms(one.at),
            "label": {
                "show": len(listed.releases) <= _LABELS, "formatter": "released", "color": _GREY,
            },
        }
        for one in listed.releases
    ]  # fmt: skip
    spans: list[list[dict[str, Any]]] = [
        [{"coord": [_ms(at), one.low], "lineStyle": {"width": 3}}, {"coord": [_ms(at), one.high]}]
        for at, one, _ in lines
        if one.low is not None and one.high is not None
    ]
    ends = [_ms(at) for at, *_ in lines] + [one["xAxis"] for one in releases]
    spare = max((max(ends) - min(ends)) // 20, 60_000)
    mark = {"silent": True, "symbol": "none"}
    return {
        "color": [_PLAIN, _GREY],
        "backgroundColor": "transparent",
        "textStyle": {"fontFamily": "inherit", "color": _GREY},
        "tooltip": {"trigger": "item", "confine": True},
        "legend": {"top": 0, "textStyle": {"color": _GREY}, "data": [_SERVES, _POPULAR]},
        "grid": {"left": 8, "right": 24, "top": 56, "bottom": 8, "containLabel": True},
        "animation": False,
        "xAxis": {
            "type": "time", "min": min(ends) - spare, "max": max(ends) + spare,
            "axisLabel": {"color": _GREY, "hideOverlap": True},
        },
        "yAxis": {
            "type": "value", "name": metric, "splitLine": {"lineStyle": {"color": "#8a8a8a40"}},
            "axisLabel": {"color": _GREY},
        },
        "series": [
            {
                "type": "line", "name": _SERVES, "symbol": "circle", "symbolSize": 10,
                "data": [[_ms(at), one.value] for at, one, _ in lines],
                "markLine": mark | {"label": {"show": False}, "data": spans,
                                    "lineStyle": {"type": "solid", "color": _PLAIN}},
            },
            {
                "type": "line", "name": _POPULAR, "symbolSize": 6, "lineStyle": {"type": "dashed"},
                "data": [[_ms(at), one.value] for at, _, one in lines if one is not None],
            },
            {
                # Unseen, for lines that are marked do not widen an axis.
                "type": "scatter", "symbolSize": 0, "silent": True,
                "data": [span["coord"] for pair in spans for span in pair],
                "markLine": mark | {"data": releases, "lineStyle": {"color": _MARKED}},
            },
        ],
    }  # fmt: skip


def told_over_time(
    listed: VersionList, metric: str
) -> list[tuple[datetime, Interval, Interval | None]]:
    """When each version was trained, its figure, and that of the most popular; oldest first.

    Args:
        listed: Versions and releases.
        metric: Which figure; a version without it is left out.
    """
    found = [
        (one.trained_at, figure, one.popular.get(metric))
        for one in listed.versions
        if one.trained_at is not None and (figure := one.figures.get(metric)) is not None
    ]
    return sorted(found, key=lambda one: one[0])


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


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
