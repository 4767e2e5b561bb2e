"""Draw what a run found, from the same JSON that the report keeps and --json prints.

An import shows its checks with share and limit; a training or evaluation shows every system beside
random and popular lists, with intervals. What this module does not know it shows as name and value,
so that no figure of a report is ever hidden.

Reads: a report's body.  Writes: the screen.
Not here: the figures (events, learn).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from settee.cli.screen import Screen

_METRICS = ("recall@10", "recall@20", "ndcg@10", "map@10", "mrr@10", "coverage@10", "diversity@10")
_SHOWN_METRICS = 6
_DETAIL = 96
Body = Mapping[str, Any]


def show_report(screen: Screen, kind: str, body: Body) -> None:
    """Print the body of a report as tables.

    Args:
        screen: Where to.
        kind: Kind of the report.
        body: What was found.
    """
    drawn: set[str] = set()
    if isinstance(body.get("checks"), list):
        _checks(screen, body["checks"])
        drawn.add("checks")
    if _is_systems(body.get("table")):
        _systems(screen, body["table"])
        drawn.add("table")
    for name in ("promotion", "gate"):
        said = body.get(name)
        if isinstance(said, Mapping) and "reason" in said:
            screen.line(f"{name}: {said['reason']}")
            drawn.add(name)
    rest = [(name, _value(name, value)) for name, value in _flat(body, drawn)]
    screen.table(f"{kind} in figures", ("name", "value"), rest)


def _checks(screen: Screen, checks: Sequence[Body]) -> None:
    rows = [
        (
            Text("PASS", style="green") if one["passed"] else Text("FAIL", style="bold red"),
            one["name"],
            f"{one['n']:,}",
            f"{one['share']:.2%}",
            _limit(one["limit"]),
            one.get("detail") or "",
        )
        for one in checks
    ]
    screen.table("Checks", ("", "check", "#n", "#share", "#limit", "detail"), rows)


def _limit(limit: float | None) -> str:
    if limit is None:
        return "-"
    return f"{limit:.2%}" if limit <= 1 else f"{limit:,.0f}"


def _is_systems(table: object) -> bool:
    return isinstance(table, list) and bool(table) and "metrics" in table[0]


def _systems(screen: Screen, table: Sequence[Body]) -> None:
    metrics = [name for name in _METRICS if name in table[0]["metrics"]][:_SHOWN_METRICS]
    everyone = [row for row in table if row.get("group", "all") == "all"]
    best = {
        name: max((_number(row["metrics"].get(name)) or 0.0) for row in everyone)
        for name in metrics
    }
    rows = []
    for row in everyone:
        figures = [row["metrics"].get(name) for name in metrics]
        cells = [_figure(one, best[name]) for name, one in zip(metrics, figures, strict=True)]
        rows.append((row["system"], row.get("role", ""), *cells))
    n = everyone[0].get("n_requests")
    title = "Systems on the later period" + (f", {n:,} accounts" if n else "")
    screen.table(title, ("system", "role", *(f"#{name}" for name in metrics)), rows)


def _number(figure: object) -> float | None:
    if isinstance(figure, Mapping):
        figure = figure.get("value")
    return float(figure) if isinstance(figure, int | float) else None


def _figure(figure: object, best: float) -> Text:
    value = _number(figure)
    if value is None:
        return Text("-", style="dim")
    text = Text(f"{value:.4f}", style="bold" if value == best else "")
    if isinstance(figure, Mapping) and figure.get("high") is not None:
        text.append(f" ±{(figure['high'] - figure['low']) / 2:.3f}", style="dim")
    return text


def _flat(body: Body, drawn: set[str]) -> Iterator[tuple[str, object]]:
    """Plain values by name, one level of mappings opened."""
    for name, value in body.items():
        if name in drawn:
            continue
        if isinstance(value, Mapping):
            plain = {key: one for key, one in value.items() if not isinstance(one, Mapping | list)}
            yield from ((f"{name}.{key}", one) for key, one in plain.items())
        elif not (isinstance(value, list) and value and isinstance(value[0], Mapping)):
            yield name, value


def _value(name: str, value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and not name.endswith(("_s", "_us", "year", "seed")):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}"
    if isinstance(value, list):
        return ", ".join(map(str, value))[:_DETAIL]
    return str(value)[:_DETAIL]
