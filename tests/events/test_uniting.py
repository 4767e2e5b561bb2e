from contextlib import suppress
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import BadEvent, parse_event, to_json
from settee.events import BadMerge, merge_id, merge_record, parse_merge

AT = datetime(2026, 11, 21, tzinfo=UTC)


def test_the_fact_is_named_after_the_account_that_goes() -> None:
    one, other = merge_record("anon", "a", AT), merge_record("anon", "b", AT)
    assert one.event_id == other.event_id == merge_id("anon") != merge_id("anon2")
    assert (one.account_id, one.kind) == ("a", "merge")
    assert msgspec.json.decode(one.body)["from"] == "anon"


def test_no_event_from_outside_can_take_its_name() -> None:
    event = {
        "event_id": merge_id("anon"), "account_id": "a", "kind": "browse",
        "at": "2026-11-21T00:00:00Z",
    }  # fmt: skip
    with pytest.raises(BadEvent):
        parse_event(to_json(event))


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b'{"from": ""}', b'{"from": 3}', b'{"from": "x", "y": 1}', b"\xff", b"[" * 9999],
)
def test_what_cannot_be_understood_is_refused(raw: bytes) -> None:
    with pytest.raises(BadMerge):
        parse_merge(raw, "a")


def test_an_account_is_no_part_of_itself() -> None:
    with pytest.raises(BadMerge, match="part of itself"):
        parse_merge(b'{"from": "a"}', "a")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(BadMerge):
        assert parse_merge(raw, "a").origin
