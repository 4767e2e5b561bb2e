"""Tell what each rule did to an answer, in the words that the answer carries.

Twelve items removed by "kids" with three of them named, one lifted twofold by "summer", one put
from rank 9 to rank 1 by "premiere": whoever wonders why an item is where it is finds the rule.

Reads / Writes: nothing.
Not here: the deeds (rules.verdict, rules.lifting, rules.page).
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from settee.rules.compiled import Compiled
from settee.rules.lifting import Lifts
from settee.rules.verdict import Verdict

Deed = Literal["pinned", "kept", "raised", "held_back", "capped", "filled"]


class Removed(msgspec.Struct, frozen=True):
    """What one rule removed: how many items, and the first few of them."""

    rule: str
    n: int
    examples: list[str]


class Lifted(msgspec.Struct, frozen=True):
    """By what factor one rule lifts one item; below 1 it buries."""

    rule: str
    item_id: str
    by: float


class Moved(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one rule of the page did with one item.

    `deed` is pinned, kept (it stood at its pinned rank already), raised (it serves a least),
    held_back (there were the most already), capped (shown too often), or filled (taken over the
    most, as nothing else was left). Ranks are from 1; `to_rank` is absent where the item left the
    page. `cost` is the utility given up at that rank, in log-odds.
    """

    rule: str
    item_id: str
    deed: Deed
    from_rank: int
    to_rank: int | UnsetType = UNSET
    cost: float | UnsetType = UNSET


class Unmet(msgspec.Struct, frozen=True):
    """What a rule wanted and could not have, and why."""

    rule: str
    because: str


class Trace(msgspec.Struct, frozen=True):
    """What the rules of one version did to one answer."""

    version: int
    removed: list[Removed]
    lifted: list[Lifted]
    moved: list[Moved]
    unmet: list[Unmet]


def trace_removed(compiled: Compiled, verdict: Verdict, limit: int = 3) -> list[Removed]:
    """What each rule removed, the built-in ones first.

    Args:
        compiled: The rules over the item space of the verdict.
        verdict: What they said.
        limit: Most items to name of each rule.
    """
    examples = verdict.examples(limit)
    ids = compiled.facts.item_ids
    return [
        Removed(rule, n, [ids[place] for place in examples[rule]])
        for rule, n in verdict.counts().items()
    ]


def trace_lifted(
    compiled: Compiled, lifts: Lifts, rows: NDArray[np.int64] | Sequence[int]
) -> list[Lifted]:
    """Which rule lifted or buried which of some items, by what factor.

    Args:
        compiled: The rules over the item space.
        lifts: What they said.
        rows: Rows of `lifts` to tell of, such as those of the page.
    """
    ids = compiled.facts.item_ids
    wanted = np.asarray(rows, np.int64)
    return [
        Lifted(rule, ids[item], round(float(np.exp(log)), 4))
        for rule, logs in lifts.by_rule.items()
        for item, log in zip(lifts.items[wanted].tolist(), logs[wanted].tolist(), strict=True)
        if log != 0
    ]
