"""Decide which items may be shown to one account, and remember why the others may not.

One byte an item: 0 is allowed, 2 is "seen". Of 5 items with item 1 seen and item 3 excluded by
the caller, the verdict is [0, 2, 0, 1, 0], and any list of candidates, in any order, is cut to
the zeros before it leaves.

Reads / Writes: nothing.
Not here: windows and stock (rules.shelf), the rules as columns (rules.compiled).
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import ITEM_KINDS, KINDS
from settee.rules.compiled import (
    Compiled,
    Kept,
    Part,
    check_space,
    in_other_languages,
    is_open,
    removed,
)
from settee.rules.errors import BadRule
from settee.rules.names import AGE_LIMIT, ALLOWED, DISLIKED, EXCLUDED, LANGUAGE, RULES, SEEN
from settee.rules.when import Asking

_FIRST = float("-inf")
_LAST = float("inf")


@dataclass(frozen=True)
class Verdict:
    """What the rules say of every item, for one account at one instant.

    Args:
        rule: (n_items,) uint8, 0 where allowed, else the number of the rule that removed it.
        allowed: (n_items,) bool, true where `rule` is 0.
        names: Names of the rules; the rule with number n is ``names[n - 1]``.
    """

    rule: NDArray[np.uint8]
    allowed: NDArray[np.bool_]
    names: tuple[str, ...] = RULES

    def counts(self) -> dict[str, int]:
        """How many items each rule removed; rules that removed none are absent.

        >>> nobody = np.zeros(0, np.int32)
        >>> decide(np.zeros(3, np.uint8), seen=np.array([2, 2]), excluded=nobody).counts()
        {'seen': 1}
        """
        n_by_rule = count_rules(self.rule, len(self.names)).tolist()
        return {name: n for name, n in zip(self.names, n_by_rule[1:], strict=True) if n}

    def examples(self, limit: int) -> dict[str, list[int]]:
        """The first `limit` items that each rule removed, as positions; only speed and length."""
        return {
            name: np.flatnonzero(self.rule == number)[:limit].tolist()
            for number, name in enumerate(self.names, start=1)
            if np.any(self.rule == number)
        }


@njit(cache=True, nogil=True)
def count_rules(rule: NDArray[np.uint8], n_rules: int) -> NDArray[np.int64]:
    """(n_rules + 1,) how often each number stands there."""
    counts = np.zeros(n_rules + 1, np.int64)
    for number in rule:
        counts[number] += 1
    return counts


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
    """Join the built-in rules into one verdict, without a rule set.

    Args:
        shelf: (n_items,) uint8 from `shelf_rules`, or zeros where availability is not honoured.
        seen: Positions of items that this account is done with; repeats are harmless.
        excluded: Positions of items that the caller does not want; repeats are harmless.
    """
    rule = shelf.copy()
    rule[seen] = SEEN
    rule[excluded] = EXCLUDED
    return Verdict(rule, rule == ALLOWED)


def judge(
    compiled: Compiled,
    asking: Asking,
    *,
    closed: NDArray[np.uint8],
    seen: NDArray[np.integer[Any]],
    excluded: NDArray[np.integer[Any]],
    disliked: NDArray[np.integer[Any]],
) -> Verdict:
    """Join the built-in rules and those of the set into one verdict.

    Args:
        compiled: The rules over the item space.
        asking: The question.
        closed: (n_items,) uint8 from `shelf_rules`, or zeros where availability is not honoured.
        seen: Positions of items that this account is done with; repeats are harmless.
        excluded: Positions of items that the caller does not want; repeats are harmless.
        disliked: Positions of items that were disliked; repeats are harmless.

    Raises:
        BadFacts: If `closed` is over another item space than the rules.
    """
    check_space(compiled, len(closed))
    own = _own(compiled, asking)
    # Of several rules the lowest number is named, so they are written the highest first.
    rule = np.where(closed == ALLOWED, own, closed)
    rule[disliked] = DISLIKED
    rule[seen] = SEEN
    rule[excluded] = EXCLUDED
    return Verdict(rule, rule == ALLOWED, compiled.names)


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


def _own(compiled: Compiled, asking: Asking) -> NDArray[np.uint8]:
    """(n,) what the age, the languages and the set's rules remove; not to be written to."""
    parts = [part for part in compiled.hard if _removes_now(part, asking)]
    key = (
        asking.max_age,
        asking.languages,
        *[part.number for part in parts],
    )
    kept = compiled.kept.get(key)
    if kept is not None and kept.first_s <= asking.as_of_s < kept.end_s:
        return kept.rule
    rule = np.zeros(compiled.n_items, np.uint8)
    for part in reversed(parts):
        rule[_removed_now(compiled, part, asking)] = part.number
    facts = compiled.facts
    if asking.languages:
        rule[(facts.language >= 0) & ~facts.is_in_language(asking.languages)] = LANGUAGE
    if asking.max_age is not None:
        rule[facts.age > asking.max_age] = AGE_LIMIT
    first_s, end_s = _span(compiled, parts, asking.as_of_s)
    compiled.keep(key, Kept(first_s, end_s, rule))
    return rule


def _removes_now(part: Part, asking: Asking) -> bool:
    if not part.when.holds(asking):
        return False
    return part.rule.kind != "window" or not is_open(part.rule, asking.as_of_s)


def _removed_now(compiled: Compiled, part: Part, asking: Asking) -> NDArray[np.bool_]:
    if part.outcome is not None:
        return part.outcome
    facts, rule = compiled.facts, part.rule
    about = part.about(facts, asking.as_of_s)
    if rule.kind == "language" and not rule.languages:
        if not asking.languages:
            return np.zeros(len(facts), np.bool_)
        return in_other_languages(rule, asking.languages, about, facts)
    found = removed(rule, about, facts)
    assert found is not None  # noqa: S101 -- only languages are left to the question
    return found


def _span(compiled: Compiled, parts: Sequence[Part], as_of_s: int) -> tuple[float, float]:
    """The instants, first one in and last one out, between which no item ceases to be new."""
    first_s, end_s = _FIRST, _LAST
    for part in parts:
        if part.new_s is not None:
            since_s = compiled.facts.since_s[part.mask]
            ends_s = since_s.astype(np.float64) + part.new_s
            first_s = max(first_s, ends_s[ends_s <= as_of_s].max(initial=_FIRST))
            end_s = min(end_s, ends_s[ends_s > as_of_s].min(initial=_LAST))
    return first_s, end_s
