"""Write a result of quality/people as the tables of docs/people-evaluation.md.

    python -m bench run quality/people --json RESULT.json
    python -m bench.quality.people_tables RESULT.json

Reads: the result.  Writes: stdout.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.quality.people import CASES, SEEDS
from bench.reports import read_result

COLUMNS = {
    "accuracy": "accuracy",
    "accuracy_earlier": "matched earlier",
    "adjusted_rand": "Rand",
    "size_exact": "size exact",
    "brier": "Brier",
    "calibration_error": "calibration error",
    "accuracy_at_80": "at 80 %",
    "together_f1": "together F1",
    "guest_auc": "guest AUC",
}
METHODS = (
    "one_person", "kmeans", "gaussian", "dbstream", "plain_em", "device_majority", "true_labels",
    "ours",
)  # fmt: skip
_FLAGGED = {"together_f1": ("ours",), "guest_auc": ("ours", "true_labels")}
Figures = Mapping[str, float | None]


def cell(value: float | None) -> str:
    """Three digits, without the zero.

    >>> cell(0.7884), cell(1.035), cell(None)
    ('.788', '1.035', '')
    """
    return "" if value is None else f"{value:.3f}".removeprefix("0")


def row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def main_tables(figures: Figures) -> Iterator[str]:
    """Every difficulty with and without device ids."""
    for name in (f"{one}.{seen}" for one in SEEDS for seen in ("devices", "no_devices")):
        difficulty, seen = name.split(".")
        how = "with" if seen == "devices" else "without"
        yield f"\n{difficulty.capitalize()}, {how} device ids:\n"
        yield row("method", *COLUMNS.values())
        yield "|---" * (len(COLUMNS) + 1) + "|"
        for method in METHODS:
            if figures.get(f"{name}.{method}.accuracy") is not None:
                yield row(method, *_cells(figures, name, method))
        televisions = cell(figures.get(f"{name}.ours.together_f1_tv"))
        yield f"\nCalling every television session together: F1 {televisions}."


def _cells(figures: Figures, name: str, method: str) -> Iterator[str]:
    for metric in COLUMNS:
        at = f"{name}.{method}.{metric}"
        shown = cell(figures.get(at)) if method in _FLAGGED.get(metric, METHODS) else ""
        low, high = figures.get(f"{at}.low"), figures.get(f"{at}.high")
        if metric == "accuracy" and low is not None and high is not None:
            shown += f" ({cell(low)} to {cell(high)})"
        yield shown


def case_table(figures: Figures) -> Iterator[str]:
    """Every hard case."""
    beside = ("one_person", "plain_em")
    rest = [metric for metric in COLUMNS if metric not in ("accuracy_earlier", "accuracy_at_80")]
    yield row("dial", *beside, "ours", *(COLUMNS[metric] for metric in rest[1:]))
    yield "|---" * (len(rest) + 3) + "|"
    for case, dials in CASES.items():
        accuracies = [cell(figures.get(f"case.{case}.{one}.accuracy")) for one in beside]
        ours = [cell(figures.get(f"case.{case}.ours.{metric}")) for metric in rest]
        yield row(
            ", ".join(f"{dial} {value:g}" for dial, value in dials.items()), *accuracies, *ours
        )


def bar_table(bars: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Every bar and by how much it holds or is missed."""
    yield row("bar", "measured", "limit", "")
    yield "|---|---|---|---|"
    for name, one in bars.items():
        gap = abs(one["value"] - one["limit"])
        said = f"{'holds' if one['holds'] else 'missed'} by {cell(gap)}"
        yield row(name, cell(one["value"]), cell(one["limit"]), said)


def main() -> None:
    """All tables of one result."""
    result = read_result(Path(sys.argv[1]))
    print(f"Measured at {result['commit']} in {result['seconds']:.0f} s.\n")
    for lines in (
        bar_table(result["bars"]),
        main_tables(result["figures"]),
        ["\nHard cases:\n", *case_table(result["figures"])],
    ):
        print("\n".join(lines))


if __name__ == "__main__":
    main()
