from dataclasses import replace

import numpy as np
import pytest

from bench.harness import Context
from bench.quality import amazon_next, beside, globo, lastfm, retail, steam
from bench.quality.beside import Ours, drawn, next_measure, source_lists
from bench.quality.held_out import hold_out, interactions_of
from bench.quality.judging import Truth
from bench.quality.made_up import made_up_stories
from settee.candidates import SOURCES
from settee.core import SourceSettings
from settee.events import Histories, Interactions


def context_in(folder, said=None):
    return Context(None, True, folder, say=(said.append if said is not None else str))


def events_of(*rows):
    columns = np.array(rows, np.int64).reshape(-1, 3)
    return Interactions(
        tuple(f"a{i}" for i in range(int(columns[:, 0].max()) + 1)),
        10,
        columns[:, 0].astype(np.int32),
        columns[:, 1].astype(np.int32),
        columns[:, 2],
        np.ones(len(columns), np.bool_),
    )


def test_a_fifth_is_hidden_half_of_it_for_each_purpose_and_nothing_twice():
    people, things = np.repeat(np.arange(3), [20, 4, 5]), np.r_[np.arange(20), :4, :5]
    task = hold_out(interactions_of(people, things), 7)
    assert task.valid.row.tolist() == task.test.row.tolist() == [0, 2]
    assert np.diff(task.valid.truth.indptr).tolist() == [2, 1]
    assert np.diff(task.test.truth.indptr).tolist() == [2, 1]
    assert np.bincount(task.train.account).tolist() == [16, 4, 3]
    for place, who in enumerate((0, 2)):
        own = task.train.item[task.train.account == who].tolist()
        hidden = [
            asked.truth.index[asked.truth.indptr[place] : asked.truth.indptr[place + 1]].tolist()
            for asked in (task.valid, task.test)
        ]
        story = task.valid.histories
        assert story.item[story.indptr[place] : story.indptr[place + 1]].tolist() == own
        assert sorted(own + hidden[0] + hidden[1]) == list(range(20 if who == 0 else 5))


def test_the_same_seed_hides_the_same():
    events = interactions_of(np.repeat(np.arange(9), 10), np.tile(np.arange(10), 9))
    one, same, other = (hold_out(events, seed).test.truth.index.tolist() for seed in (1, 1, 2))
    assert one == same != other


def test_the_new_things_of_the_last_basket_judge_and_those_of_the_one_before_choose():
    # one customer: 0 1 | 1 2 | 3 0 | 4 2 3; another with two baskets only trains
    events = events_of(
        (0, 0, 1), (0, 1, 1), (0, 1, 2), (0, 2, 2), (0, 0, 3), (0, 3, 3), (0, 2, 4), (0, 3, 4),
        (0, 4, 4), (1, 5, 1), (1, 6, 2),
    )  # fmt: skip
    last = retail._baskets_from_the_end(events.account, events.at_s + 10 * events.account)
    assert last.tolist() == [3, 3, 2, 2, 1, 1, 0, 0, 0, 1, 0]
    assert retail._has_few(events.account, last).tolist() == [False] * 9 + [True] * 2
    valid, test = (retail._asked(events, last, basket) for basket in (1, 0))
    assert valid.row.tolist() == test.row.tolist() == [0]
    assert valid.histories.item.tolist() == [0, 1, 2]
    assert valid.truth.index.tolist() == [3]
    assert test.histories.item.tolist() == [1, 2, 0, 3]  # each where it was bought last
    assert test.truth.index.tolist() == [4]


def test_the_last_article_of_a_session_is_asked_of_those_before_it():
    asked = globo._asked(
        events_of((0, 1, 5), (0, 2, 6), (0, 3, 7), (1, 4, 5), (2, 5, 1), (2, 6, 2))
    )
    assert asked.histories.indptr.tolist() == [0, 2, 3]
    assert asked.histories.item.tolist() == [1, 2, 5]
    assert asked.truth.index.tolist() == [3, 6]


def test_one_wanted_item_is_worth_its_place():
    lists = np.array([[3, 1, 2], [4, 5, -1], [0, 7, 3]], np.int32)
    wanted = Truth(np.arange(4), np.array([3, 9, 3], np.int32), 10)
    history = Histories(np.arange(4), np.array([8, 8, 8], np.int32), np.zeros(3, np.int64))
    values = next_measure(lists, beside.Asked(history, wanted, np.zeros(3, np.int64)))
    assert values["hr@10"].tolist() == [1.0, 0.0, 1.0]
    assert values["mrr@20"].tolist() == [1.0, 0.0, 1 / 3]
    assert values["ndcg@10"].tolist() == [1.0, 0.0, 0.5]


def test_people_are_drawn_with_all_that_is_theirs():
    task = hold_out(interactions_of(np.repeat(np.arange(9), 10), np.tile(np.arange(10), 9)), 3)
    some = drawn(task.test, 4, 7)
    assert some.n_people == 4
    assert drawn(task.test, 9, 7) is task.test
    for place, row in enumerate(some.row):
        whole, part = task.test.histories, some.histories
        assert (
            part.item[part.indptr[place] : part.indptr[place + 1]].tolist()
            == whole.item[whole.indptr[row] : whole.indptr[row + 1]].tolist()
        )


def test_what_was_had_is_on_no_list_nor_what_a_source_has_no_opinion_of():
    task = hold_out(made_up(), 7)
    ours = SOURCES["knn"].fit(
        task.train, beside.blank_catalogue(task.train.n_items), SourceSettings()
    )
    lists = source_lists(ours, task.test)
    story = task.test.histories
    for person in range(task.test.n_people):
        own = set(story.item[story.indptr[person] : story.indptr[person + 1]].tolist())
        assert not own & set(lists[person].tolist())
        assert (
            ours.score(task.test.chosen(np.array([person])).histories)[0][
                lists[person][lists[person] >= 0]
            ]
            > 0
        ).all()


def made_up():
    made = made_up_stories(7, n_people=60, n_items=30)
    return interactions_of(made.account, made.item)


def test_the_best_settings_are_those_of_the_people_that_choose(tmp_path, monkeypatch):
    monkeypatch.setitem(beside.GRID, "knn", ({}, {"knn_neighbours": 1}))
    task = hold_out(made_up(), 7)
    ours = Ours(replace(context_in(tmp_path), quick=False), task)
    chosen = ours.source("knn")
    both = []
    for changed in beside.GRID["knn"]:
        source = SOURCES["knn"].fit(task.train, ours.catalogue, SourceSettings(**changed))
        lists = source_lists(source, task.valid)
        both.append(float(task.measure(lists, task.valid)["ndcg@10"].mean()))
    assert both[0] != both[1]
    assert chosen.valid == max(both)


@pytest.mark.parametrize("scenario", [amazon_next, globo, lastfm, retail, steam])
def test_a_scenario_without_data_says_so_and_judges_ours(scenario, tmp_path, monkeypatch):
    for name in ("SETTEE_PEERS_PYTHON", "SETTEE_LENSKIT_PYTHON"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    small = {"popular": ({},), "knn": ({},), "session_knn": ({},)}
    monkeypatch.setattr(beside, "GRID", small)
    said: list[str] = []
    result = scenario.run(context_in(tmp_path, said))
    assert any("made-up" in line for line in said)
    assert sum("no interpreter" in line for line in said) >= 2
    best = [name for name in result.figures if name.endswith("best_of_ours.ndcg@10")]
    assert best
    for name in best:  # beside popularity, the trivial baseline
        assert result.figures[name] >= result.figures[name.replace("best_of_ours", "popular")] > 0
    assert not result.bars
    assert not result.peers
