import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from settee.core import (
    DEVICE_TYPES,
    ITEM_KINDS,
    KINDS,
    BadEvent,
    BadItem,
    Event,
    Item,
    json_schemas,
    parse_event,
    parse_item,
    to_json,
)
from settee.core.meanings import EVENT_MEANINGS, ITEM_MEANINGS, KIND_MEANINGS

EVENT: dict[str, Any] = {
    "event_id": "e1",
    "account_id": "a7",
    "kind": "play",
    "at": "2026-11-21T20:14:03Z",
    "item_id": "m318",
}
ITEM: dict[str, Any] = {"item_id": "m318"}


def event(**changes: Any) -> Event:
    return parse_event(json.dumps(EVENT | changes).encode())


def item(**changes: Any) -> Item:
    return parse_item(json.dumps(ITEM | changes).encode())


def test_the_event_of_the_design_is_understood() -> None:
    got = event(device_id="d2", device_type="tv", platform="web", duration_s=2710)
    assert got.at == datetime(2026, 11, 21, 20, 14, 3, tzinfo=UTC)
    assert (got.device_type, got.duration_s) == ("tv", 2710.0)


def test_absent_fields_stay_absent_when_written_again() -> None:
    assert json.loads(to_json(event())) == EVENT


def test_every_kind_and_device_type_is_accepted() -> None:
    for kind in KINDS:
        assert event(kind=kind, value=4).kind == kind
    for device_type in DEVICE_TYPES:
        assert event(device_type=device_type).device_type == device_type


def test_item_kinds_are_kinds() -> None:
    assert set(KINDS) >= ITEM_KINDS


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"event_id": 7}, "event_id", "Expected `str`"),
        ({"event_id": ""}, "event_id", "length >= 1"),
        ({"event_id": "x" * 129}, "event_id", "length <= 128"),
        ({"account_id": "a\u0000"}, "account_id", "regex"),
        ({"account_id": "a\n"}, "account_id", "regex"),
        ({"kind": "stare"}, "kind", "'stare'"),
        ({"at": "2026-11-21T20:14:03"}, "at", "timezone"),
        ({"at": "yesterday"}, "at", "RFC3339"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at", "no form in UTC"),
        ({"at": "9999-12-31T23:00:00-14:00"}, "at", "no form in UTC"),
        ({"item_id": None}, "item_id", "null"),
        ({"device_type": "fridge"}, "device_type", "'fridge'"),
        ({"duration_s": -1}, "duration_s", ">= 0"),
        ({"duration_s": 1e9}, "duration_s", "<= 31536000"),
        ({"revenue_cents": 1.5}, "revenue_cents", "Expected `int`"),
        ({"currency": "eur"}, "currency", "regex"),
        ({"currency": "EUR\n"}, "currency", "regex"),
        ({"rank": 0}, "rank", ">= 1"),
        ({"query": "x" * 1025}, "query", "length <= 1024"),
        ({"colour": "red"}, "", "`colour`"),
        ({"kind": "rate"}, "value", "no value"),
        ({"kind": "rate", "value": 0.4}, "value", "value 0.4"),
        ({"kind": "rate", "value": 6}, "value", "value 6"),
    ],
)
def test_a_bad_event_is_refused_with_its_place(
    changes: dict[str, Any], place: str, words: str
) -> None:
    with pytest.raises(BadEvent) as caught:
        event(**changes)
    assert words in caught.value.message
    assert caught.value.place == place


@pytest.mark.parametrize(
    ("name", "accepted"), [("kind", "purchase"), ("device_type", "tablet"), ("at", "20:14:03Z")]
)
def test_the_hint_of_a_refusal_lists_what_is_accepted(name: str, accepted: str) -> None:
    with pytest.raises(BadEvent) as caught:
        event(**{name: "?"})
    assert accepted in caught.value.hint


@pytest.mark.parametrize("kind", sorted(ITEM_KINDS))
def test_an_item_kind_without_an_item_is_refused(kind: str) -> None:
    raw = {name: value for name, value in EVENT.items() if name != "item_id"}
    with pytest.raises(BadEvent, match="names no item") as caught:
        parse_event(json.dumps(raw | {"kind": kind, "value": 4}).encode())
    assert caught.value.place == "item_id"


@pytest.mark.parametrize("kind", sorted(set(KINDS) - ITEM_KINDS))
def test_other_kinds_need_no_item(kind: str) -> None:
    raw = {name: value for name, value in EVENT.items() if name != "item_id"}
    assert parse_event(json.dumps(raw | {"kind": kind}).encode()).item_id is msgspec.UNSET


@pytest.mark.parametrize("at", ["0001-01-01T14:00:00+14:00", "9999-12-31T23:59:59Z"])
def test_the_edges_of_time_are_accepted(at: str) -> None:
    instant = datetime.fromisoformat(at)
    assert event(at=at).at == instant
    assert item(available_to=at).available_to == instant


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[]", b"null", b"{", b"[" * 100_000, b"{}", b"7"])
def test_what_is_no_object_is_refused(raw: bytes) -> None:
    with pytest.raises(BadEvent):
        parse_event(raw)
    with pytest.raises(BadItem):
        parse_item(raw)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"item_id": ""}, "item_id"),
        ({"tags": "Drama"}, "tags"),
        ({"tags": ["Drama", 7]}, "tags[1]"),
        ({"year": 999}, "year"),
        ({"age_rating": 22}, "age_rating"),
        ({"stock": -1}, "stock"),
        ({"available_from": "0001-01-01T00:00:00+14:00"}, "available_from"),
        ({"available_to": "9999-12-31T23:00:00-14:00"}, "available_to"),
        (
            {"available_from": "2026-01-02T00:00:00Z", "available_to": "2026-01-02T00:00:00Z"},
            "available_to",
        ),
        ({"color": "red"}, ""),
    ],
)
def test_a_bad_item_is_refused_with_its_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(BadItem) as caught:
        item(**changes)
    assert caught.value.place == place


def test_an_item_with_a_window_is_accepted() -> None:
    got = item(available_from="2026-01-01T00:00:00Z", available_to="2026-01-02T00:00:00Z")
    assert got.available_from == datetime(2026, 1, 1, tzinfo=UTC)


def test_the_exported_schema_names_every_field_and_what_is_required() -> None:
    schemas = json_schemas()
    fields = schemas["event"]["$defs"]["Event"]
    assert set(fields["properties"]) == set(Event.__struct_fields__)
    assert fields["required"] == ["event_id", "account_id", "kind", "at"]
    assert schemas["item"]["$defs"]["Item"]["required"] == ["item_id"]
    assert fields["additionalProperties"] is False


def test_every_field_and_kind_has_a_meaning_and_no_other_has() -> None:
    assert tuple(EVENT_MEANINGS) == Event.__struct_fields__
    assert tuple(ITEM_MEANINGS) == Item.__struct_fields__
    assert tuple(KIND_MEANINGS) == KINDS
    schema = json_schemas()["event"]["$defs"]["Event"]["properties"]
    assert schema["rank"]["description"] == "Rank in that answer, from 1."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
EVENTS = st.fixed_dictionaries(
    {"event_id": st.text() | JSON, "account_id": st.text(), "kind": st.sampled_from(KINDS) | JSON},
    optional=dict.fromkeys(Event.__struct_fields__[3:], JSON) | {"at": st.datetimes().map(str)},
).map(lambda raw: EVENT | raw)
ITEMS = st.fixed_dictionaries(
    {"item_id": st.text() | JSON}, optional=dict.fromkeys(Item.__struct_fields__[1:], JSON)
)


@given(st.binary() | EVENTS.map(lambda raw: json.dumps(raw).encode()))
@example(b'{"event_id":"\\ud800","account_id":"a","kind":"browse","at":"2026-11-21T20:14:03Z"}')
def test_an_event_is_either_refused_or_reads_back_as_itself(raw: bytes) -> None:
    with suppress(BadEvent):
        got = parse_event(raw)
        assert parse_event(to_json(got)) == got


@given(st.binary() | (ITEMS | JSON).map(lambda raw: json.dumps(raw).encode()))
def test_an_item_is_either_refused_or_reads_back_as_itself(raw: bytes) -> None:
    with suppress(BadItem):
        got = parse_item(raw)
        assert parse_item(to_json(got)) == got


@given(st.sampled_from(sorted(EVENT)), st.integers(0, 200))
def test_a_cut_or_stripped_event_is_refused(name: str, cut: int) -> None:
    without = {key: value for key, value in EVENT.items() if key != name}
    with pytest.raises(BadEvent):
        parse_event(json.dumps(without).encode())
    whole = json.dumps(EVENT).encode()
    with pytest.raises(BadEvent):
        parse_event(whole[: cut % len(whole)])
