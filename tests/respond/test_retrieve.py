import threading

import numpy as np
import pytest

from settee.core import Settings
from settee.events import Histories
from settee.respond.retrieve import FAILED, LATE, Retriever
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
