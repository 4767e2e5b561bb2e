import numpy as np
import pytest

from settee.measure import chains_removal, chains_sweeps
from settee.measure.chains import fit_chain
from settee.measure.paths import paths_of
from tests.measure.chain_worlds import random_paths


def both(paths, order):
    chain = fit_chain(paths, order)
    return chains_removal._by_inverse(chain), chains_removal._by_sweeps(chain)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_sweeps_and_the_inverse_agree_to_machine_precision(order):
    inverse, sweeps = both(random_paths(11, 400, 8, 12), order)
    assert abs(inverse - sweeps).max() < 1e-12


def test_journeys_that_go_round_for_long_agree_too():
    rounds = [list("abc" * 60), list("acb" * 40), list("ad"), list("b")]
    paths = paths_of(rounds, converted=[1, 2, 1, 0], nulls=[1, 0, 3, 4])
    for order in (1, 2):
        inverse, sweeps = both(paths, order)
        assert abs(inverse - sweeps).max() < 1e-11


def test_a_guess_that_spoils_is_given_up_and_the_sweeps_still_settle(monkeypatch):
    monkeypatch.setattr(chains_sweeps, "_SLOWEST", 1.0 - 1e-15)
    rng = np.random.default_rng(3)
    rounds = ["".join(rng.permutation(list("abcdef"))) * int(rng.integers(5, 40)) for _ in range(9)]
    inverse, sweeps = both(paths_of([list(one) for one in rounds], nulls=[1] * 9), 1)
    assert abs(inverse - sweeps).max() < 1e-10


def test_a_chain_without_a_way_back_needs_no_second_sweep(monkeypatch):
    monkeypatch.setattr(chains_sweeps, "MAX_SWEEPS", 0)
    inverse, sweeps = both(paths_of([list("abcd"), list("acd"), list("d")], nulls=[1, 2, 0]), 1)
    assert abs(inverse - sweeps).max() < 1e-15


def test_sweeps_that_do_not_settle_are_an_error_and_no_number(monkeypatch):
    monkeypatch.setattr(chains_sweeps, "MAX_SWEEPS", 2)
    with pytest.raises(chains_sweeps.NotSolved, match="did not settle in 2 sweeps"):
        both(paths_of([list("abab"), list("ba")], nulls=[1, 1]), 1)


def test_little_memory_changes_the_blocks_and_not_the_answer(monkeypatch):
    paths = random_paths(2, 200, 8)
    _, wide = both(paths, 2)
    monkeypatch.setattr(chains_sweeps, "_CELLS", 150)
    _, narrow = both(paths, 2)
    assert abs(wide - narrow).max() < 1e-13
