"""Steps of journeys: counted from the end, and few people never told apart."""

import numpy as np
import pytest

from settee.measure.flows import CONVERTED, ENDED, flows_of
from settee.measure.paths import Paths, paths_of
from settee.measure.suppressing import SUPPRESSED, fold_small


def told(paths, min_people=1):
    found = flows_of(paths, fold_small(paths, min_people), min_people)
    return {(one.step, one.source, one.target): (one.n_paths, one.n_people) for one in found}


def test_every_path_is_counted_at_its_end_once():
    paths = paths_of([["mail", "web"], ["web"], ["mail"]], converted=[3, 1, 0], nulls=[0, 2, 5])
    found = told(paths)
    assert found[1, "web", CONVERTED] == (4.0, 4.0)
    assert found[1, "web", ENDED] == (2.0, 2.0)
    assert found[1, "mail", ENDED] == (5.0, 5.0)
    assert found[2, "mail", "web"] == (3.0, 3.0)
    ends = sum(n for (step, _, _), (n, _) in found.items() if step == 1)
    assert ends == paths.converted.sum() + paths.nulls.sum()


def test_only_the_last_four_contacts_are_told():
    paths = paths_of([["a", "b", "c", "d", "e", "f"]], converted=[9])
    assert sorted(told(paths)) == [
        (1, "f", CONVERTED), (2, "e", "f"), (3, "d", "e"), (4, "c", "d"),
    ]  # fmt: skip


def test_somebody_with_three_paths_is_one_person():
    paths = Paths(
        channels=("mail",), indptr=np.arange(4), step=np.zeros(3, np.int32),
        converted=np.ones(3), nulls=np.zeros(3), value=np.zeros(3), group=np.array([7, 7, 8]),
    )  # fmt: skip
    assert told(paths) == {(1, "mail", CONVERTED): (3.0, 2.0)}


def test_small_steps_stand_together_with_the_next_smallest_until_they_are_enough():
    paths = paths_of([["mail"], ["tv"], ["web"]], converted=[2, 6, 90], nulls=[20, 20, 20])
    found = told(paths, 8)
    assert found[1, SUPPRESSED, CONVERTED] == (8.0, 8.0)
    assert found[1, "web", CONVERTED] == (90.0, 90.0)
    assert (1, "mail", CONVERTED) not in found
    assert found[1, "mail", ENDED] == (20.0, 20.0)


def test_step_of_too_few_people_altogether_is_not_told():
    paths = paths_of([["mail"], ["web"]], converted=[2, 2], nulls=[20, 20])
    assert [key[2] for key in told(paths, 8)] == [ENDED, ENDED]


@pytest.mark.parametrize("min_people", [1, 5, 40])
def test_nothing_that_is_told_is_about_fewer_people_than_the_floor(min_people):
    rng = np.random.default_rng(5)
    rows = [list(rng.choice(list("abcdef"), size=rng.integers(1, 6))) for _ in range(300)]
    found = told(paths_of(rows, converted=rng.integers(0, 2, 300)), min_people)
    assert found
    assert min(n_people for _, n_people in found.values()) >= min_people
