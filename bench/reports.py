"""Print one result, or two side by side with the ratio of their figures.

Reads: results as `bench.harness` writes them.  Writes: nothing.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from settee.core import BadInput


class BadResult(BadInput):
    """A file is no result of a bench."""

    code = "bad_result"


def read_result(path: Path) -> dict[str, Any]:
    """A result from its file.

    Raises:
        BadResult: The file is missing, is no JSON or lacks a part of a result.
    """
    hint = "python -m bench run ID --json FILE writes one."
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadResult(f"{path.name} cannot be read as a result: {error}.", hint=hint) from None
    missing = [
        name
        for name in ("id", "commit", "machine", "figures", "bars", "peers")
        if not isinstance(body, dict) or name not in body
    ]
    if missing:
        raise BadResult(f"{path.name} is no result: it has no {', '.join(missing)}.", hint=hint)
    return dict(body)


def number(value: float | None) -> str:
    """A number in four significant digits, "-" where there is none.

    >>> number(0.41234), number(12345.6), number(3), number(None)
    ('0.4123', '12,346', '3', '-')
    """
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _with_interval(figures: dict[str, float | None], name: str) -> str:
    """A figure, and its interval when there are figures of that name with .low and .high."""
    low, high = figures.get(f"{name}.low"), figures.get(f"{name}.high")
    interval = "" if low is None or high is None else f" [{number(low)}, {number(high)}]"
    return number(figures.get(name)) + interval


def result_text(result: dict[str, Any]) -> str:
    """One result as lines: where it ran, figures beside the peers', bars."""
    on = result["machine"]
    peers = result["peers"]
    lines = [
        f"{result['id']} at {result['commit']}",
        f"{on['cpu']}, {on['cores']} cores, {on['memory_gb']} GB, Python {on['python']}",
        "",
    ]
    names = dict.fromkeys(
        [*result["figures"], *(name for figures in peers.values() for name in figures)]
    )
    bounds = {f"{name}{end}" for name in names for end in (".low", ".high")}
    rows = [("figure", "settee", *peers)]
    rows += [
        (name, *(_with_interval(of, name) for of in (result["figures"], *peers.values())))
        for name in names
        if name not in bounds
    ]
    lines += _columns(rows)
    for name, bar in result["bars"].items():
        verdict = "holds" if bar["holds"] else "DOES NOT HOLD"
        lines += [
            "",
            f"bar {name}: {number(bar['value'])}, limit {number(bar['limit'])}, {verdict}",
        ]
    return "\n".join(lines)


def comparison_text(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Two results side by side; the ratio is the second over the first."""
    lines = [f"{before['id']} at {before['commit']}  ->  {after['id']} at {after['commit']}"]
    if before["id"] != after["id"]:
        lines.append("These are two scenarios: equal names need not mean the same.")
    differing = [
        name
        for name in ("cpu", "cores", "python")
        if before["machine"].get(name) != after["machine"].get(name)
    ]
    if differing:
        lines.append(f"The machines differ in {', '.join(differing)}.")
    if before.get("quick") or after.get("quick"):
        lines.append("A quick run is a smoke test: its figures say nothing.")
    rows = [("figure", "before", "after", "ratio")]
    for name in dict.fromkeys([*before["figures"], *after["figures"]]):
        one, two = before["figures"].get(name), after["figures"].get(name)
        ratio = "-" if one is None or two is None or one == 0 else f"{two / one:.3f}"
        rows.append((name, number(one), number(two), ratio))
    return "\n".join([*lines, "", *_columns(rows)])
