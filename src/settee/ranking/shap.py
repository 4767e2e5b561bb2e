"""Say how much each feature moved a score of the forest, exactly, by TreeSHAP.

A tree that splits on age and heat gives a row 3; over its training rows it gives 1 on average.
TreeSHAP parts the difference of 2 between age and heat: each gets what knowing it adds, averaged
over all orders of getting to know. A leaf pays feature j v (o_j - z_j) times the integral over t in
(0, 1) of prod_{i != j} (z_i (1 - t) + o_i t), with z_i the share of training rows that follow the
splits of i and o_i 1 where the row does: Shapley's weights are that integral. It is a polynomial of
degree d - 1, so ceil(d / 2) Gauss points give it exactly, and one walk down and up serves a tree.

Reads: a forest, rows.  Writes: nothing.
Source: Lundberg et al. (2020), "From local explanations to global understanding with explainable AI
for trees"; Yu et al. (2022), "Linear TreeShap"; LightGBM 4, `Tree::TreeSHAP` (the oracle in tests).
Not here: the words for features (ranking.reasons), the scores (ranking.walk).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from settee.core import BadInput
from settee.features import frozen
from settee.ranking.forest import Forest
from settee.ranking.walk import goes_right, without_dust

_NOBODY = -1


class NoCover(BadInput):
    """The forest does not say how many training rows went where."""

    code = "no_cover"


@dataclass(frozen=True)
class Attribution:
    """What of a forest can be computed before a row is known.

    An edge leads from a node to one of its children; those of a tree stand in the order of a walk
    down, so that a parent comes before its children.

    Args:
        n_features: Columns a row must have.
        expected: Mean score over the training rows.
        edge_indptr: (n_trees + 1,) int64; edges of tree t are ``indptr[t]:indptr[t + 1]``.
        n_points: (n_trees,) int64 Gauss points that are exact for the tree.
        node: (n_edges,) int64 node of the forest that the edge leaves.
        is_right: (n_edges,) bool.
        above: (n_edges,) int64 edge of the tree that leads to that node, -1 from the root.
        before: (n_edges,) int64 last edge above on the same feature, -1 where there is none.
        value: (n_edges,) float64 of the leaf that it leads to, 0 where that is a node.
        is_leaf: (n_edges,) bool.
        share: (n_edges,) float64 part of the training rows of its node.
        table: (n_edges, 4, n_points) float64: factor and worth of the edge where the row does not
            follow it, and what is added where it does; see `_fill`.
        feature: (n_nodes,) int32, as of the forest, as are `threshold` and `missing`.
        threshold: (n_nodes,) float32.
        missing: (n_nodes,) uint8.
    """

    n_features: int
    expected: float
    edge_indptr: NDArray[np.int64]
    n_points: NDArray[np.int64]
    node: NDArray[np.int64]
    is_right: NDArray[np.bool_]
    above: NDArray[np.int64]
    before: NDArray[np.int64]
    value: NDArray[np.float64]
    is_leaf: NDArray[np.bool_]
    share: NDArray[np.float64]
    table: NDArray[np.float64]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    missing: NDArray[np.uint8]

    @classmethod
    def of(cls, forest: Forest) -> Self:
        """Prepare a forest; some 5 kB for a tree of 15 leaves.

        Args:
            forest: Its trees name the training rows of each leaf.

        Raises:
            NoCover: If a tree does not, or names none at all.
        """
        n_edges = 2 * len(forest.feature)
        edges = _Edges.empty(n_edges)
        indptr = np.zeros(forest.n_trees + 1, np.int64)
        depth = np.zeros(forest.n_trees, np.int64)
        expected = 0.0
        for tree in range(forest.n_trees):
            leaves = slice(forest.leaf_indptr[tree], forest.leaf_indptr[tree + 1])
            counts, values = forest.leaf_count[leaves], forest.leaf_value[leaves]
            n_nodes = int(forest.node_indptr[tree + 1] - forest.node_indptr[tree])
            indptr[tree + 1] = indptr[tree] + 2 * n_nodes
            if n_nodes == 0:
                expected += float(values[0])
                continue
            if counts.sum() == 0:
                raise NoCover(
                    f"tree {tree} of the ranker names no training rows; they are needed to say "
                    "what a feature adds.",
                    hint="Train again.",
                )
            expected += float(counts @ values / counts.sum())
            depth[tree] = edges.lay(forest, tree, int(indptr[tree]))
        n_points = (depth + 1) // 2
        table = np.zeros((n_edges, 4, max(1, int(n_points.max(initial=1)))), np.float64)
        for n in np.unique(n_points[n_points > 0]):
            at, weight = np.polynomial.legendre.leggauss(int(n))
            for place in np.flatnonzero(n_points == n):
                span = slice(indptr[place], indptr[place + 1])
                _fill(
                    table[span], edges.before[span], edges.share[span],
                    (at + 1.0) / 2.0, weight / 2.0,
                )  # fmt: skip
        return cls(
            forest.n_features, expected, frozen(indptr), frozen(n_points), frozen(edges.node),
            frozen(edges.is_right), frozen(edges.above), frozen(edges.before), frozen(edges.value),
            frozen(edges.is_leaf), frozen(edges.share), frozen(table), forest.feature,
            forest.threshold, forest.missing,
        )  # fmt: skip

    def values(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """What each feature adds to the score of each row.

        Args:
            rows: (n, n_features) float32.

        Returns:
            (n, n_features + 1) float64; the last column is the mean score over the training rows,
            and each line sums to the score of its row.
        """
        out = np.zeros((self.n_features + 1, len(rows)), np.float64)
        out[-1] = self.expected
        if len(rows) and len(self.node):
            _add_up(
                out, without_dust(frozen(rows.astype(np.float32, copy=False).T)), self.edge_indptr,
                self.n_points, self.node, self.is_right, self.above, self.before, self.value,
                self.is_leaf, self.share, self.table, self.feature, self.threshold, self.missing,
            )  # fmt: skip
        return out.T


def shap_values(forest: Forest, rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """What each feature adds to the score of each row; see `Attribution.values`.

    Args:
        forest: Its trees name the training rows of each leaf.
        rows: (n, n_features) float32.

    Raises:
        NoCover: If a tree does not name them.
    """
    return Attribution.of(forest).values(rows)


@dataclass(frozen=True)
class _Edges:
    node: NDArray[np.int64]
    is_right: NDArray[np.bool_]
    above: NDArray[np.int64]
    before: NDArray[np.int64]
    value: NDArray[np.float64]
    is_leaf: NDArray[np.bool_]
    share: NDArray[np.float64]

    @classmethod
    def empty(cls, n: int) -> Self:
        return cls(
            np.zeros(n, np.int64), np.zeros(n, np.bool_), np.zeros(n, np.int64),
            np.zeros(n, np.int64), np.zeros(n, np.float64), np.zeros(n, np.bool_),
            np.zeros(n, np.float64),
        )  # fmt: skip

    def lay(self, forest: Forest, tree: int, start: int) -> int:
        """Lay the edges of one tree from `start` on; the most features on a way to a leaf."""
        leaf = forest.leaf_indptr[tree]
        nodes = slice(forest.node_indptr[tree], forest.node_indptr[tree + 1])
        span = slice(start, start + 2 * (nodes.stop - nodes.start))
        deepest: int = _lay(
            nodes.start, forest.feature[nodes], forest.left[nodes], forest.right[nodes],
            forest.leaf_value[leaf : forest.leaf_indptr[tree + 1]],
            forest.leaf_count[leaf : forest.leaf_indptr[tree + 1]],
            self.node[span], self.is_right[span], self.above[span], self.before[span],
            self.value[span], self.is_leaf[span], self.share[span],
        )  # fmt: skip
        return deepest


@njit(cache=True, nogil=True)
def _lay(
    first: int,
    feature: NDArray[np.int32],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    leaf_value: NDArray[np.float64],
    leaf_count: NDArray[np.int64],
    node_of: NDArray[np.int64],
    is_right: NDArray[np.bool_],
    above: NDArray[np.int64],
    before: NDArray[np.int64],
    value: NDArray[np.float64],
    is_leaf: NDArray[np.bool_],
    share: NDArray[np.float64],
) -> int:
    n_nodes = len(feature)
    cover = np.zeros(2 * n_nodes, np.float64)  # training rows below each edge
    n_known = np.zeros(2 * n_nodes, np.int64)  # distinct features down to each edge
    waiting = np.empty((n_nodes, 2), np.int64)  # nodes whose edges are not laid, with the way there
    waiting[0, 0], waiting[0, 1] = 0, _NOBODY
    n_waiting, edge, deepest = 1, 0, 0
    while n_waiting:
        n_waiting -= 1
        node, way = waiting[n_waiting, 0], waiting[n_waiting, 1]
        earlier = way
        while earlier >= 0 and feature[node_of[earlier] - first] != feature[node]:
            earlier = above[earlier]
        for side in range(2):
            child = right[node] if side else left[node]
            node_of[edge], is_right[edge] = first + node, side == 1
            above[edge], before[edge] = way, earlier
            n_known[edge] = (n_known[way] if way >= 0 else 0) + (1 if earlier < 0 else 0)
            deepest = max(deepest, n_known[edge])
            is_leaf[edge] = child < 0
            if child < 0:
                value[edge], cover[edge] = leaf_value[~child], leaf_count[~child]
            else:
                waiting[n_waiting, 0], waiting[n_waiting, 1] = child, edge
                n_waiting += 1
            edge += 1
    for late in range(2 * n_nodes - 1, -1, -1):
        if above[late] >= 0:
            cover[above[late]] += cover[late]
    for late in range(0, 2 * n_nodes, 2):  # the two edges of a node stand beside each other
        both = cover[late] + cover[late + 1]
        for edge in (late, late + 1):
            share[edge] = cover[edge] / both if both > 0 else 0.0
    return deepest


@njit(cache=True, nogil=True)
def _fill(
    table: NDArray[np.float64],
    before: NDArray[np.int64],
    share: NDArray[np.float64],
    at: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> None:
    """Write, per edge and Gauss point t, what its feature does to the product and is worth.

    The product over the features of a way has the factor z (1 - t) + o t for each. An edge on a
    feature that was met before replaces the factor of the edge `before`, and takes back what that
    one would earn from what lies below. Rows of the table: factor where the row follows `before`
    and not this edge; what is added to it where it follows both; worth, likewise both.
    """
    z = share.copy()  # along all edges of the feature down to this one
    for edge in range(len(before)):
        if before[edge] >= 0:
            z[edge] *= z[before[edge]]
        for point in range(len(at)):
            t, w = at[point], weight[point]
            missed, met = z[edge] * (1.0 - t), z[edge] * (1.0 - t) + t
            worth_missed, worth_met = -w / (1.0 - t), w * (1.0 - z[edge]) / met
            if before[edge] >= 0:
                z_before = z[before[edge]]
                old = z_before * (1.0 - t) + t
                taken = w * (1.0 - z_before) / old
                missed, met = missed / old, met / old
                worth_missed, worth_met = worth_missed - taken, worth_met - taken
            table[edge, 0, point], table[edge, 1, point] = missed, met - missed
            table[edge, 2, point], table[edge, 3, point] = worth_missed, worth_met - worth_missed


@njit(cache=True, nogil=True)
def _add_up(
    out: NDArray[np.float64],
    columns: NDArray[np.float32],
    edge_indptr: NDArray[np.int64],
    n_points: NDArray[np.int64],
    node: NDArray[np.int64],
    is_right: NDArray[np.bool_],
    above: NDArray[np.int64],
    before: NDArray[np.int64],
    value: NDArray[np.float64],
    is_leaf: NDArray[np.bool_],
    share: NDArray[np.float64],
    table: NDArray[np.float64],
    feature: NDArray[np.int32],
    threshold: NDArray[np.float32],
    missing: NDArray[np.uint8],
) -> None:
    n = columns.shape[1]
    most = np.max(np.diff(edge_indptr))
    follows = np.ones((most + 1, n), np.float64)  # the last line is for "no edge before"
    way = np.ones((most + 1, table.shape[2], n), np.float64)  # the last line is the root
    for tree in range(len(n_points)):
        start, end = edge_indptr[tree], edge_indptr[tree + 1]
        _down(
            follows, way, columns, n_points[tree], node[start:end], is_right[start:end],
            above[start:end], before[start:end], value[start:end], is_leaf[start:end],
            share[start:end], table[start:end], feature, threshold, missing,
        )  # fmt: skip
        _up(
            out, follows, way, n_points[tree], node[start:end], above[start:end],
            before[start:end], table[start:end], feature,
        )  # fmt: skip


@njit(cache=True, nogil=True)
def _down(
    follows: NDArray[np.float64],
    way: NDArray[np.float64],
    columns: NDArray[np.float32],
    n_points: int,
    node: NDArray[np.int64],
    is_right: NDArray[np.bool_],
    above: NDArray[np.int64],
    before: NDArray[np.int64],
    value: NDArray[np.float64],
    is_leaf: NDArray[np.bool_],
    share: NDArray[np.float64],
    table: NDArray[np.float64],
    feature: NDArray[np.int32],
    threshold: NDArray[np.float32],
    missing: NDArray[np.uint8],
) -> None:
    """Which rows follow the edges of each feature so far, and the product of all factors."""
    n = columns.shape[1]
    for edge in range(len(node)):
        split, side = node[edge], is_right[edge]
        kind, limit = missing[split], threshold[split]
        values, old, mine = columns[feature[split]], follows[before[edge]], follows[edge]
        for row in range(n):
            is_met = goes_right(values[row], limit, kind) == side
            mine[row] = old[row] if is_met else 0.0
        rest = share[edge] if before[edge] >= 0 else 0.0
        times = value[edge] if is_leaf[edge] else 1.0
        for point in range(n_points):
            base, more = times * rest, times * table[edge, 1, point]
            missed = times * (table[edge, 0, point] - rest)
            source, target = way[above[edge], point], way[edge, point]
            for row in range(n):
                target[row] = source[row] * (base + old[row] * missed + mine[row] * more)


@njit(cache=True, nogil=True)
def _up(
    out: NDArray[np.float64],
    follows: NDArray[np.float64],
    way: NDArray[np.float64],
    n_points: int,
    node: NDArray[np.int64],
    above: NDArray[np.int64],
    before: NDArray[np.int64],
    table: NDArray[np.float64],
    feature: NDArray[np.int32],
) -> None:
    """What an edge held becomes the sum over the leaves below it; its feature earns from that."""
    n = out.shape[1]
    for edge in range(len(node) - 1, -1, -1):
        earned, old, mine = out[feature[node[edge]]], follows[before[edge]], follows[edge]
        for point in range(n_points):
            worth, more = table[edge, 2, point], table[edge, 3, point]
            below = way[edge, point]
            for row in range(n):
                earned[row] += below[row] * (old[row] * worth + mine[row] * more)
        if above[edge] >= 0 and edge % 2 == 0:  # both edges of the node are done
            for point in range(n_points):
                total = way[above[edge], point]
                one, other = way[edge, point], way[edge + 1, point]
                for row in range(n):
                    total[row] = one[row] + other[row]
