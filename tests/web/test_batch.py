import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.web.batch import cut
from settee.web.errors import BadRequest, BodyTooLarge

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def parts(body: bytes, content_type: bytes = b"", limit: int = 100) -> list:
    batch = cut(body, content_type, name="events", limit=limit)
    return [json.loads(bytes(part)) for part in batch.parts]


def test_one_object_is_one_part():
    assert cut(b' {"a": 1} ', b"", name="events", limit=1).is_single
    assert parts(b'{"a": 1}') == [{"a": 1}]


def test_item_with_a_field_called_like_the_other_envelope_is_one_part():
    assert parts(b'{"items": 3}') == [{"items": 3}]


@given(st.lists(JSON, max_size=5))
def test_array_and_envelope_have_the_same_parts(values):
    array = json.dumps(values).encode()
    assert parts(array) == values
    assert parts(b'{"events": ' + array + b"}") == values


@given(st.lists(st.dictionaries(st.text(), JSON, max_size=2), max_size=5))
def test_lines_are_parts_and_empty_lines_are_none(values):
    body = b"\n \n".join(json.dumps(value).encode() for value in values)
    assert parts(body, b"application/x-ndjson") == values


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"hello", b"[1,", b"{", b'"text"', b'{"events": 3}', b"[" * 100_000]
)
def test_broken_outer_json_takes_nothing(body):
    with pytest.raises(BadRequest):
        parts(body)


def test_envelope_with_another_key_is_refused_by_its_name():
    with pytest.raises(BadRequest) as caught:
        parts(b'{"events": [], "dry_run": true}')
    assert caught.value.place == "dry_run"


def test_batch_over_the_limit_is_refused():
    with pytest.raises(BodyTooLarge, match="max_batch"):
        parts(b"[1,2,3]", limit=2)
    with pytest.raises(BodyTooLarge):
        parts(b"1\n2\n3", b"application/jsonl", limit=2)


@given(st.binary(max_size=60), st.sampled_from([b"", b"application/json", b"application/x-ndjson"]))
def test_any_bytes_are_cut_or_refused(body, content_type):
    with contextlib.suppress(BadRequest, BodyTooLarge):
        assert len(cut(body, content_type, name="events", limit=5).parts) <= 5
