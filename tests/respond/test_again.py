from datetime import timedelta

import msgspec
import pytest

from settee.core import Settings
from settee.respond import Request, repeatable
from settee.respond.again import answer_again, exposure_again
from tests.respond.world import NOW, World, small_model

LATER = NOW + timedelta(seconds=5, microseconds=120)


@pytest.fixture
def world(tmp_path):
    world = World.at(tmp_path / "home", Settings())
    world.put_titles()
    world.release(small_model(world.settings))
    yield world
    world.close()


@pytest.mark.parametrize("account_id", ["x", 'quo"te\\', "né\u2028", '"timings_ms":{'])
@pytest.mark.parametrize("is_explained", [True, False])
def test_repeat_differs_in_its_name_and_instant_alone(world, account_id, is_explained):
    asked = Request(account_id, 3, NOW, explain=is_explained)
    answer, exposure = world.responder().recommend_to_keep(asked)
    kept = repeatable(answer, msgspec.json.encode(answer), exposure)
    again = msgspec.json.decode(answer_again(kept, "exp_2", LATER, is_taken=True))
    first = msgspec.json.decode(msgspec.json.encode(answer))
    expected = first | {
        "exposure_id": "exp_2", "at": "2026-11-21T20:00:05.000120Z", "timings_ms": {},
        "journalled": True,
    }  # fmt: skip
    assert again == expected
    record = exposure_again(kept, "exp_2", LATER)
    told, before = msgspec.json.decode(record.body), msgspec.json.decode(exposure.body)
    fields = ("item_id", "rank", "score", "propensity")
    assert told == before | {
        "event_id": "exp_2", "at": "2026-11-21T20:00:05.000120Z",
        "repeats": answer.exposure_id,
        "items": [{name: one[name] for name in fields} for one in before["items"]],
    }  # fmt: skip
    assert (record.event_id, record.account_id, record.kind) == ("exp_2", account_id, "exposure")
    assert record.at_us == exposure.at_us + 5_000_120
    assert kept.n_bytes > len(kept.answer)


def test_repeat_says_so_when_the_journal_has_no_room(world):
    answer, exposure = world.responder().recommend_to_keep(Request("x", 3, NOW))
    kept = repeatable(answer, msgspec.json.encode(answer), exposure)
    for is_taken in (True, False):
        again = msgspec.json.decode(answer_again(kept, "exp_2", LATER, is_taken=is_taken))
        assert again["journalled"] is is_taken


def test_without_a_journal_no_repeat_claims_to_be_in_it(world):
    answer, _ = world.responder().recommend_to_keep(Request("x", 3, NOW), is_shown=False)
    kept = repeatable(answer, msgspec.json.encode(answer), None)
    assert (
        msgspec.json.decode(answer_again(kept, "e", LATER, is_taken=False))["journalled"] is False
    )
