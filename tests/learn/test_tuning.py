import json
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from settee.candidates import SOURCES
from settee.core import SourceSettings
from settee.learn import NothingToTune, TooLittle, TuningPlan, tune
from settee.learn.dials import DIALS, Dial
from settee.learn.ledger import Ledger, Tried
from tests.learn.world import START, catalogue, record, rising_world, settings

FLAGS = ("train.max_requests=200",)


@pytest.fixture(scope="module")
def world():
    return rising_world()


@pytest.fixture(scope="module")
def found(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trials")
    bad = settings("sources.knn_shrinkage=100000.0", *FLAGS)
    return bad, folder, tune(*world, bad, TuningPlan(("knn",), 60, 12), folder)


def test_every_dial_is_a_setting_and_every_value_it_may_take_is_accepted():
    for source, dials in DIALS.items():
        assert source in SOURCES
        for dial in dials:
            assert dial.name.startswith(source)
            for value in dial.choices or (dial.low, dial.high):
                told = int(value) if dial.is_whole else value
                SourceSettings.model_validate({dial.name: told})


def test_settings_that_drown_all_evidence_are_found_out_and_left(found):
    _, _, tuned = found
    [one] = tuned.outcomes
    assert one.n_trials == one.n_new == 12
    assert one.before["knn_shrinkage"] == 100_000.0
    assert one.searched[1] >= one.searched[0]
    assert one.is_adopted == (one.confirmed.value > 0)
    assert tuned.values == (one.best if one.is_adopted else {})
    before, after, gain = one.judged
    assert gain.value == pytest.approx(after.value - before.value)


def test_a_search_that_was_ended_goes_on_where_it_was(found, world):
    bad, folder, tuned = found
    again = tune(*world, bad, TuningPlan(("knn",), 60, 12), folder)
    assert again.outcomes[0].n_new == 0
    assert again.values == tuned.values
    more = tune(*world, bad, TuningPlan(("knn",), 60, 13), folder)
    assert (more.outcomes[0].n_trials, more.outcomes[0].n_new) == (13, 1)


def test_trials_of_another_record_or_metric_are_not_mixed_in(found, world):
    bad, folder, _ = found
    events, items = world
    fewer = events.where(np.arange(len(events)) > 50)
    assert tune(fewer, items, bad, TuningPlan(("knn",), 60, 2), folder).outcomes[0].n_new == 2
    other = settings("sources.knn_shrinkage=100000.0", "train.gate_metric='recall@20'", *FLAGS)
    assert tune(*world, other, TuningPlan(("knn",), 60, 2), folder).outcomes[0].n_new == 2


def test_time_that_is_up_ends_the_search_after_one_trial(world, tmp_path):
    clock = count(0.0, 3600.0)
    plan = TuningPlan(("ease", "knn"), 1, 50, now_s=lambda: next(clock))
    tuned = tune(*world, settings(*FLAGS), plan, tmp_path)
    assert [one.n_trials for one in tuned.outcomes] == [1, 1]
    assert tuned.values == {}
    assert [one.judged[2].value for one in tuned.outcomes] == [0.0, 0.0]


def test_progress_tells_each_source_and_how_far_it_is(world, tmp_path):
    told = []
    plan = TuningPlan(("popular",), 60, 3)
    tune(*world, settings(*FLAGS), plan, tmp_path, lambda *one: told.append(one))
    assert ("tune popular", 0, 3) in told
    assert told[-1][0] == "tune popular"


def test_what_cannot_be_tuned_is_refused_by_name(world, tmp_path):
    with pytest.raises(NothingToTune, match="nonsense"):
        tune(*world, settings(), TuningPlan(("nonsense",)), tmp_path)


def test_a_source_that_no_trial_can_fit_says_why(world, tmp_path, monkeypatch):
    class Never:
        @classmethod
        def fit(cls, *_):
            raise TooLittle("nothing fits.")

    monkeypatch.setitem(SOURCES, "knn", Never)
    with pytest.raises(NothingToTune, match="nothing fits"):
        tune(*world, settings(*FLAGS), TuningPlan(("knn",), 60, 2), tmp_path)
    lines = [line for file in tmp_path.iterdir() for line in file.read_text().splitlines()]
    tried = [json.loads(line) for line in lines if line]
    assert [one["worth"] for one in tried] == [None, None]


def test_a_record_without_three_later_windows_is_refused(tmp_path):
    events = record([(n % 4, n % 9, START + n * 60) for n in range(40)], 9)
    with pytest.raises(TooLittle, match="three later windows"):
        tune(events, catalogue(9), settings("train.slices=1"), TuningPlan(), tmp_path)


def test_a_line_that_was_cut_off_loses_one_trial_and_no_other(tmp_path):
    ledger = Ledger(tmp_path / "new", "knn", "abc")
    assert ledger.read() == []
    ledger.add(Tried({"knn_neighbours": 20}, 0.5, 1.0))
    with ledger.path.open("ab") as file:
        file.write(b'{"values": {"knn_neigh')
    ledger.add(Tried({"knn_neighbours": 30}, None, 1.0, "failed"))
    with ledger.path.open("ab") as file:
        file.write(b'[1]\n{"values": {}, "worth": "high"}\n{"values": 3}\n\xff\xfe\n')
    assert [one.values["knn_neighbours"] for one in ledger.read()] == [20, 30]
    assert replace(ledger, protocol="other").read() == []


def test_a_dial_of_choices_holds_them_and_nothing_else():
    dial = Dial("als_solver", choices=("a", "b"))
    assert dial.holds("a")
    assert not dial.holds("c")
    assert list(dial.distribution().choices) == ["a", "b"]
