import itertools
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import Settings
from settee.web import create_app
from settee.web.cache import AnswerCache
from tests.respond.world import event, with_settings
from tests.web.world import Client, Engine

ASKED = b"account_id=x&k=3"
PATH = "/v1/recommendations"


@pytest.fixture
def engine(tmp_path):
    engine = Engine(tmp_path)
    yield engine
    engine.close()


@pytest.fixture
def client(engine):
    return Client(create_app(engine))


def outcomes(client):
    page = client("GET", "/metrics").body.decode()
    return {
        line.split('"')[1]: float(line.split()[-1])
        for line in page.splitlines()
        if line.startswith("settee_cache_total")
    }


def bare(answer):
    return {
        name: value
        for name, value in answer.items()
        if name not in ("exposure_id", "at", "timings_ms", "journalled")
    }


def test_same_question_gets_the_same_answer_under_a_name_of_its_own(client, engine):
    first, second = (client("GET", PATH, query=ASKED).json for _ in range(2))
    assert bare(first) == bare(second)
    assert first["exposure_id"] != second["exposure_id"]
    assert first["timings_ms"]
    assert second["timings_ms"] == {}
    assert outcomes(client) == {"miss": 1, "hit": 1}
    engine.journal.append([event("later", "y", "alien")])  # behind what is on its way
    exposures = [
        msgspec.json.decode(one.record.body)
        for one in engine.journal.read(0, 100)
        if one.record.kind == "exposure"
    ]
    assert [one["event_id"] for one in exposures] == [first["exposure_id"], second["exposure_id"]]
    assert exposures[1]["repeats"] == first["exposure_id"]
    names = [[one["item_id"] for one in exposure["items"]] for exposure in exposures]
    assert names[0] == names[1]
    assert second["journalled"]


def test_event_of_the_account_changes_the_next_answer(client, engine):
    shown = client("GET", PATH, query=ASKED).json["items"][0]["item_id"]
    engine.world.happened(event("e1", "x", shown))
    again = client("GET", PATH, query=ASKED).json
    assert shown not in {one["item_id"] for one in again["items"]}


def test_item_that_is_sold_out_is_gone_from_the_next_answer(client):
    shown = client("GET", PATH, query=ASKED).json["items"][0]["item_id"]
    client("PUT", "/v1/items", msgspec.json.encode({"item_id": shown, "stock": 0}))
    again = client("GET", PATH, query=ASKED).json
    assert shown not in {one["item_id"] for one in again["items"]}
    assert outcomes(client) == {"miss": 1, "stale": 1}


def test_answer_is_made_anew_each_minute(client, engine):
    client("GET", PATH, query=ASKED)
    engine.world.now += timedelta(seconds=61)
    client("GET", PATH, query=ASKED)
    assert outcomes(client) == {"miss": 1, "stale": 1}


def test_answers_to_many_questions_grow_old_one_after_another_within_a_minute(client, engine):
    asked = [f"account_id=x{number}&k=3".encode() for number in range(40)]
    n_stale = []
    for _ in range(7):
        for query in asked:
            client("GET", PATH, query=query)
        n_stale.append(outcomes(client).get("stale", 0))
        engine.world.now += timedelta(seconds=10)
    anew = [after - before for before, after in itertools.pairwise(n_stale)]
    assert sum(anew) == len(asked)  # each once in the minute
    assert max(anew) < len(asked) / 2


def test_cache_of_no_size_keeps_nothing(tmp_path):
    engine = Engine(tmp_path, with_settings(Settings(), serve={"cache_mb": 0}))
    client = Client(create_app(engine))
    one, other = (client("GET", PATH, query=ASKED).json for _ in range(2))
    assert one["timings_ms"]
    assert other["timings_ms"]
    engine.close()


def test_question_in_a_body_is_kept_apart_from_one_in_a_query(client):
    client("POST", PATH, b'{"account_id": "x", "k": 3}')
    client("GET", PATH, query=ASKED)
    client("POST", PATH, b'{"account_id": "x", "k": 3}')
    assert outcomes(client) == {"miss": 2, "hit": 1}


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 3), st.integers(0, 900)), max_size=60),
    st.integers(0, 6_000),
)
def test_whatever_is_put_in_it_stays_within_its_size_and_gives_back_what_it_has(puts, size):
    cache = AnswerCache[tuple[int, int]](size)
    latest = {}
    for key, mark, n_bytes in puts:
        cache.put(key, mark, (key, mark), n_bytes)
        latest[key] = mark
        assert cache.n_bytes <= size
    for key, mark in latest.items():
        entry = cache.get(key)
        assert entry is None or (entry.mark, entry.kept) == (mark, (key, mark))
    assert cache.is_on == (size > 0)
