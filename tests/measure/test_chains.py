import numpy as np
import pytest

from settee.measure.chains import BadOrder, fit_chain
from settee.measure.paths import Paths, paths_of
from tests.measure.chain_worlds import plain_chain, random_paths


def moves_of(chain):
    """Chance of each move, conversion and end by names, as a table of a report has it."""
    names = ["".join(chain.channels[c] for c in gram if c >= 0) for gram in chain.gram]
    table = {("start", name): share for name, share in zip(names, chain.start, strict=True)}
    q = chain.move.toarray()
    for i, name in enumerate(names):
        table |= {(name, other): q[i, j] for j, other in enumerate(names)}
        table |= {(name, "converts"): chain.convert[i], (name, "ends"): chain.null[i]}
    return {move: round(float(share), 6) for move, share in table.items() if share > 1e-12}


def test_order_two_moves_are_those_of_channel_attribution():
    # ChannelAttribution 2.2.5, markov_model(..., order=2, out_more=True) on the same paths.
    paths = paths_of([list("aaab"), list("bba"), list("aa")], converted=[2, 3, 1], nulls=[1, 4, 2])
    assert moves_of(fit_chain(paths, 2)) == {
        ("start", "aa"): 0.461538,
        ("start", "bb"): 0.538462,
        ("aa", "ab"): 0.5,
        ("aa", "converts"): 0.166667,
        ("aa", "ends"): 0.333333,
        ("ab", "converts"): 0.666667,
        ("ab", "ends"): 0.333333,
        ("bb", "ba"): 1.0,
        ("ba", "converts"): 0.428571,
        ("ba", "ends"): 0.571429,
    }


def test_order_three_takes_a_shorter_path_as_one_state():
    # ChannelAttribution 2.2.5, order=3.
    paths = paths_of([list("aaaab"), list("bba"), list("aa")], converted=[2, 3, 1], nulls=[1, 4, 2])
    assert moves_of(fit_chain(paths, 3)) == {
        ("start", "aaa"): 0.230769,
        ("start", "bba"): 0.538462,
        ("start", "aa"): 0.230769,
        ("aaa", "aab"): 1.0,
        ("aab", "converts"): 0.666667,
        ("aab", "ends"): 0.333333,
        ("bba", "converts"): 0.428571,
        ("bba", "ends"): 0.571429,
        ("aa", "converts"): 0.333333,
        ("aa", "ends"): 0.666667,
    }


@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_chain_is_what_dictionaries_count(order):
    paths = random_paths(order)
    chain = fit_chain(paths, order)
    start, moves, converts, earns, leaves = plain_chain(paths, order)
    grams = [tuple(c for c in gram.tolist() if c >= 0) for gram in chain.gram]
    assert sorted(grams) == sorted(leaves)
    total = sum(start.values())
    q = chain.move.toarray()
    for i, gram in enumerate(grams):
        assert chain.start[i] == pytest.approx(start[gram] / total)
        assert chain.convert[i] == pytest.approx(converts[gram] / leaves[gram])
        assert chain.value[i] == pytest.approx(earns[gram] / leaves[gram])
        assert chain.weight[i] == pytest.approx(leaves[gram])
        for j, other in enumerate(grams):
            assert q[i, j] == pytest.approx(moves[gram][other] / leaves[gram])


@pytest.mark.parametrize("order", [1, 2, 3])
def test_tables_that_have_to_grow_count_the_same(order, monkeypatch):
    paths = random_paths(9, n_paths=200)
    at_once = fit_chain(paths, order)
    monkeypatch.setattr("settee.measure.transitions._FIRST_SIZE", 16)
    grown = fit_chain(paths, order)
    assert (grown.gram == at_once.gram).all()
    assert (grown.move != at_once.move).nnz == 0
    assert (grown.start == at_once.start).all()


def test_rows_in_another_order_make_the_same_chain():
    paths = paths_of([list("ab"), list("ba"), list("c")], nulls=[1, 0, 2])
    turned = paths_of([list("c"), list("ba"), list("ab")], nulls=[2, 0, 1])
    assert moves_of(fit_chain(paths, 1)) == moves_of(fit_chain(turned, 1))


def test_collapsing_changes_no_chain():
    paths = random_paths(4, n_paths=300, n_channels=3, longest=4)
    assert moves_of(fit_chain(paths, 2)) == moves_of(fit_chain(paths.collapse(), 2))


def test_paths_without_weight_leave_no_state():
    chain = fit_chain(paths_of([["a"], ["b"]], converted=[1, 0], nulls=[0, 0]), 1)
    assert moves_of(chain) == {("start", "a"): 1.0, ("a", "converts"): 1.0}
    assert fit_chain(paths_of([["a"]], converted=[0]), 1).n_states == 0
    assert fit_chain(paths_of([]), 2).n_states == 0


@pytest.mark.parametrize("order", [0, 4, -1])
def test_an_order_that_no_chain_has_is_refused(order):
    with pytest.raises(BadOrder, match=f"order is {order}"):
        fit_chain(paths_of([["a"]]), order)


def test_more_grams_than_can_be_numbered_are_refused():
    names = tuple(f"c{number:06}" for number in range(50_000))
    one = np.ones(1)
    paths = Paths(names, np.array([0, 1]), np.zeros(1, np.int32), one, one, one)
    with pytest.raises(BadOrder, match="order 3 with 50000 channels"):
        fit_chain(paths, 3)
    assert fit_chain(paths, 2).n_states == 1
