import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.audiences import AudienceQuery, BadAudience, ItemQuery, Members, parse_query


def test_what_a_marketer_asks_is_read_from_json_and_toml() -> None:
    asked = parse_query(b'{"items": {"tags_any": ["Drama"], "year": [1990, 1999]}, "size": 9}')
    assert asked == AudienceQuery(items=ItemQuery(tags_any=("Drama",), year=(1990, 1999)), size=9)
    toml = b'size = 9\n[items]\ntags_any = ["Drama"]\nyear = [1990, 1999]\n'
    assert parse_query(toml, "toml") == asked


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"{}", "nothing is asked for"),
        (b'{"item_id": "m", "tag": "x"}', "item_id and tag is asked for"),
        (b'{"items": {}}', "items says nothing"),
        (b'{"items": {"year": [1999, 1990]}}', "items.year goes from 1999 to 1990"),
        (b'{"items": {"price_cents": [9, 1]}}', "items.price_cents goes from 9 to 1"),
        (b'{"like": ["a", "a"]}', "like names one twice"),
        (b'{"item_id": "m", "people": {"accounts": ["a", "a"]}}', "people.accounts names one"),
        (b'{"item_id": "m", "budget_cents": 5}', "a contact costs nothing"),
        (b'{"item_id": "m", "exclude_buyers_days": 5}', "exclude_buyers is false"),
        (b'{"item_id": "m", "holdout": 0.95}', "<= 0.9"),
        (b'{"item_id": "m", "size": 0}', ">= 1"),
        (b'{"item_id": "m", "sise": 3}', "unknown field"),
        (b"[", "refused"),
        (b"\xff", "refused"),
        (b"[" * 100_000, "refused"),
        (b" " * (4 * 1024 * 1024 + 1), "at most 4,194,304"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(raw: bytes, words: str) -> None:
    with pytest.raises(BadAudience, match=words):
        parse_query(raw)


@given(st.binary(max_size=200), st.sampled_from(["json", "toml"]))
def test_bytes_of_any_kind_are_read_or_refused(raw: bytes, kind: str) -> None:
    try:
        parse_query(raw, kind)  # type: ignore[arg-type]
    except BadAudience:
        return


def test_a_question_survives_writing_and_reading() -> None:
    asked = AudienceQuery(like=("a", "b"), margin_cents=4.5, unit="account", name="x")
    assert parse_query(msgspec.json.encode(asked)) == asked


def test_some_members_can_be_picked() -> None:
    members = Members(("a", "b"), ("", "p"), np.array([0.2, 0.1]), np.array([False, True]))
    assert members.pick(np.array([1])).account_ids == ("b",)
    assert members.pick(~members.held_out).person_ids == ("",)
    assert members.rank.tolist() == [1, 2]
