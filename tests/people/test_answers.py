from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.people import HouseholdDamaged
from settee.people.account import facts_of
from settee.people.answers import (
    Log,
    SessionAnswer,
    answer_of,
    pack_answer,
    pack_log,
    unpack_answer,
    unpack_log,
)
from settee.people.changes import PersonEvent
from tests.people.fakes import FakeWho
from tests.people.test_sessions import cut

WHO = FakeWho((("p_1", 0.123456), ("p_2", 0.5)), True, False, "", 0, cut(), [])


def test_an_answer_keeps_four_digits_and_says_what_was_said() -> None:
    answer = answer_of("e9", WHO)
    assert answer.as_dict("a7") == {
        "account_id": "a7", "event_id": "e9", "persons": {"p_1": 0.1235, "p_2": 0.5},
        "together": True, "unsure": False,
    }  # fmt: skip
    assert unpack_answer(pack_answer(answer)) == answer


def test_a_log_comes_back_as_it_was() -> None:
    answers = [SessionAnswer(f"e{n}", {"p_1": 0.25}, False, True) for n in range(200)]
    log = Log(answers, [PersonEvent("born", 5, ("p_1",), (("sessions", 3.0),), True)])
    raw = pack_log(log)
    assert unpack_log(raw) == log
    assert len(raw) < 2_000


def refusal(read: Callable[[bytes], object], raw: bytes) -> HouseholdDamaged | None:
    try:
        read(raw)
    except HouseholdDamaged as error:
        return error
    return None


@given(st.binary(max_size=60))
def test_bytes_that_settee_did_not_write_are_refused_or_mean_something(raw: bytes) -> None:
    for read in (unpack_answer, unpack_log, facts_of):
        error = refusal(read, raw)
        assert error is None or "households.db" in error.hint


def test_bytes_that_are_no_text_where_text_is_expected_are_refused() -> None:
    for raw in (b"\x94\xa1\x80\x80\xc2\xc2", b"\x94\xa1a\x81\xa1\x80\x00\xc2\xc2"):
        error = refusal(unpack_answer, raw)
        assert error is not None
        assert "households.db" in error.hint


def test_a_log_of_something_else_is_refused() -> None:
    with pytest.raises(HouseholdDamaged, match="cannot be read"):
        unpack_log(b"nothing")
    with pytest.raises(HouseholdDamaged, match="cannot be read"):
        facts_of(b"\xc1")
