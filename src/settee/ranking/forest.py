"""Read LightGBM's text format into plain arrays, strictly.

A tree with leaves A, B, C and splits n0 (A | n1), n1 (B | C) becomes three bits a row, one a leaf
from left to right. A row that goes right at n0 loses bit A, one that goes right at n1 loses bit B;
the lowest bit left is the leaf. So each split is one comparison over a whole column and no branch.
Only trees of at most 64 leaves have such bits; larger ones keep their nodes alone.

Reads: the text of a model.  Writes: nothing.
Source: Lucchese et al. (2015), "QuickScorer"; LightGBM 4, `Tree::Tree(const char*, size_t*)`.
Not here: the scoring (ranking.walk), the fitting (ranking.ranker).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from settee.core import Damaged
from settee.features import frozen

MAX_LEAVES = 64
"""Leaves of the largest tree that fits the bits of one word."""

_MAX_TREES = 100_000
_MAX_ROWS = 2**31 - 1
_HAS_CATEGORY, _DEFAULT_LEFT = 1, 2
_MISSING_NONE, _MISSING_ZERO, _MISSING_NAN = 0, 1, 2

NAN_LEFT, NAN_RIGHT, ZERO_LEFT, ZERO_RIGHT = 0, 1, 2, 3
"""Where a split sends what is missing; with ZERO_* both 0 and NaN are missing."""


class RankerDamaged(Damaged):
    """The text is not a ranker that settee can serve."""

    code = "ranker_damaged"


@dataclass(frozen=True)
class Forest:
    """Trees, one after the other.

    Args:
        n_features: Columns a row must have.
        feature_names: Their names.
        node_indptr: (n_trees + 1,) int64; nodes of tree t are ``indptr[t]:indptr[t + 1]``.
        leaf_indptr: (n_trees + 1,) int64.
        feature: (n_nodes,) int32 column that a node looks at.
        threshold: (n_nodes,) float32; a row goes left where its value is at most that. Rounded
            down from LightGBM's double, which is the same for every float32 value.
        missing: (n_nodes,) uint8, one of NAN_LEFT, NAN_RIGHT, ZERO_LEFT, ZERO_RIGHT.
        left: (n_nodes,) int32 next node of the tree, or ~leaf where that is negative.
        right: (n_nodes,) int32 likewise.
        keeps: (n_nodes,) uint64 leaves that remain when a row goes right; 0 in larger trees.
        leaf_value: (n_leaves,) float64, from left to right.
        leaf_count: (n_leaves,) int64 training rows in each leaf; 0 where the text does not say.
        has_bits: Do all trees have at most MAX_LEAVES leaves?
    """

    n_features: int
    feature_names: tuple[str, ...]
    node_indptr: NDArray[np.int64]
    leaf_indptr: NDArray[np.int64]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    missing: NDArray[np.uint8]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    keeps: NDArray[np.uint64]
    leaf_value: NDArray[np.float64]
    leaf_count: NDArray[np.int64]
    has_bits: bool

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.node_indptr) - 1

    @cached_property
    def short_keeps(self) -> NDArray[np.unsignedinteger[Any]]:
        """`keeps` in the shortest words that hold the largest tree: 16, 32 or 64 bits."""
        most = int(np.diff(self.leaf_indptr).max(initial=1))
        kind = np.uint16 if most <= 16 else np.uint32 if most <= 32 else np.uint64
        return frozen(self.keeps.astype(kind))


@dataclass(frozen=True)
class _Tree:
    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    missing: NDArray[np.uint8]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    keeps: NDArray[np.uint64]
    leaf_value: NDArray[np.float64]
    leaf_count: NDArray[np.int64]


def parse_forest(text: str) -> Forest:
    """Read a model text of LightGBM.

    Args:
        text: What ``Booster.model_to_string()`` wrote: one class, numerical splits.

    Raises:
        RankerDamaged: If the text is cut, altered into nonsense, or uses what is never trained
            here (several classes, categorical splits, linear leaves).
    """
    head, *blocks = text.split("\nend of trees")[0].split("\n\nTree=")
    if not head.startswith("tree\n") or "\nend of trees" not in text:
        raise RankerDamaged(
            'the ranker\'s text does not run from "tree" to "end of trees".',
            hint="Train again, or release an earlier version.",
        )
    fields = _fields(head)
    n_features = _whole(fields, "max_feature_idx", 0, 1_000_000) + 1
    names = tuple(fields.get("feature_names", "").split(" "))
    if _whole(fields, "num_class", 1, 1) != 1 or len(names) != n_features:
        raise RankerDamaged(f"the ranker names {len(names)} features and counts {n_features}.")
    if len(blocks) > _MAX_TREES:
        raise RankerDamaged(f"the ranker has {len(blocks)} trees; at most {_MAX_TREES} are read.")
    trees = [_tree(_fields(block), n_features) for block in blocks]
    return Forest(
        n_features,
        names,
        _indptr(len(tree.feature) for tree in trees),
        _indptr(len(tree.leaf_value) for tree in trees),
        frozen(np.concatenate([np.empty(0, np.int32), *(tree.feature for tree in trees)])),
        frozen(np.concatenate([np.empty(0, np.float32), *(tree.threshold for tree in trees)])),
        frozen(np.concatenate([np.empty(0, np.uint8), *(tree.missing for tree in trees)])),
        frozen(np.concatenate([np.empty(0, np.int32), *(tree.left for tree in trees)])),
        frozen(np.concatenate([np.empty(0, np.int32), *(tree.right for tree in trees)])),
        frozen(np.concatenate([np.empty(0, np.uint64), *(tree.keeps for tree in trees)])),
        frozen(np.concatenate([np.empty(0, np.float64), *(tree.leaf_value for tree in trees)])),
        frozen(np.concatenate([np.empty(0, np.int64), *(tree.leaf_count for tree in trees)])),
        all(len(tree.leaf_value) <= MAX_LEAVES for tree in trees),
    )


def _indptr(sizes: Iterator[int]) -> NDArray[np.int64]:
    return frozen(np.cumsum(np.array([0, *sizes], np.int64), dtype=np.int64))


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in block.split("\n"))
    return {name: value for name, mark, value in pairs if mark}


def _whole(fields: dict[str, str], name: str, least: int, most: int) -> int:
    try:
        value = int(fields[name])
    except (KeyError, ValueError):
        raise RankerDamaged(f'the ranker\'s text has no whole number "{name}".') from None
    if not least <= value <= most:
        raise RankerDamaged(f'the ranker\'s "{name}" is {value}; it must be {least} to {most}.')
    return value


def _row(fields: dict[str, str], name: str, n: int) -> NDArray[np.float64]:
    try:
        values = np.array([float(word) for word in fields[name].split()], np.float64)
    except (KeyError, ValueError):
        raise RankerDamaged(f'a tree of the ranker has no numbers "{name}".') from None
    # A split that only parts what is missing from all else has the threshold inf.
    if len(values) != n or bool(np.isnan(values).any()):
        raise RankerDamaged(
            f'a tree of the ranker has {len(values)} "{name}"; it needs {n} numbers.'
        )
    return values


def _whole_row(
    fields: dict[str, str], name: str, n: int, least: int, most: int
) -> NDArray[np.int32]:
    values = _row(fields, name, n)
    if bool(np.any((values < least) | (values > most) | (values != np.floor(values)))):
        raise RankerDamaged(f'a tree of the ranker has "{name}" outside {least} to {most}.')
    return values.astype(np.int32)


def _tree(fields: dict[str, str], n_features: int) -> _Tree:
    n_leaves = _whole(fields, "num_leaves", 1, 1_000_000)
    _whole(fields, "num_cat", 0, 0)
    if fields.get("is_linear", "0") != "0":
        raise RankerDamaged("the ranker has linear leaves; only constant ones are served.")
    leaf_value = _row(fields, "leaf_value", n_leaves)
    if not bool(np.isfinite(leaf_value).all()):
        raise RankerDamaged('a tree of the ranker has an infinite "leaf_value".')
    leaf_count = _counts(fields, n_leaves)
    n = n_leaves - 1
    if n == 0:
        none = np.empty(0, np.int32)
        return _Tree(
            none, none.astype(np.float32), none.astype(np.uint8), none, none,
            none.astype(np.uint64), leaf_value, leaf_count,
        )  # fmt: skip
    exact = _row(fields, "threshold", n)
    left = _whole_row(fields, "left_child", n, -n_leaves, n - 1)
    right = _whole_row(fields, "right_child", n, -n_leaves, n - 1)
    order, keeps = _from_left_to_right(left, right)
    place = np.empty(n_leaves, np.int32)
    place[order] = np.arange(n_leaves, dtype=np.int32)
    return _Tree(
        _whole_row(fields, "split_feature", n, 0, n_features - 1),
        _rounded_down(exact),
        _missing(_whole_row(fields, "decision_type", n, 0, 11), exact),
        np.where(left < 0, ~place[np.where(left < 0, ~left, 0)], left).astype(np.int32),
        np.where(right < 0, ~place[np.where(right < 0, ~right, 0)], right).astype(np.int32),
        keeps,
        leaf_value[order],
        leaf_count[order],
    )


def _counts(fields: dict[str, str], n_leaves: int) -> NDArray[np.int64]:
    """Training rows of each leaf; 0 where the text names none, which scores need not know."""
    if "leaf_count" not in fields:
        return np.zeros(n_leaves, np.int64)
    return _whole_row(fields, "leaf_count", n_leaves, 0, _MAX_ROWS).astype(np.int64)


def _from_left_to_right(
    left: NDArray[np.int32], right: NDArray[np.int32]
) -> tuple[list[int], NDArray[np.uint64]]:
    """Leaves in the order of the tree, and per node the leaves that survive a step to the right."""
    n = len(left)
    order: list[int] = []
    starts, middles = [0] * n, [0] * n
    n_visits = [0] * n
    stack = [0]
    while stack:
        node = stack[-1]
        n_visits[node] += 1
        if n_visits[node] == 1:
            starts[node] = len(order)
            child = int(left[node])
        elif n_visits[node] == 2:
            middles[node] = len(order)
            child = int(right[node])
        else:
            stack.pop()
            continue
        if child < 0:
            order.append(~child)
        elif n_visits[child]:
            raise RankerDamaged("a tree of the ranker leads to the same node twice.")
        else:
            stack.append(child)
    if len(order) != n + 1 or len(set(order)) != n + 1:
        raise RankerDamaged(f"a tree of the ranker reaches {len(set(order))} leaves of {n + 1}.")
    keeps = np.zeros(n, np.uint64)
    if n < MAX_LEAVES:
        every = 2**MAX_LEAVES - 1
        for node in range(n):
            lost = (1 << middles[node]) - (1 << starts[node])
            keeps[node] = every ^ lost
    return order, keeps


def _rounded_down(exact: NDArray[np.float64]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        near = exact.astype(np.float32)
    return np.where(near > exact, np.nextafter(near, np.float32(-np.inf)), near)


def _missing(decision: NDArray[np.int32], exact: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Where each split sends what is missing, from LightGBM's decision bits."""
    kind = decision >> 2
    if bool(np.any(decision & _HAS_CATEGORY)) or bool(np.any(kind > _MISSING_NAN)):
        raise RankerDamaged("the ranker has categorical splits; only numerical ones are served.")
    goes_left = (decision & _DEFAULT_LEFT) > 0
    # Where training saw nothing missing, LightGBM reads NaN as 0.
    goes_left = np.where(kind == _MISSING_NONE, exact >= 0.0, goes_left)
    by_zero = kind == _MISSING_ZERO
    return np.where(
        by_zero,
        np.where(goes_left, ZERO_LEFT, ZERO_RIGHT),
        np.where(goes_left, NAN_LEFT, NAN_RIGHT),
    ).astype(np.uint8)
