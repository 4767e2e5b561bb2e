"""Lift and bury: what soft rules add to the log of the odds that an item is wanted.

A lift of 2 adds log 2 = 0.69 to a utility on a log-odds scale, so two rules that lift an item by 2
lift it by 4 together, in whatever order they stand. No lift brings back what a hard rule removed.

Reads / Writes: nothing.
Not here: the utility (ranking), places in a page (rules.page).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from settee.rules.compiled import DAY_S, Compiled, Part, degree
from settee.rules.when import Asking


@dataclass(frozen=True)
class Lifts:
    """What soft rules say of some items.

    Args:
        items: (m,) positions.
        log_lift: (m,) float32, to be added to a utility on a log-odds scale.
        by_rule: (m,) float32 of each rule that counted, by name; they sum to `log_lift`.
    """

    items: NDArray[np.int32]
    log_lift: NDArray[np.float32]
    by_rule: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


def lift(compiled: Compiled, asking: Asking, items: NDArray[np.int32]) -> Lifts:
    """What the soft rules that count for a question add to some items.

    Args:
        compiled: The rules over the item space.
        asking: The question.
        items: (m,) positions in the item space.
    """
    places = [place for place, part in enumerate(compiled.soft) if part.when.holds(asking)]
    if not places:
        return Lifts(items, np.zeros(len(items), np.float32))
    table = compiled.grades[items[:, None], np.array(places)]
    for column, place in enumerate(places):
        part = compiled.soft[place]
        if part.grade is None:
            table[:, column] = _now(compiled, part, asking, items)
    by_rule = {compiled.soft[place].rule.name: table[:, n] for n, place in enumerate(places)}
    return Lifts(items, table.sum(axis=1), by_rule)


def _now(
    compiled: Compiled, part: Part, asking: Asking, items: NDArray[np.int32]
) -> NDArray[np.float64]:
    """(m,) what a rule adds that hangs on the question."""
    facts, rule = compiled.facts, part.rule
    is_about = part.about_these(facts, asking.as_of_s, items)
    if rule.kind == "recency":
        assert rule.half_life_days is not None  # noqa: S101 -- rules.parse asks for it
        age_days = np.maximum(asking.as_of_s - facts.since_s[items].astype(np.float64), 0) / DAY_S
        power = np.exp2(-age_days / rule.half_life_days)
    elif rule.kind == "prefer_language" and not rule.languages:
        power = facts.is_in_language(asking.languages)[items].astype(np.float64)
    else:
        power = degree(rule, facts)[items]
    assert rule.lift is not None  # noqa: S101 -- rules.parse asks for it
    found: NDArray[np.float64] = np.log(rule.lift) * power * is_about
    return found
