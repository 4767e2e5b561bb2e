"""Many audiences at once: what each alone gives, however the columns are held."""

from dataclasses import replace

import numpy as np
import pytest

from settee.audiences import Ready, Target, many, rank, rank_many
from settee.audiences.targets import NothingKnown, take_aim, take_aims
from settee.core import Item

from .world import N_ITEMS

TARGETS = [
    *(Target(np.array([item], np.int32)) for item in range(N_ITEMS)),
    Target(np.array([1, 2, 30], np.int32)),
    Target(np.empty(0, np.int32), Item(item_id="new", tags=("red",))),
    Target(np.empty(0, np.int32), Item(item_id="odd", tags=("odd",))),
]


def _bytes(ready: Ready, targets: list[Target], size: int) -> list[tuple[bytes, bytes] | None]:
    return [
        one and (one.unit.tobytes(), one.probability.tobytes())
        for one in rank_many(ready, targets, size)
    ]


@pytest.mark.parametrize("sparse", [-1.0, 2.0], ids=["all dense", "all lists"])
def test_how_columns_are_held_changes_no_byte(ready, monkeypatch, sparse):
    as_it_is = _bytes(ready, TARGETS, 40)
    monkeypatch.setattr(many, "_SPARSE", sparse)
    assert _bytes(ready, TARGETS, 40) == as_it_is
    assert as_it_is.count(None) == 1


def test_everybody_ranked_is_everybody_once_and_in_order(ready):
    for target, found in zip(TARGETS[:4], rank_many(ready, TARGETS[:4], 10_000), strict=True):
        alone = rank(ready, target, 10_000)
        assert sorted(found.unit.tolist()) == list(range(ready.reach.n_units))
        assert (np.diff(found.probability) <= 0).all()
        assert found.probability == pytest.approx(alone.probability, abs=1e-5)


def test_of_a_short_list_nobody_is_missing_who_belongs_there(ready):
    whole = list(rank_many(ready, TARGETS, ready.reach.n_units))
    for long, short in zip(whole, rank_many(ready, TARGETS, 7), strict=True):
        assert (long is None) == (short is None)
        if long is not None:
            assert short.unit.tolist() == long.unit[:7].tolist()


def test_more_targets_than_a_block_come_in_their_order(ready):
    twice = TARGETS * 2
    assert _bytes(ready, twice, 9) == _bytes(ready, TARGETS, 9) * 2


def test_aims_taken_together_are_those_taken_one_by_one(ready):
    few = ready.settings.model_copy(update={"min_buyers": 60})
    shared = (ready.reach, ready.counts, ready.sources, ready.catalogue)
    for target, together in zip(TARGETS, take_aims(*shared, TARGETS, few), strict=True):
        try:
            alone = take_aim(*shared, target, few)
        except NothingKnown:
            assert together is None
            continue
        assert together.columns.tobytes() == alone.columns.tobytes()
        assert (together.how, together.popularity) == (alone.how, alone.popularity)
        assert together.similar.tolist() == alone.similar.tolist()


def test_items_that_few_have_are_spoken_for_by_those_alike_also_among_many(ready):
    choosy = replace(ready, settings=ready.settings.model_copy(update={"min_buyers": 60}))
    hows = {one.how for one in rank_many(choosy, TARGETS[:N_ITEMS], 5) if one is not None}
    assert {"model", "similar_items"} <= hows
