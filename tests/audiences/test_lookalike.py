"""Who is like the seeds: those of their taste, not those who merely do much."""

import numpy as np
import pytest

from settee.audiences import BadSeeds, Ready, lookalikes, seeds_of


def test_those_of_the_seeds_taste_are_found_and_activity_alone_finds_them_not(
    ready: Ready,
) -> None:
    ids = ready.reach.units.account_ids
    of_taste = np.array([int(one[1:]) % 2 == 0 for one in ids])
    seeds = seeds_of(ready.reach, [one for one in ids if int(one[1:]) % 2 == 0][:25])
    score = lookalikes(ready.reach, seeds)
    others = np.setdiff1d(np.arange(len(ids)), seeds)
    first = others[np.argsort(-score[others])][:50]
    busiest = others[np.argsort(-np.diff(ready.reach.indptr)[others])][:50]
    assert of_taste[first].mean() > 0.9
    assert of_taste[busiest].mean() < 0.7


def test_a_seed_gains_nothing_by_its_own_history(ready: Ready) -> None:
    unit = np.array([3], np.int32)
    score = lookalikes(ready.reach, unit)
    assert score[3] == pytest.approx(0.0, abs=1e-5)
    assert score.max() > 0


def test_unknown_seeds_are_passed_over_and_none_is_an_error(ready: Ready) -> None:
    known = ready.reach.units.account_ids[5]
    assert seeds_of(ready.reach, [known, "nobody"]).tolist() == [5]
    with pytest.raises(BadSeeds):
        seeds_of(ready.reach, ["nobody"])
    with pytest.raises(BadSeeds):
        lookalikes(ready.reach, np.empty(0, np.int32))
    with pytest.raises(BadSeeds):
        lookalikes(ready.reach, np.array([10_000], np.int32))
