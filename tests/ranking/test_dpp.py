from itertools import combinations

import numpy as np
import pytest
from scipy import sparse

from settee.features import ItemColumns
from settee.learn.variety import diversity_at
from settee.ranking import diversify
from settee.ranking.dpp import by_volume, tag_units
from tests.ranking.test_variety import COMEDY, DRAMA, THRILLER, columns


def units(tags):
    return tag_units(np.arange(len(tags), dtype=np.int32), columns(*tags))


def chosen(tags, odds, n, strength):
    return by_volume(units(tags), np.log(odds), n, strength).tolist()


def test_units_are_the_tags_at_length_one():
    found = units([(THRILLER,), (), (COMEDY, DRAMA)])
    assert np.allclose(found, [[1, 0, 0], [0, 0, 0], [0, 0.5**0.5, 0.5**0.5]])
    late = tag_units(np.array([2, 0], np.int32), columns((0,), (1,), (7, 9)))
    assert late.shape == (2, 3), "only tags that are there take room"
    none = ItemColumns(np.zeros(3, np.int64), np.empty(0, np.int32), *[np.empty(0, np.float32)] * 2)
    assert tag_units(np.array([0, 1], np.int32), none).shape == (2, 0)


def test_behind_a_thriller_a_comedy_of_half_the_odds_comes_before_another_thriller():
    tags = [(THRILLER,), (THRILLER,), (COMEDY,)]
    assert chosen(tags, [1, 0.9, 0.5], 3, 0.2) == [0, 2, 1]
    assert chosen(tags, [1, 0.9, 0.0001], 3, 0.2) == [0, 1, 2]
    assert chosen(tags, [1, 0.9, 0.5], 3, 0.01) == [0, 1, 2]


def test_every_step_takes_what_the_determinant_says():
    rng = np.random.default_rng(4)
    tags = [tuple(np.flatnonzero(rng.random(5) < 0.5)) or (0,) for _ in range(14)]
    utility = -np.sort(rng.gamma(1, size=14))
    strength = 0.4
    likeness = units(tags) @ units(tags).T + 1e-3 * np.eye(14)
    quality = np.exp((1 - strength) / (2 * strength) * (utility - utility[0]))
    kernel = quality[:, None] * likeness * quality[None, :]
    expected = []
    for _ in range(6):
        rest = [one for one in range(14) if one not in expected]
        values = [
            np.linalg.slogdet(kernel[np.ix_([*expected, one], [*expected, one])])[1] for one in rest
        ]
        expected.append(rest[int(np.argmax(values))])
    assert by_volume(units(tags), utility, 6, strength).tolist() == expected


def test_the_set_is_nearly_as_likely_as_the_best_of_all_sets():
    rng = np.random.default_rng(6)
    tags = [tuple(np.flatnonzero(rng.random(4) < 0.5)) or (0,) for _ in range(9)]
    likeness = units(tags) @ units(tags).T + 1e-3 * np.eye(9)

    def log_volume(places):
        return np.linalg.slogdet(likeness[np.ix_(places, places)])[1]

    best = max(log_volume(list(places)) for places in combinations(range(9), 3))
    found = log_volume(by_volume(units(tags), np.zeros(9), 3, 1.0).tolist())
    first = log_volume([0, 1, 2])
    assert found > first
    assert found > best - 1.0


def test_items_without_tags_are_neither_preferred_nor_pushed_down():
    tags = [(THRILLER,), (THRILLER,), (), (THRILLER,)]
    page = diversify(np.arange(4, dtype=np.int32), np.log([1.0, 0.9, 0.8, 0.7]),
                     columns(*tags), 4, 0.3, "dpp")  # fmt: skip
    assert page.tolist() == [0, 1, 2, 3]
    assert by_volume(np.zeros((3, 2)), np.log([1, 0.5, 0.2]), 3, 0.9).tolist() == [0, 1, 2]
    assert by_volume(np.zeros((3, 0)), np.log([1, 0.5, 0.2]), 2, 1.0).tolist() == [0, 1]


def test_odds_that_no_float_can_hold_still_order():
    tags = [(THRILLER,), (COMEDY,), (DRAMA,)]
    found = by_volume(units(tags), np.array([0.0, -2000.0, -3000.0]), 3, 0.001)
    assert found.tolist() == [0, 1, 2]


@pytest.mark.parametrize("method", ["greedy", "dpp"])
def test_lists_get_more_diverse_the_higher_the_dial_and_the_best_item_stays(method):
    rng = np.random.default_rng(11)
    tags = [tuple(sorted({int(rng.zipf(1.6)) % 8, int(rng.integers(8))})) for _ in range(200)]
    odds = np.exp(-np.sort(rng.gamma(1, size=200)))
    items = np.arange(200, dtype=np.int32)
    given = columns(*tags)
    pages = [
        diversify(items, np.log(odds), given, 10, strength, method)
        for strength in (0.0, 0.3, 0.6, 0.95)
    ]

    vectors = sparse.csr_array(tag_units(items, given))
    spread = [diversity_at(page[None].astype(np.int32), vectors, 10)[0] for page in pages]
    assert spread == sorted(spread)
    assert spread[0] < spread[-1]
    assert all(page[0] == 0 for page in pages)
    assert all(page.tolist() == sorted(page) for page in pages)


def test_the_method_changes_the_page():
    rng = np.random.default_rng(12)
    tags = [tuple(np.flatnonzero(rng.random(6) < 0.4)) or (0,) for _ in range(80)]
    odds = np.exp(-np.sort(rng.gamma(1, size=80)))
    items, given = np.arange(80, dtype=np.int32), columns(*tags)
    pages = {m: diversify(items, np.log(odds), given, 10, 0.5, m) for m in ("greedy", "dpp")}
    assert pages["greedy"].tolist() != pages["dpp"].tolist()
    vectors = tag_units(items, given).astype(np.float32) * 2
    assert diversify(items, np.log(odds), vectors, 10, 0.5, "dpp").tolist() == pages["dpp"].tolist()
