import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from settee.core import MAX_ID_LENGTH, new_id, parse_event

AT = datetime(2026, 11, 21, 20, 14, 3, tzinfo=UTC)


def test_ids_of_one_instant_differ() -> None:
    assert len({new_id("exp", AT) for _ in range(1000)}) == 1000


def test_an_id_is_its_prefix_and_26_letters_of_crockford() -> None:
    assert re.fullmatch(r"exp_[0-9A-HJKMNP-TV-Z]{26}", new_id("exp", AT))


@given(
    st.integers(0, 10**9).map(lambda ms: AT + timedelta(milliseconds=ms)),
    st.integers(1, 10**9).map(lambda ms: timedelta(milliseconds=ms)),
)
def test_a_later_id_sorts_after_an_earlier_one(at: datetime, gap: timedelta) -> None:
    assert new_id("e", at) < new_id("e", at + gap)


def test_a_made_id_is_accepted_as_an_event_id() -> None:
    made = new_id("e", AT)
    assert len(made) <= MAX_ID_LENGTH
    raw = f'{{"event_id":"{made}","account_id":"a","kind":"browse","at":"2026-11-21T20:14:03Z"}}'
    assert parse_event(raw.encode()).event_id == made
