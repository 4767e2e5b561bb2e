from dataclasses import replace

import numpy as np
import pytest

from settee.measure.chains import BadOrder
from settee.measure.chains_order import TooFewPaths, choose_order
from settee.measure.paths import paths_of


def world(memory, n=3000, seed=0):
    """Journeys that end any time; whether in a conversion hangs on the step so many before."""
    rng = np.random.default_rng(seed)
    rows = [list(rng.choice(list("abc"), size)) for size in rng.geometric(0.3, n)]
    converts = (
        np.array([row[-memory:][:1] == ["a"] and len(row) >= memory for row in rows]) * 0.8 + 0.1
    )
    bought = rng.random(n) < converts
    return paths_of(rows, converted=bought.astype(float), nulls=1.0 - bought)


@pytest.mark.parametrize("memory", [1, 2, 3])
def test_the_order_is_how_far_back_the_journeys_look(memory):
    choice = choose_order(world(memory))
    assert choice.order == memory
    assert choice.log_likelihood[memory - 1] > choice.baseline


def test_no_order_above_the_highest_allowed_is_tried():
    choice = choose_order(world(3), max_order=2)
    assert choice.order <= 2
    assert choice.log_likelihood.shape == (2,)


def test_the_same_seed_parts_the_same_and_another_hardly_changes_it():
    paths = world(2).collapse()
    first, again = choose_order(paths, seed=4), choose_order(paths, seed=4)
    assert first.log_likelihood.tolist() == again.log_likelihood.tolist()
    other = choose_order(paths, seed=5)
    assert other.log_likelihood.tolist() != first.log_likelihood.tolist()
    assert other.log_likelihood == pytest.approx(first.log_likelihood, abs=0.01)


def test_more_folds_leave_more_to_learn_from():
    paths = world(3, n=400)
    two, ten = choose_order(paths, folds=2), choose_order(paths, folds=10)
    assert ten.log_likelihood[2] > two.log_likelihood[2]


def test_every_step_and_end_is_told_once():
    paths = paths_of([list("ab"), list("a")], converted=[30, 2.5], nulls=[0, 10])
    assert choose_order(paths).n_steps == pytest.approx(30 * 3 + 12.5 * 2)


def test_people_are_held_out_as_a_whole():
    # Each person repeats one odd journey: known by heart, unless all of it is held out.
    rng = np.random.default_rng(1)
    rows = [list(rng.choice(list("abcdef"), 5)) for _ in range(60)]
    paths = paths_of([row for row in rows for _ in range(20)])
    person = np.repeat(np.arange(60), 20)
    alone = choose_order(paths)
    together = choose_order(replace(paths, group=person))
    assert alone.log_likelihood[2] > together.log_likelihood[2] + 0.5
    assert alone.order == 3
    assert together.order == 1


def test_what_cannot_be_held_out_is_refused():
    with pytest.raises(TooFewPaths, match="3 journeys cannot be held out in 5 parts"):
        choose_order(paths_of([["a"]], converted=[1], nulls=[2]))
    with pytest.raises(TooFewPaths, match="1 parts"):
        choose_order(world(1), folds=1)
    with pytest.raises(BadOrder, match="order is 0"):
        choose_order(world(1), max_order=0)
