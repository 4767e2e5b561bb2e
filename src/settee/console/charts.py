"""Draw charts that anybody can read: colours that the colour-blind tell apart, and the figures too.

Every chart has its figures as a table behind one button, which is also what a screen reader gets.

Reads / Writes: nothing.
Source: Okabe & Ito (2008), "Color Universal Design".
Not here: what is charted (console.pages).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C6D1F", "#7F7F7F",
)  # fmt: skip
"""Okabe and Ito's colours; their yellow and black, which a theme would hide, are others."""
_ROWS = 15
GREY = "#8a8a8a"
"""Words in a chart, which are read on light and on dark alike."""
AXIS: dict[str, Any] = {
    "axisLabel": {"color": GREY},
    "splitLine": {"lineStyle": {"color": f"{GREY}40"}},
}
"""How an axis looks in both themes."""
Series = Mapping[str, Sequence[float]]


def bars(
    labels: Sequence[str], series: Series, *, unit: str = "", flat: bool = False
) -> dict[str, Any]:
    """Bars, one group for each label.

    Args:
        labels: One for each group.
        series: Heights by name, as many as labels.
        unit: Written at the axis of values.
        flat: Lay the bars down, for labels that are long.
    """
    names: dict[str, Any] = {
        "type": "category",
        "data": list(labels),
        "axisLabel": AXIS["axisLabel"],
    }
    values: dict[str, Any] = {"type": "value", "name": unit} | AXIS
    if flat:
        names["inverse"] = True
    return _base(series) | {
        "xAxis": values if flat else names,
        "yAxis": names if flat else values,
        "series": [
            {"type": "bar", "name": name, "data": [float(one) for one in heights]}
            for name, heights in series.items()
        ],
    }


def lines(xs: Sequence[float | str], series: Series, *, x: str, y: str) -> dict[str, Any]:
    """Lines over a common axis.

    Args:
        xs: Places on the axis: numbers, or words in order.
        series: Heights by name, as many as places.
        x: What the axis across is.
        y: What the axis up is.
    """
    is_words = bool(xs) and isinstance(xs[0], str)
    across = {"type": "category", "data": list(xs)} if is_words else {"type": "value"}
    points = {
        name: list(heights) if is_words else [list(pair) for pair in zip(xs, heights, strict=True)]
        for name, heights in series.items()
    }
    return _base(series) | {
        "xAxis": across
        | {"name": x, "nameLocation": "middle", "nameGap": 28}
        | AXIS,
        "yAxis": {"type": "value", "name": y, "nameGap": 8, "nameTextStyle": {"align": "left"}}
        | AXIS,
        "series": [
            {
                "type": "line", "name": name, "showSymbol": len(xs) < 30,
"data": data,
            }
            for name, data in points.items()
        ],
    }  # fmt: skip


def draw(options: dict[str, Any], says: str, table: Sequence[Mapping[str, Any]]) -> ui.echart:
    """Put a chart on the page, with its figures.

    Args:
        options: From `bars` or `lines`, or any of ECharts.
        says: What it shows, in a sentence; read out instead of the picture.
        table: The same figures, a row each.
    """
    with ui.element("figure").classes("chart"):
        chart = ui.echart(options).props('role="img"')
        chart.props["aria-label"] = says
        ui.label(says).classes("caption")
        with ui.expansion("Figures").classes("figures"):
            figures(table)
    return chart


def figures(rows: Sequence[Mapping[str, Any]], *, label: str = "Figures") -> ui.table:
    """A table of rows that all have the same columns.

    Args:
        rows: Column to value, a row each; numbers are written short.
        label: What it is, for screen readers.
    """
    columns, shown = table_rows(rows)
    table = ui.table(
        columns=columns, rows=shown, row_key="_", pagination=_ROWS if len(rows) > _ROWS else None
    )
    table.props["aria-label"] = label
    return table.props("flat dense tabindex=0")  # wide ones are scrolled by keyboard too


def table_rows(
    rows: Sequence[Mapping[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Columns and rows as `ui.table` takes them.

    Args:
        rows: Column to value, a row each; all have the same columns.

    >>> table_rows([{"rung": "ranker", "answers": 3}])[1]
    [{'_': 0, 'rung': 'ranker', 'answers': 3}]
    """
    names = list(rows[0]) if rows else []
    columns = [
        {
            "name": name, "label": name, "field": name, "sortable": True,
            "align": "right" if _is_number(rows[0][name]) else "left",
        }
        for name in names
    ]  # fmt: skip
    shown = [{"_": place} | {k: short(v) for k, v in row.items()} for place, row in enumerate(rows)]
    return columns, shown


def short(value: Any) -> Any:  # noqa: ANN401 -- whatever stands in a cell
    """A value as it is read: numbers to three digits, None as a dash.

    >>> short(0.123456), short(12345.6), short(None), short("a")
    ('0.123', '12,346', '-', 'a')
    """
    if value is None:
        return "-"
    if isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _base(series: Series) -> dict[str, Any]:
    return {
        "color": list(PALETTE),
        "backgroundColor": "transparent",
        "textStyle": {"fontFamily": "inherit", "color": GREY},
        "tooltip": {"trigger": "axis", "confine": True},
        "legend": {
            "show": len(series) > 1,
            "top": 0,
            "textStyle": {"color": GREY},
            "type": "scroll",
        },
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 40, "containLabel": True},
        "animation": False,
    }
