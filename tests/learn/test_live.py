"""Living through the later part of a record again, where it is known what helps."""

from dataclasses import replace

import numpy as np
import pytest

from settee.candidates import LiveItems
from settee.learn import replay_online, train
from settee.learn.folds import fit_model
from settee.learn.live import LIVE, ONLINE
from settee.ranking import OnlineLayer, load_model
from tests.learn.world import DAY, START, catalogue, record, rising_world, settings

N_ITEMS = 60
CHANGE = START + 20 * DAY


def _news():
    """Every hour another item is the news that everybody reads, and the old ones die."""
    rng = np.random.default_rng(5)
    rows = []
    for hour in range(30 * 24):
        hot = hour * N_ITEMS // (30 * 24)
        for account in rng.choice(40, 3, replace=False):
            item = hot if rng.random() < 0.8 else int(rng.integers(N_ITEMS))
            rows.append((int(account), item, START + hour * 3600 + int(rng.integers(3600))))
    return record(rows, N_ITEMS, 40), catalogue(N_ITEMS)


@pytest.fixture(scope="module")
def news():
    return _news()


def _replayed(news, *words):
    events, items = news
    chosen = settings(*words)
    return replay_online(events, fit_model(events, CHANGE, items, chosen), CHANGE, chosen)


def test_where_only_what_is_new_counts_the_layer_learns_it_and_acts(news):
    found = _replayed(news)
    told = found.as_dict()
    assert told["n_choices"] >= told["n_in_pool"] > 300
    standing = found.layer.standing()
    assert standing.shared.gain > 0.1
    assert standing.shared.acts
    assert standing.weights["recent"] + standing.weights["next"] > 1.0


def test_the_same_record_gives_the_same_layer_and_no_later_event_changes_an_earlier_choice(news):
    events, items = news
    chosen = settings()
    model = fit_model(events, CHANGE, items, chosen)
    one = replay_online(events, model, CHANGE, chosen).layer.to_arrays()
    two = replay_online(events, model, CHANGE, chosen).layer.to_arrays()
    assert {k: v.tobytes() for k, v in one.items()} == {k: v.tobytes() for k, v in two.items()}
    end = CHANGE + 5 * DAY
    short = events.where(events.at_s < end)
    early = replay_online(short, model, CHANGE, chosen)
    cut = replace(events, is_interest=events.is_interest & (events.at_s < end))
    again = replay_online(cut, model, CHANGE, chosen)
    assert early.layer.to_arrays()["weight"].tolist() == pytest.approx(
        again.layer.to_arrays()["weight"].tolist()
    )


def test_so_many_moments_are_looked_at_as_are_asked_for(news):
    assert _replayed(news, "online.replay_choices=50").n_choices == 50
    nothing = _replayed(news, "online.replay_choices=0")
    assert nothing.n_choices == 0
    assert not nothing.layer.acts


def test_a_record_that_ends_before_the_period_teaches_nothing(news):
    events, items = news
    model = fit_model(events, CHANGE, items, settings())
    past = events.where(events.at_s < CHANGE)
    assert replay_online(past, model, CHANGE, settings()).n_choices == 0


def test_what_somebody_met_already_and_newcomers_are_no_moments():
    rows = [(0, 0, 10), (0, 1, 20), (0, 0, 30), (1, 2, 25), (1, 2, 35)]
    rows += [(2 + n, n % 3, n) for n in range(20)]
    events, items = record(rows, 4), catalogue(4)
    model = fit_model(events, 20, items, settings())
    assert replay_online(events, model, 20, settings()).n_choices == 1


def test_a_trained_version_holds_the_live_counts_and_the_layer(tmp_path):
    events, items = rising_world()
    found = train(events, items, settings(), tmp_path)
    model = load_model(tmp_path / found.version)
    live = LiveItems.from_arrays(model.moving[LIVE], settings().live)
    wanted = LiveItems.fit(events, items, settings().live)
    assert {k: v.tobytes() for k, v in live.to_arrays().items()} == {
        k: v.tobytes() for k, v in wanted.to_arrays().items()
    }
    layer = OnlineLayer.from_arrays(model.moving[ONLINE], settings().online)
    assert layer.standing().as_dict() == found.online["standing"]
    assert model.manifest["online"] == found.online
    assert found.online["n_choices"] > 0
