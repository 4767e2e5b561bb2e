from contextlib import suppress
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import CheckSettings
from settee.events import (
    BadOnboarding,
    Onboarding,
    accept_batch,
    onboarding_records,
    parse_onboarding,
)

AT = datetime(2026, 11, 21, 20, 0, 3, 250_000, tzinfo=UTC)


def test_picked_titles_are_events_that_a_door_would_take() -> None:
    picked = Onboarding(item_ids=("m1", "m2"))
    _, *likes = onboarding_records(picked, "a7", "on1", AT)
    records, rejected = accept_batch([one.body for one in likes], AT, CheckSettings())
    assert (records, rejected) == (likes, [])


def test_words_that_were_not_said_are_not_in_the_fact() -> None:
    (said,) = onboarding_records(Onboarding(tags=()), "a7", "on1", AT)
    assert msgspec.json.decode(said.body) == {
        "event_id": "on1",
        "account_id": "a7",
        "kind": "preferences",
        "at": "2026-11-21T20:00:03.250000Z",
        "tags": [],
    }


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"", "refused"),
        (b"{}", "nothing is picked"),
        (b"[]", "refused"),
        (b"\xff", "refused"),
        (b'{"item_ids": ["m1", "m1"]}', "item_ids names one twice"),
        (b'{"tags": ["Crime", "Crime"]}', "tags names one twice"),
        (b'{"item_ids": [""]}', "refused"),
        (b'{"item_ids": ["m1"], "stars": 3}', "refused"),
        (b'{"item_ids": ["m1"], "event_id": "' + b"x" * 121 + b'"}', "121 characters"),
        (b'{"item_ids": ' + b"[" * 100_000, "refused"),
    ],
)
def test_what_cannot_be_understood_is_refused(raw: bytes, what: str) -> None:
    with pytest.raises(BadOnboarding, match=what):
        parse_onboarding(raw)


@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(BadOnboarding):
        picked = parse_onboarding(raw)
        assert picked.item_ids or picked.tags is not None or picked.languages is not None
