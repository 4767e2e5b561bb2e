"""Set rules that somebody writes beside those in force: what is new, changed, gone, as it was.

Of "christmas" in force until 6 January and drafted until 10 January both lines are shown, the
drafted one marked "changed" and the one in force pale below it.

Reads / Writes: nothing.
Not here: when one rule holds (console.schedule), where it is drawn (console.pages.rules_past).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from settee.client.results import Rule
from settee.console.schedule import Row, schedule

Standing = Literal["new", "changed", "gone", "as it was"]
_ORDER: tuple[Standing, ...] = ("new", "changed", "gone", "as it was")


@dataclass(frozen=True)
class Line:
    """One rule of either set.

    Args:
        standing: How the draft stands to what is in force.
        shown: When the drafted rule holds, or the one in force where it is gone from the draft.
        in_force: When the rule in force holds; None where it is new.
    """

    standing: Standing
    shown: Row
    in_force: Row | None


def compare(draft: Sequence[Rule], in_force: Sequence[Rule], now: datetime) -> list[Line]:
    """Every rule of both sets once, those of the draft first and in its order.

    Args:
        draft: The rules as they were read from the editor.
        in_force: The rules in force.
        now: The middle of what is shown, aware.
    """
    new = dict(zip([one.name for one in draft], schedule(draft, now), strict=True))
    old = dict(zip([one.name for one in in_force], schedule(in_force, now), strict=True))
    before = {one.name: one for one in in_force}
    lines = [
        Line(_standing(one, before.get(one.name)), new[one.name], old.get(one.name))
        for one in draft
    ]
    return lines + [Line("gone", row, row) for name, row in old.items() if name not in new]


def drawn(lines: Sequence[Line]) -> list[Row]:
    """Rows of the chart: what differs is marked, and what it differs from stands pale below.

    Args:
        lines: From `compare`.
    """
    rows = []
    for line in lines:
        mark = "" if line.standing == "as it was" else f" ({line.standing})"
        row = line.shown
        rows.append(replace(row, rule=f"{row.rule}{mark}", is_faint=line.standing == "gone"))
        old = line.in_force
        if line.standing == "changed" and old is not None and _when(old) != _when(row):
            rows.append(replace(old, rule=f"{old.rule} (in force)", is_faint=True))
    return rows


def table(lines: Sequence[Line]) -> list[dict[str, object]]:
    """The same as a table.

    Args:
        lines: From `compare`.
    """
    return [
        {
            "rule": line.shown.rule,
            "kind": line.shown.kind,
            "in the editor it is": line.standing,
            "holds": None if line.standing == "gone" else line.shown.words,
            "holds in force": None if line.in_force is None else line.in_force.words,
        }
        for line in lines
    ]


def says(lines: Sequence[Line]) -> str:
    """What differs, in a sentence.

    Args:
        lines: From `compare`.

    >>> row = Row("a", "boost", True, "always", ())
    >>> says([Line("new", row, None), Line("as it was", row, row)])
    'The editor against what is in force: 1 new, 1 as it was.'
    >>> says([Line("as it was", row, row)])
    'The editor holds what is in force.'
    """
    n = Counter(line.standing for line in lines)
    if n.total() == n["as it was"]:
        return "The editor holds what is in force."
    told = ", ".join(f"{n[one]} {_word(one, n[one])}" for one in _ORDER if n[one])
    return f"The editor against what is in force: {told}."


def _standing(rule: Rule, before: Rule | None) -> Standing:
    if before is None:
        return "new"
    return "as it was" if rule == before else "changed"


def _when(row: Row) -> tuple[object, ...]:
    return row.words, row.spans, row.is_active


def _word(standing: Standing, n: int) -> str:
    return "as they were" if standing == "as it was" and n > 1 else standing
