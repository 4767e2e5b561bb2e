import numpy as np

from settee.candidates.matrix import Cells
from settee.candidates.neighbours import Neighbours, Scales
from tests.candidates.world import of_items


def cells(rows, n_columns):
    sizes = [len(row) for row in rows]
    index = np.array([column for row in rows for column in row], np.int32)
    indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Cells(indptr, index, np.ones(len(index), np.float32), n_columns)


def scales(*other):
    return Scales(own=np.ones(len(other)), other=np.array(other, np.float64))


def kept(table):
    return [
        dict(
            zip(
                table.item[table.start[i] : table.start[i + 1]].tolist(),
                table.weight[table.start[i] : table.start[i + 1]].tolist(),
                strict=True,
            )
        )
        for i in range(table.n_items)
    ]


def test_products_over_scales_strongest_first_and_ties_to_the_lower_item():
    vectors = cells([[0, 1], [0, 1], [1], [0]], 2)
    table = Neighbours.strongest(vectors, scales(1, 2, 1, 1), 2)
    assert kept(table)[0] == {1: 1.0, 2: 1.0}
    assert list(kept(table)[1]) == [0, 2]


def test_shrinkage_is_added_to_the_scale():
    vectors = cells([[0], [0]], 1)
    table = Neighbours.strongest(vectors, Scales(np.ones(2), np.ones(2), shrinkage=3.0), 2)
    assert kept(table) == [{1: 0.25}, {0: 0.25}]


def test_reversed_says_who_keeps_an_item():
    vectors = cells([[0, 1], [0], [1]], 2)
    table = Neighbours.strongest(vectors, scales(1, 1, 2), 1)
    assert kept(table) == [{1: 1.0}, {0: 1.0}, {0: 1.0}]
    assert kept(table.reversed()) == [{1: 1.0, 2: 1.0}, {0: 1.0}, {}]


def test_a_common_feature_counts_only_for_its_champions():
    vectors = cells([[0, 1], [0], [0], [0, 1]], 2)
    table = Neighbours.strongest(vectors, scales(1, 3, 0.5, 1), 4, champions=2)
    # Feature 0 is held by all four; items 2 and 0 are worth most by their scale.
    assert kept(table) == [{2: 2.0, 3: 1.0}, {2: 2.0, 0: 1.0}, {0: 1.0}, {2: 2.0, 0: 2.0}]


def test_as_many_champions_as_items_leave_everything_as_it_is():
    rng = np.random.default_rng(0)
    rows = [sorted(rng.choice(9, rng.integers(0, 6), replace=False)) for _ in range(20)]
    vectors, scale = cells(rows, 9), scales(*rng.random(20) + 1)
    everything = Neighbours.strongest(vectors, scale, 5)
    assert kept(Neighbours.strongest(vectors, scale, 5, champions=20)) == kept(everything)


def test_a_table_without_items_scores_nobody():
    table = Neighbours.strongest(cells([], 3), scales(), 5)
    assert table.score(of_items([], [])).shape == (2, 0)
