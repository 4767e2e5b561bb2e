"""Lay out which rows of a pool count towards which quota, and how many places each may have.

A quota "at most 3 of each language" over rows in en, tr and en is two groups with at most 3 places
each; rows 0 and 2 are in the first. "At least 20 % new titles" of 20 places is one group.

Reads / Writes: nothing.
Not here: filling the page (rules.page_loops).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.rules.compiled import Compiled, Part
from settee.rules.facts import ItemFacts
from settee.rules.when import Asking
from settee.rules.words import Rule

NO_MOST = int(np.iinfo(np.int32).max)
_HAIR = 1e-9  # 0.3 * 10 is 3 places, whatever the last bit says


@dataclass(frozen=True)
class Groups:
    """Rows and the groups they are in.

    Args:
        indptr: (m + 1,) row r is in the groups ``index[indptr[r]:indptr[r + 1]]``.
        index: Groups; those of the rule that counts more have the lower number.
        owner: (G,) the rule of each group, as a place in the list the groups were made of.
        most: (G,) most places.
        least: (G,) least places.
        may_fill: (G,) may the most be gone over rather than leave a place empty?
    """

    indptr: NDArray[np.int64]
    index: NDArray[np.int64]
    owner: NDArray[np.int64]
    most: NDArray[np.int64]
    least: NDArray[np.int64]
    may_fill: NDArray[np.bool_]

    def of(self, row: int) -> list[int]:
        """The groups of a row."""
        found: list[int] = self.index[self.indptr[row] : self.indptr[row + 1]].tolist()
        return found


def make_groups(
    compiled: Compiled, asking: Asking, parts: Sequence[Part], items: NDArray[np.int32]
) -> Groups:
    """The groups of some items under quotas.

    Args:
        compiled: The rules over the item space.
        asking: The question; shares are parts of its `k`.
        parts: Quotas and newcomers that count for it, the one that counts more first.
        items: (m,) positions in the item space.
    """
    rows: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    groups: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    owner: list[int] = []
    for place, part in enumerate(parts):
        is_about = part.about_these(compiled.facts, asking.as_of_s, items)
        some, values = _members(compiled.facts, part, items, is_about)
        names, number = np.unique(values, return_inverse=True)
        rows.append(some)
        groups.append(number + len(owner))
        owner += [place] * (len(names) if part.rule.per else 1)
    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")
    indptr = np.zeros(len(items) + 1, np.int64)
    np.cumsum(np.bincount(row, minlength=len(items)), out=indptr[1:])
    owners = np.array(owner, np.int64)
    most = np.array([most_places(part.rule, asking.k) for part in parts], np.int64)
    least = np.array([least_places(part.rule, asking.k) for part in parts], np.int64)
    may_fill = np.array([part.rule.fill for part in parts], np.bool_)
    return Groups(
        indptr, np.concatenate(groups)[order], owners, most[owners], least[owners], may_fill[owners]
    )


def most_places(rule: Rule, k: int) -> int:
    """Most places that a quota gives in a page of `k`.

    >>> most_places(Rule(name="q", kind="quota", max_share=0.3), 10)
    3
    """
    by_share = NO_MOST if rule.max_share is None else math.floor(rule.max_share * k + _HAIR)
    return min(by_share, NO_MOST if rule.max_count is None else rule.max_count)


def least_places(rule: Rule, k: int) -> int:
    """Least places that a quota or newcomers ask for in a page of `k`.

    >>> least_places(Rule(name="q", kind="newcomers", min_share=0.11), 10)
    2
    """
    by_share = 0 if rule.min_share is None else math.ceil(rule.min_share * k - _HAIR)
    return max(by_share, rule.min_count or 0)


def _members(
    facts: ItemFacts, part: Part, items: NDArray[np.int32], is_about: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that a quota counts, and the value that each counts towards."""
    rows = np.flatnonzero(is_about)
    if part.rule.per is None:
        return rows, np.zeros(len(rows), np.int64)
    if part.values is not None:
        values = part.values[items[rows]]
        return rows[values >= 0], values[values >= 0]
    start = facts.tag_indptr[items[rows]]
    size = facts.tag_indptr[items[rows] + 1] - start
    before = np.cumsum(size) - size
    entries = np.repeat(start - before, size) + np.arange(size.sum())
    return np.repeat(rows, size), facts.tag_index[entries].astype(np.int64)
