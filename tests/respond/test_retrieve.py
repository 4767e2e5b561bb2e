import threading

import numpy as np
import pytest

from settee.core import BreakerSettings, Settings
from settee.events import Histories
from settee.respond.breaker import WINDOW
from settee.respond.retrieve import FAILED, LATE, RESTING, Retriever
from tests.respond.world import ITEMS, Slow, small_model

HISTORY = Histories.of_one(np.array([0], np.int32), np.array([0], np.int64))
LONG_S = 30.0


@pytest.fixture(scope="module")
def sources():
    return small_model(Settings()).sources


def test_scores_are_those_of_the_sources(sources):
    retriever = Retriever(sources, len(ITEMS))
    scores, left_out = retriever.ask(list(sources), HISTORY, LONG_S)
    assert left_out == {}
    for name, source in sources.items():
        assert scores[name].tolist() == source.score(HISTORY).tolist()
    retriever.close()


def test_failing_source_is_left_out_and_the_others_answer(sources):
    broken = Slow(sources["ease"], error=ZeroDivisionError("no"))
    retriever = Retriever({**sources, "ease": broken}, len(ITEMS))
    scores, left_out = retriever.ask(list(sources), HISTORY, LONG_S)
    assert left_out == {"ease": FAILED}
    assert set(scores) == set(sources) - {"ease"}
    retriever.close()


def test_source_with_scores_for_another_catalogue_is_left_out(sources):
    retriever = Retriever(sources, len(ITEMS) + 1)
    scores, left_out = retriever.ask(["knn"], HISTORY, LONG_S)
    assert scores == {}
    assert left_out == {"knn": FAILED}
    retriever.close()


def test_late_source_is_left_out_and_not_asked_again_until_it_is_done(sources):
    gate = threading.Event()
    slow = Slow(sources["ease"], wait=gate)
    retriever = Retriever({"popular": sources["popular"], "ease": slow}, len(ITEMS))
    scores, left_out = retriever.ask(["popular", "ease"], HISTORY, 0.05)
    assert set(scores) == {"popular"}
    assert left_out == {"ease": LATE}
    scores, left_out = retriever.ask(["popular", "ease"], HISTORY, LONG_S)
    assert set(scores) == {"popular"}
    assert left_out == {"ease": LATE}
    assert slow.n_asked == 1
    gate.set()
    while "ease" in retriever.ask(["ease"], HISTORY, LONG_S)[1]:
        pass
    assert slow.n_asked == 2
    retriever.close()


def test_sources_behind_a_late_one_are_named_late_too(sources):
    gate = threading.Event()
    slow = Slow(sources["ease"], wait=gate)
    retriever = Retriever({"ease": slow, "knn": sources["knn"]}, len(ITEMS))
    scores, left_out = retriever.ask(["ease", "knn"], HISTORY, 0.05)
    assert scores == {}
    assert left_out == {"ease": LATE, "knn": LATE}
    scores, _ = retriever.ask(["ease", "knn"], HISTORY, LONG_S)
    assert set(scores) == {"knn"}
    gate.set()
    retriever.close()


def test_closed_retriever_starts_again_when_asked(sources):
    retriever = Retriever(sources, len(ITEMS))
    retriever.close()
    retriever.close()
    assert retriever.ask(["knn"], HISTORY, LONG_S)[1] == {}
    retriever.close()


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_source_whose_scores_are_no_numbers_is_left_out(sources, odd):
    class Odd:
        def score(self, histories):
            scores = sources["ease"].score(histories)
            scores[0, 1] = odd
            return scores

    retriever = Retriever({**sources, "ease": Odd()}, len(ITEMS))
    assert retriever.ask(["knn", "ease"], HISTORY, LONG_S)[1] == {"ease": FAILED}
    retriever.close()


def test_source_that_keeps_failing_rests_and_is_probed_afterwards(sources):
    now_s = [0.0]
    broken = Slow(sources["ease"], error=ZeroDivisionError("no"))
    retriever = Retriever(
        {**sources, "ease": broken},
        len(ITEMS),
        breaker=BreakerSettings(failures=3, rest_s=5.0),
        now_s=lambda: now_s[0],
    )
    whys = [retriever.ask(["knn", "ease"], HISTORY, LONG_S)[1]["ease"] for _ in range(6)]
    assert whys == [FAILED] * 3 + [RESTING] * 3
    assert retriever.breakers["ease"].state == "open"
    assert retriever.breakers["knn"].state == "closed"
    assert broken.n_asked == 3
    now_s[0] = 5.0
    assert retriever.ask(["ease"], HISTORY, LONG_S)[1] == {"ease": FAILED}  # the probe
    assert retriever.ask(["ease"], HISTORY, LONG_S)[1] == {"ease": RESTING}
    broken.error = None
    now_s[0] = 10.0
    assert retriever.ask(["ease"], HISTORY, LONG_S)[1] == {}
    assert retriever.ask(["ease"], HISTORY, LONG_S)[1] == {}
    assert retriever.breakers["ease"].n_opened == 2
    retriever.close()


def test_every_failing_source_rests_within_twenty_failures(sources):
    broken = Slow(sources["ease"], error=ZeroDivisionError("no"))
    retriever = Retriever({**sources, "ease": broken}, len(ITEMS), now_s=lambda: 0.0)
    for _ in range(WINDOW + 1):
        retriever.ask(["ease"], HISTORY, LONG_S)
    assert broken.n_asked <= WINDOW
    retriever.close()


def test_sources_behind_one_that_hangs_are_not_blamed(sources):
    gate = threading.Event()
    slow = Slow(sources["ease"], wait=gate)
    retriever = Retriever(
        {"ease": slow, "knn": sources["knn"]}, len(ITEMS), breaker=BreakerSettings(failures=1)
    )
    retriever.ask(["ease", "knn"], HISTORY, 0.05)
    assert {name: one.state for name, one in retriever.breakers.items()} == {
        "ease": "open",
        "knn": "closed",
    }
    gate.set()
    retriever.close()
