from dataclasses import replace

import msgspec
import numpy as np
import pytest

from settee.core import OnlineSettings, Settings
from settee.ranking import ONLINE_FEATURES, OnlineLayer
from settee.respond.choices import shown_in
from settee.respond.living import MOVING_ONLINE
from settee.store import Entry, Record, StoreDamaged
from tests.respond.test_page import ask, exposures, ids, responder
from tests.respond.world import World, event, small_model


@pytest.fixture(scope="module")
def model():
    return small_model(Settings())


@pytest.fixture
def world(tmp_path):
    world = World.at(tmp_path)
    world.put_titles()
    yield world
    world.close()


def layer_of(running) -> OnlineLayer:
    return running._serving.stage.living.online


def test_what_is_taken_of_an_answer_is_learnt_from_once(world, model):
    running = responder(world, model)
    answer = running.recommend(ask(k=4))
    exposures(world, 1)
    taken = answer.items[2].item_id
    world.journal.append([event(f"e{n}", "x", taken, minutes=n + 1) for n in range(2)])
    running.renew()
    assert layer_of(running).n_learnt == 1


def test_an_event_about_what_was_not_shown_or_long_after_is_no_choice(world, model):
    running = responder(world, model)
    answer = running.recommend(ask(k=2))
    exposures(world, 1)
    missing = next(one for one in ("alien", "brazil", "casino") if one not in ids(answer))
    world.journal.append(
        [
            event("e1", "x", missing, minutes=1),
            event("e2", "x", answer.items[1].item_id, minutes=60 * 24),
            event("e3", "y", answer.items[1].item_id, minutes=1),
        ]
    )
    running.renew()
    assert layer_of(running).n_learnt == 0


def test_the_layer_orders_anew_once_it_has_earned_it(world, model):
    settings = OnlineSettings()
    layer = OnlineLayer(settings)
    column = ONLINE_FEATURES.index("model")
    rng = np.random.default_rng(5)
    for _ in range(800):  # whoever stands last by the base is what is wanted
        x = np.zeros((8, len(ONLINE_FEATURES)), np.float32)
        x[:, 0] = np.linspace(2, -2, 8)
        x[:, column] = rng.permutation(8) / 8
        layer.learn("z", x, x[:, column] == x[:, column].max())
    assert layer.acts
    moving = {MOVING_ONLINE: layer.to_arrays()}
    trained = replace(model, moving=moving)
    world.happened(event("e1", "x", "alien"))
    plain = responder(world, model).recommend(ask(k=4))
    moved = responder(world, trained).recommend(ask(k=4))
    assert (plain.online, moved.online) == (False, True)
    off = responder(world, trained, online={"enabled": False}).recommend(ask(k=4))
    assert (off.online, ids(off)) == (False, ids(plain))


def test_without_a_layer_the_exposure_holds_no_features_of_it(world, model):
    for enabled in (True, False):
        responder(world, model, online={"enabled": enabled}).recommend(ask(k=2))
    bodies = [msgspec.json.decode(one.record.body) for one in exposures(world, 2)]
    assert ["x" in body["items"][0] for body in bodies] == [True, False]


def test_an_entry_that_is_no_exposure_is_said_to_be_damage():
    broken = Entry(7, Record("x1", "a", "exposure", 0, b"[]"))
    with pytest.raises(StoreDamaged, match="journal entry 7 is no exposure"):
        shown_in(broken)
