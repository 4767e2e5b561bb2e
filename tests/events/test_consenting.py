import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.events import BadContact, ContactWord, contact_record, parse_contact

NOON = datetime(2026, 12, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b'{"consent": {}}', b'{"consent": {"email": 1}}',
            b'{"consent": {"": true}}',
            b'{"chid": true}', b'{"person_id": "p"}', b"[" * 100_000, b"\xff",
            json.dumps({"consent": {str(n): True for n in range(65)}}).encode()],
)  # fmt: skip
def test_what_says_nothing_or_too_much_is_refused(raw: bytes) -> None:
    with pytest.raises(BadContact):
        parse_contact(raw)


def test_a_fact_holds_what_was_said_and_nothing_else() -> None:
    record = contact_record(ContactWord(child=False, person_id="p1"), "a7", "c1", NOON)
    assert (record.kind, record.account_id, record.event_id) == ("contact", "a7", "c1")
    assert json.loads(record.body) == {
        "event_id": "c1", "account_id": "a7", "kind": "contact", "at": "2026-12-24T12:00:00Z",
        "child": False, "person_id": "p1",
    }  # fmt: skip
    said = contact_record(ContactWord({"email": True}), "a7", "c1", NOON)
    assert json.loads(said.body)["consent"] == {"email": True}


@given(st.binary(max_size=80))
def test_bytes_of_any_kind_are_read_or_refused(raw: bytes) -> None:
    try:
        parse_contact(raw)
    except BadContact:
        return
