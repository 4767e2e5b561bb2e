"""Decide which items may be shown to one account, and remember why the others may not.

One byte an item: 0 is allowed, 2 is "seen". Of 5 items with item 1 seen and item 3 excluded by
the caller, the verdict is [0, 2, 0, 1, 0], and any list of candidates, in any order, is cut to
the zeros before it leaves.

Reads / Writes: nothing.
Not here: windows and stock (rules.shelf).
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.core import ITEM_KINDS, KINDS, BadInput
from settee.rules.names import ALLOWED, EXCLUDED, RULES, SEEN

__all__ = ["RULES", "BadRule", "Verdict", "decide", "keep", "kinds_that_hide"]


class BadRule(BadInput):
    """A rule cannot be understood."""

    code = "bad_rule"


@dataclass(frozen=True)
class Verdict:
    """What the rules say of every item, for one account at one instant.

    Args:
        rule: (n_items,) uint8, 0 where allowed, else the number of the rule that removed it.
        allowed: (n_items,) bool, true where `rule` is 0.
    """

    rule: NDArray[np.uint8]
    allowed: NDArray[np.bool_]

    def counts(self) -> dict[str, int]:
        """How many items each rule removed; rules that removed none are absent.

        >>> nobody = np.zeros(0, np.int32)
        >>> decide(np.zeros(3, np.uint8), seen=np.array([2, 2]), excluded=nobody).counts()
        {'seen': 1}
        """
        n_by_rule = np.bincount(self.rule, minlength=len(RULES) + 1).tolist()
        return {name: n for name, n in zip(RULES, n_by_rule[1:], strict=True) if n}

    def examples(self, limit: int) -> dict[str, list[int]]:
        """The first `limit` items that each rule removed, as positions; only speed and length."""
        return {
            name: np.flatnonzero(self.rule == number)[:limit].tolist()
            for number, name in enumerate(RULES, start=1)
            if np.any(self.rule == number)
        }


def kinds_that_hide(kinds: Sequence[str]) -> NDArray[np.bool_]:
    """A table that says of each kind's number whether it hides the item from then on.

    Args:
        kinds: Names out of the kinds that are about an item; changes results.

    Returns:
        (256,) bool, by position in `core.KINDS`.

    Raises:
        BadRule: If a name is not a kind that is about an item.

    >>> int(kinds_that_hide(["play", "rate"]).sum())
    2
    """
    table = np.zeros(256, dtype=np.bool_)
    for kind in kinds:
        if kind not in ITEM_KINDS:
            near = difflib.get_close_matches(kind, sorted(ITEM_KINDS), n=1)
            raise BadRule(
                f'rules.exclude_seen names "{kind}"; accepted are {", ".join(sorted(ITEM_KINDS))}.',
                hint=f'Did you mean "{near[0]}"?' if near else "Leave it out.",
                place="rules.exclude_seen",
            )
        table[KINDS.index(kind)] = True
    return table


def decide(
    shelf: NDArray[np.uint8], *, seen: NDArray[np.integer], excluded: NDArray[np.integer]
) -> Verdict:
    """Join all rules into one verdict.

    Args:
        shelf: (n_items,) uint8 from `shelf_rules`, or zeros where availability is not honoured.
        seen: Positions of items that this account is done with; repeats are harmless.
        excluded: Positions of items that the caller does not want; repeats are harmless.
    """
    rule = shelf.copy()
    rule[seen] = SEEN
    rule[excluded] = EXCLUDED
    return Verdict(rule, rule == ALLOWED)


def keep(verdict: Verdict, ranked: NDArray[np.int32], k: int) -> NDArray[np.int64]:
    """Where in a ranked list the first `k` allowed items stand.

    Args:
        verdict: Over the same item space.
        ranked: (m,) positions of items, best first; -1 is padding and is never kept.
        k: Most to keep, at least 0.

    Returns:
        Ascending positions in `ranked`; ``ranked[keep(...)]`` is what may be shown.

    >>> nobody = np.zeros(0, np.int32)
    >>> verdict = decide(np.zeros(4, np.uint8), seen=np.array([0]), excluded=nobody)
    >>> keep(verdict, np.array([0, 3, -1, 1, 2], np.int32), 2).tolist()
    [1, 3]
    """
    return np.flatnonzero(verdict.allowed[ranked] & (ranked >= 0))[:k]
