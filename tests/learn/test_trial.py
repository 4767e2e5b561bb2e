import re
from dataclasses import replace

import numpy as np
import pytest

from settee.learn.lists import FUSION, MOST_POPULAR, RANDOM, RANKER
from settee.learn.trial import TooLittle, data_fingerprint, try_recipe
from tests.learn.world import START, catalogue, record, rising_world, settings


@pytest.fixture(scope="module")
def world():
    return rising_world()


@pytest.fixture(scope="module")
def trial(world):
    return try_recipe(*world, settings())


def test_the_ranker_that_sees_what_rises_beats_both_baselines_and_every_source(trial):
    table = trial.judged.table
    mine = table.value(RANKER, "ndcg@10")
    names = (RANDOM, MOST_POPULAR, "popular", "content", "knn", "ease", "als", "next_ridge", FUSION)
    assert mine > max(table.value(name, "ndcg@10") for name in names)
    assert trial.judged.promotion.code == "promoted"
    assert trial.judged.serving == RANKER
    assert trial.model.is_promoted


def test_the_judged_model_knows_nothing_of_the_judged_period(trial):
    assert trial.model.timeline.newest_s < trial.judged.protocol["test_start_s"]
    assert trial.model.trained_until_s == trial.judged.protocol["test_start_s"]


def test_the_same_record_and_seed_give_the_same_table(world, trial):
    again = try_recipe(*world, settings())
    assert again.judged == trial.judged
    assert again.model.ranker.text == trial.model.ranker.text


def test_another_seed_gives_other_random_lists_and_the_same_sources(world, trial):
    other = try_recipe(*world, settings("train.seed=8")).judged.table
    mine = trial.judged.table
    assert other.value(RANDOM, "ndcg@10") != mine.value(RANDOM, "ndcg@10")
    assert other.value("ease", "ndcg@10") == mine.value("ease", "ndcg@10")


def test_fewer_requests_judge_fewer_people(world, trial):
    few = try_recipe(*world, settings("train.max_requests=25")).judged
    assert few.protocol["n_requests"] == 25 < trial.judged.protocol["n_requests"]


def test_progress_tells_every_stage(world):
    told = []
    try_recipe(*world, settings(), lambda stage, done, total: told.append((stage, done, total)))
    stages = {stage for stage, _, _ in told}
    assert {"lessons", "ranker", "judge"} <= stages
    assert all(done <= total for _, done, total in told if total)


def test_too_few_events_are_refused_with_the_number_needed():
    rows = [(account, account, START + account) for account in range(5)]
    with pytest.raises(TooLittle, match=re.escape("5 events of interest")) as caught:
        try_recipe(record(rows, 5), catalogue(5), settings())
    assert "10" in caught.value.message


def test_events_without_interest_do_not_count():
    rows = [(account, account, START + account, False) for account in range(50)]
    with pytest.raises(TooLittle, match="0 events of interest"):
        try_recipe(record(rows, 50), catalogue(50), settings())


def test_shares_that_leave_nothing_are_refused():
    world = rising_world(n_days=10)
    with pytest.raises(TooLittle, match="leave nothing to train on"):
        try_recipe(*world, settings("train.test_share=0.95", "train.valid_share=0.1"))


def test_a_record_of_one_instant_is_served_by_fusion_and_judged_by_nobody():
    rows = [(account, item, START) for account in range(6) for item in range(4)]
    trial = try_recipe(record(rows, 6), catalogue(6), settings())
    assert trial.judged.promotion.code == "no_later_period"
    assert trial.judged.table.rows == ()
    assert trial.judged.serving == FUSION
    assert not trial.model.is_promoted
    assert trial.model.ranker is None


def test_a_few_accounts_on_one_day_get_no_ranker_and_are_told_why():
    events, items = rising_world(n_accounts=6, n_days=1, n_items=30)
    events = events.where(np.arange(len(events)) < 60)
    rows = [(int(a), int(i), START + 60 * n) for n, (a, i) in enumerate(
        zip(events.account, events.item, strict=True))]  # fmt: skip
    rows += [(a, 29 - a, START + 6000 + a) for a in range(6)]
    rows += [(a, 20 - a, START + 7000 + a) for a in range(6)]
    trial = try_recipe(record(rows, 30), items, settings("train.test_share=0.3"))
    assert trial.judged.promotion.code == "too_few_lessons"
    assert "20 are needed" in trial.judged.promotion.reason
    assert trial.judged.table.row(FUSION) is not None


def test_a_later_period_of_few_people_promotes_nothing():
    trial = try_recipe(*rising_world(), settings("train.test_share=0.005"))
    assert trial.judged.promotion.code == "too_few_judged"
    assert trial.model.ranker is not None
    assert not trial.model.is_promoted


def test_one_enabled_source_is_enough():
    trial = try_recipe(*rising_world(), settings('sources.enabled=["popular"]'))
    assert trial.judged.table.systems("source") == ("popular",)


def test_the_fingerprint_follows_events_and_the_numbering_of_items(world):
    events, items = world
    first = data_fingerprint(events, items)
    assert first == data_fingerprint(events, items)
    renamed = replace(items, item_ids=items.item_ids[::-1])
    fewer = events.where(np.arange(len(events)) > 0)
    changed = replace(events, is_interest=~events.is_interest)
    prints = {
        data_fingerprint(events, renamed),
        data_fingerprint(fewer, items),
        data_fingerprint(changed, items),
    }
    assert len(prints) == 3
    assert first not in prints
