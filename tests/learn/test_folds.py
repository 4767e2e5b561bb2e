from dataclasses import replace

import numpy as np
import pytest

from settee.events import CannotSplit
from settee.learn import folds
from settee.learn.folds import fit_model, fit_ranker, look_ahead, make_lessons, split_record
from settee.learn.requests import Window
from tests.learn.world import catalogue, record, rising_world, settings

TEN = np.arange(100)


def lessons(*flags, seed=0, world=None):
    events, items = world or rising_world()
    chosen = settings(*flags)
    slices = split_record(events.at_s, chosen).slices
    return make_lessons(events, items, chosen, slices, np.random.default_rng(seed))


def test_slices_lie_end_to_end_before_the_judged_period():
    split = split_record(TEN, settings("train.slices=3"))
    assert [(window.start_s, window.end_s) for window in split.slices] == [
        (60, 70), (70, 80), (80, 90),
    ]  # fmt: skip
    assert (split.test.start_s, split.test.end_s) == (90, None)


def test_shares_set_the_width_of_the_slices_and_of_the_judged_period():
    split = split_record(TEN, settings("train.test_share=0.2", "train.valid_share=0.05"))
    assert split.test.start_s == 80
    assert [window.start_s for window in split.slices] == [65, 70, 75]


def test_the_first_slice_leaves_a_tenth_of_the_record_to_learn_from():
    split = split_record(TEN, settings("train.slices=50"))
    assert split.slices[0].start_s == 10


def test_a_record_of_one_instant_has_no_slices():
    assert split_record(np.full(30, 7), settings()).slices == ()


def test_a_record_without_events_cannot_be_split():
    with pytest.raises(CannotSplit):
        split_record(np.empty(0, np.int64), settings())


def test_a_model_knows_nothing_from_its_instant_on():
    world, items = rising_world()
    until_s = int(np.quantile(world.at_s, 0.5))
    model = fit_model(world, until_s, items, settings())
    same = fit_model(world.where(world.at_s < until_s), until_s, items, settings())
    assert model.timeline.newest_s < until_s
    for name, source in model.sources.items():
        theirs = same.sources[name].to_arrays()
        for key, array in source.to_arrays().items():
            assert (array == theirs[key]).all(), name


def test_every_lesson_has_a_hit_and_a_place_in_time():
    found = lessons()
    sizes = found.examples.group_sizes
    starts = np.cumsum(sizes) - sizes
    assert (np.maximum.reduceat(found.examples.labels, starts) == 1).all()
    assert (np.diff(found.slice_of) <= 0).all()  # the latest first
    assert set(found.slice_of) == {0, 1, 2}
    assert len(found.examples.rows) == sizes.sum()
    assert found.examples.rows.shape[1] == len(found.names)


def test_frozen_lessons_look_as_far_ahead_as_the_judged_period_and_never_past_the_last_slice():
    slices = [Window(start, start + 10) for start in range(0, 40, 10)]
    for share, ends in ((0.1, [10, 20, 30, 40]), (0.15, [20, 30, 40, 40]), (0.3, [30, 40, 40, 40])):
        train = settings(f"train.test_share={share}").train
        found = [look_ahead(slices, number, train) for number in range(4)]
        assert [one.end_s for one in found] == ends
        assert [one.start_s for one in found] == [0, 10, 20, 30]


def test_what_happens_after_the_last_slice_changes_no_lesson():
    world, items = rising_world()
    last_s = split_record(world.at_s, settings()).test.start_s
    rng = np.random.default_rng(0)
    later = world.at_s >= last_s
    other = replace(
        world, item=np.where(later, rng.integers(0, world.n_items, len(world)), world.item)
    )
    first = lessons(world=(world, items))
    second = lessons(world=(replace(other, item=other.item.astype(np.int32)), items))
    assert np.array_equal(first.examples.rows, second.examples.rows, equal_nan=True)
    assert (first.examples.labels == second.examples.labels).all()


def test_fewer_requests_make_fewer_lessons():
    few, many = lessons("train.ranker_requests=30"), lessons()
    assert len(few) <= 30 < len(many)


def test_the_share_of_live_lessons_is_the_share_asked_in_the_middle(monkeypatch):
    asked = {}
    for kind in ("frozen_requests", "live_requests"):
        plain = getattr(folds, kind)

        def count(events, window, sampling, plain=plain, kind=kind):
            found = plain(events, window, sampling)
            asked[kind] = asked.get(kind, 0) + len(found)
            return found

        monkeypatch.setattr(folds, kind, count)
    for share, n_frozen, n_live in ((0.0, 60, 0), (0.25, 45, 15), (0.5, 30, 30), (1.0, 0, 60)):
        asked.clear()
        assert len(lessons("train.ranker_requests=60", f"ranking.live_share={share}")) > 0
        assert asked == {"frozen_requests": n_frozen, "live_requests": n_live}


def test_lessons_of_accounts_without_a_history_are_bounded():
    world, items = rising_world()
    late = world.at_s >= split_record(world.at_s, settings()).slices[0].start_s
    fresh = replace(world, is_interest=late | (world.account < 4))
    n = {}
    for share in (0.0, 0.5, 1.0):
        found = lessons(
            "train.slices=1", "train.valid_share=0.3", "ranking.live_share=0",
            f"ranking.cold_share={share}", world=(fresh, items),
        )  # fmt: skip
        starts = np.cumsum(found.examples.group_sizes) - found.examples.group_sizes
        n_history = found.examples.rows[starts, found.names.index("n_history")]
        n[share] = (int((n_history > 0).sum()), int((n_history == 0).sum()))
    assert n[0.0][1] == 0 < n[0.5][1] <= n[0.5][0]
    assert n[1.0][1] > n[1.0][0]


def test_the_seed_draws_the_instants_of_live_lessons():
    first, again, other = (lessons(seed=seed).examples.rows for seed in (0, 0, 1))
    assert np.array_equal(first, again, equal_nan=True)
    assert not np.array_equal(first, other, equal_nan=True)


def test_the_latest_slice_chooses_the_number_of_trees():
    ranker = fit_ranker(lessons(), settings("ranking.trees=60", "ranking.learning_rate=0.5"))
    assert 1 <= ranker.forest.n_trees < 60


def test_a_single_slice_still_gives_a_ranker():
    found = lessons("train.slices=1")
    assert set(found.slice_of) == {0}
    assert fit_ranker(found, settings()).forest.n_trees >= 1


def test_a_pool_that_holds_nothing_wanted_teaches_nothing():
    rows = [(account, 0, 10 * account) for account in range(40)]
    rows += [(account, 1 + account, 10_000 + account) for account in range(40)]
    world = record(rows, 41)
    chosen = settings("train.slices=1", "train.valid_share=0.4", 'sources.enabled=["popular"]')
    items = catalogue(41)  # in the second half everybody wants what nobody wanted before
    slices = split_record(world.at_s, chosen).slices
    found = make_lessons(world, items, chosen, slices, np.random.default_rng(0))
    assert len(found) == 0
    assert len(found.examples.rows) == 0
