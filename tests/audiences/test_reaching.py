"""Who comes first for an item, with what probability, and what that rests on."""

from dataclasses import replace

import numpy as np
import pytest

from settee.audiences import (
    BadTarget,
    NothingKnown,
    Ready,
    Target,
    bought,
    calibration_error,
    precision_recall,
    probabilities,
    rank,
    rank_many,
    target_of,
)
from settee.audiences.columns import affinity
from settee.audiences.reaching import BadEligible
from settee.core import Item
from settee.events import catalogue_of

from .world import CUT_S, N_ITEMS, shop

ONE = Target(np.array([2], np.int32))


def _responded(ready: Ready, items: list[int]) -> np.ndarray:
    _, record = shop()
    later = record.where((record.at_s >= CUT_S) & np.isin(record.item, items))
    those = {record.account_ids[number] for number in np.unique(later.account).tolist()}
    return np.array([one in those for one in ready.reach.units.account_ids])


@pytest.mark.parametrize("name", ["content", "knn", "ease"])
def test_a_column_gives_bit_for_bit_what_asking_everybody_gives(ready: Ready, name: str) -> None:
    items = np.array([0, 7, 25], np.int32)
    turned = affinity(ready.reach, ready.sources, items)[name]
    asked = ready.sources[name].score(ready.reach.histories)[:, items].T
    assert turned.tobytes() == np.ascontiguousarray(asked).tobytes()


def test_those_of_the_taste_come_before_those_of_the_other(ready: Ready) -> None:
    found = rank(ready, ONE, 50)
    of_taste = [int(ready.reach.units.account_ids[unit][1:]) % 2 == 0 for unit in found.unit]
    assert found.how == "model"
    assert np.mean(of_taste) > 0.9  # in any order half of them are
    assert (np.diff(found.probability) <= 0).all()


def test_the_order_beats_popularity_activity_and_chance(ready: Ready) -> None:
    worth = {"model": 0.0, "popularity": 0.0, "activity": 0.0, "chance": 0.0}
    rng = np.random.default_rng(1)
    for item in range(0, N_ITEMS, 4):
        came = _responded(ready, [item])
        p, _ = probabilities(ready, Target(np.array([item], np.int32)))
        orders = {
            "model": p,
            "popularity": np.diff(ready.reach.indptr).astype(float),
            "activity": ready.p_active.astype(float),
            "chance": rng.random(len(p)),
        }
        for name, score in orders.items():
            worth[name] += precision_recall(score, came, 40)[0]
    assert worth["model"] > worth["popularity"] > worth["chance"]
    assert worth["model"] > worth["activity"]


def test_probabilities_hold_what_they_say_better_than_one_for_all(ready: Ready) -> None:
    p, came = [], []
    for item in range(N_ITEMS):
        p.append(probabilities(ready, Target(np.array([item], np.int32)))[0])
        came.append(_responded(ready, [item]))
    told, happened = np.concatenate(p), np.concatenate(came)
    assert calibration_error(told, happened, n_resamples=0).error < 0.03
    loss = -np.mean(np.where(happened, np.log(told), np.log1p(-told)))
    rate = happened.mean()
    trivial = -(rate * np.log(rate) + (1 - rate) * np.log1p(-rate))
    assert loss < 0.9 * trivial


def test_a_tag_is_all_its_items_and_likelier_than_each(ready: Ready) -> None:
    target = target_of(ready.catalogue, tag="red")
    assert target.items.tolist() == list(range(20))
    whole, _ = probabilities(ready, target)
    one, _ = probabilities(ready, ONE)
    assert whole.mean() > 3 * one.mean()


def test_a_new_product_goes_to_buyers_of_alike_ones_and_says_so(ready: Ready) -> None:
    new = Item(item_id="new", tags=("red",))
    found = rank(ready, target_of(ready.catalogue, described=new), 50)
    assert found.how == "similar_items"
    assert set(found.similar.tolist()) <= set(range(20))
    of_taste = [int(ready.reach.units.account_ids[unit][1:]) % 2 == 0 for unit in found.unit]
    assert np.mean(of_taste) > 0.9


def test_a_product_like_no_other_is_refused_and_not_guessed(ready: Ready) -> None:
    new = Item(item_id="new", tags=("odd",))
    with pytest.raises(NothingKnown) as told:
        rank(ready, target_of(ready.catalogue, described=new), 5)
    assert told.value.code == "nothing_known_of_item"


def test_tags_alone_carry_where_no_alike_item_has_enough_buyers(ready: Ready) -> None:
    strict = replace(ready, settings=ready.settings.model_copy(update={"min_buyers": 10_000}))
    assert rank(strict, ONE, 5).how == "content"
    assert rank(ready, ONE, 5).how == "model"


def test_as_many_alike_items_stand_in_as_the_setting_says(ready: Ready) -> None:
    new = target_of(ready.catalogue, described=Item(item_id="new", tags=("red",)))
    few = replace(ready, settings=ready.settings.model_copy(update={"similar_items": 3}))
    assert len(rank(few, new, 5).similar) == 3
    assert len(rank(ready, new, 5).similar) > 3


def test_nothing_known_named_is_an_error_that_says_what_would_be(ready: Ready) -> None:
    with pytest.raises(BadTarget) as told:
        target_of(ready.catalogue, item_ids=["nobody"])
    assert "nobody" in told.value.message
    with pytest.raises(BadTarget):
        target_of(ready.catalogue, tag="no such tag")
    assert target_of(ready.catalogue, described=Item(item_id="m03")).items.tolist() == [3]


def test_only_the_eligible_are_chosen_and_none_under_the_least(ready: Ready) -> None:
    allowed = np.zeros(ready.reach.n_units, np.bool_)
    allowed[:30] = True
    found = rank(ready, ONE, 100, eligible=allowed)
    assert sorted(found.unit.tolist()) == list(range(30))
    assert found.n_eligible == 30
    least = float(found.probability[9])
    kept = rank(ready, ONE, 100, eligible=allowed, min_probability=least)
    assert kept.probability.min() >= least
    assert len(kept.unit) < 30
    with pytest.raises(BadEligible):
        rank(ready, ONE, 5, eligible=allowed[:3])


def test_many_items_at_once_give_what_each_alone_gives(ready: Ready) -> None:
    targets = [Target(np.array([item], np.int32)) for item in range(N_ITEMS)] * 2
    odd = Target(np.empty(0, np.int32), Item(item_id="x", tags=("odd",)))
    allowed = np.arange(ready.reach.n_units) % 5 > 0
    found = list(rank_many(ready, [*targets, odd], 25, eligible=allowed))
    assert found.pop() is None
    for target, many in zip(targets, found, strict=True):
        one = rank(ready, target, 25, eligible=allowed)
        assert many is not None
        assert many.how == one.how
        assert many.probability == pytest.approx(one.probability, abs=1e-5)
        assert set(many.unit[:10].tolist()) <= set(rank(ready, target, 30, eligible=allowed).unit)


def test_past_buyers_are_found_ever_and_within_a_time(ready: Ready) -> None:
    ever = bought(ready.reach, ONE.items)
    lately = bought(ready.reach, ONE.items, 20 * 86_400)
    assert ever.sum() > lately.sum() > 0
    assert not (lately & ~ever).any()


def test_a_catalogue_without_words_has_nothing_alike(ready: Ready) -> None:
    plain = catalogue_of([Item(item_id=one) for one in ready.catalogue.item_ids])
    mute = replace(ready, catalogue=plain)
    with pytest.raises(NothingKnown):
        rank(mute, target_of(plain, described=Item(item_id="new", tags=("red",))), 5)
