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
Body = Mapping[str, Any]


def show_report(screen: Screen, kind: str, body: Body) -> None:
    """Print the body of a report as tables.

    Args:
        screen: Where to.
        kind: Kind of the report.
        body: What was found.
    """
    drawn = {*show_import(screen, body), *show_systems(screen, body)}
    rest = [(name, _value(name, value)) for name, value in _flat(body, drawn)]
    screen.table(f"{kind} in figures", ("name", "value"), rest)


def show_import(screen: Screen, body: Body) -> list[str]:
    """Print what the checks found, and how much was added; gives the names that it printed."""
    if not isinstance(body.get("checks"), list | tuple):
        return []
    _checks(screen, body["checks"])
    if body.get("reasons"):
        rows = [(reason, f"{n:,}") for reason, n in body["reasons"].items()]
        screen.table("Quarantine", ("reason", "#rows"), rows)
    return ["checks", "reasons"]


def show_systems(screen: Screen, body: Body) -> list[str]:
    """Print every system and what follows from it; gives the names that it printed."""
    drawn = []
    if _is_systems(body.get("table")):
        _systems(screen, body["table"])
        drawn.append("table")
    if isinstance(body.get("reliability"), list):
        if body["reliability"]:
            _reliability(screen, body["reliability"])
        drawn.append("reliability")
    said = body.get("promotion")
    if isinstance(said, Mapping) and "reason" in said:
        screen.line(f"promotion: {said['reason']}")
        drawn.append("promotion")
    return drawn


def _checks(screen: Screen, checks: Sequence[Body]) -> None:
    rows = [
        (
            Text("PASS", style="green") if one["passed"] else Text("FAIL", style="bold red"),
            one["name"],
            f"{one['n']:,}",
            _amount(one["share"], one.get("unit", "share")),
            _amount(one["limit"], one.get("unit", "share")),
            one.get("detail") or "",
        )
        for one in checks
    ]
    screen.table("Checks", ("", "check", "#n", "#share", "#limit", "detail"), rows)


def _amount(amount: float | None, unit: str) -> str:
    if amount is None:
        return "-"
    return f"{amount:.2%}" if unit == "share" else f"{amount:,.1f} {unit}"


def _reliability(screen: Screen, bins: Sequence[Body]) -> None:
    rows = [
        (
            f"{one['told']:.3f}",
            f"{one['true']:.3f}",
            f"{one['low']:.3f} to {one['high']:.3f}",
            f"{one['n']:,}",
        )
        for one in bins
    ]
    screen.table(
        "Calibration of what serves", ("#told", "#came true", "95 % interval", "#items"), rows
    )


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
        elif isinstance(value, list | tuple):
            yield name, [_brief(one) for one in value]
        else:
            yield name, value


def _brief(value: object) -> str:
    """One entry of a list: of a mapping, its name and numbers.

    >>> _brief({"name": "u.data", "layout": "MovieLens 100K", "n_rows": 100000})
    'u.data (MovieLens 100K, 100,000 rows)'
    """
    if not isinstance(value, Mapping):
        return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    first, *others = value.items()
    words = [
        f"{one:,} {name.removeprefix('n_')}" if isinstance(one, int) else str(one)
        for name, one in others
        if one not in (0, None, "")
    ]
    return f"{first[1]} ({', '.join(words)})"


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
        return "; ".join(value) or "-"
    return str(value)
