import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.web.asking import asked_by_body, asked_by_query, to_request
from settee.web.errors import BadRequest
from tests.respond.world import NOW


def test_all_fields_by_query():
    asked = asked_by_query(
        b"account_id=a%207&k=5&exclude=m1&exclude=m2&device_type=tv&slot=home&explain=false"
    )
    assert (asked.account_id, asked.k, asked.exclude) == ("a 7", 5, ["m1", "m2"])
    assert (asked.device_type, asked.slot, asked.explain) == ("tv", "home", False)


def test_who_is_there_may_be_named_in_both_forms():
    query = b"account_id=a&device_id=d&platform=web&profile_id=kids&person_id=p1&person_id=p2"
    body = b"""{"account_id": "a", "device_id": "d", "platform": "web", "profile_id": "kids",
        "person_id": ["p1", "p2"], "together": true}"""
    asked = asked_by_query(query + b"&together=true")
    assert asked == asked_by_body(body)
    limits = {"default_k": 5, "max_k": 9, "as_of": NOW}
    request = to_request(asked, **limits)
    assert (request.device_id, request.platform, request.profile_id) == ("d", "web", "kids")
    assert (request.person_ids, request.together) == (("p1", "p2"), True)
    alone = to_request(asked_by_body(b'{"account_id": "a", "person_id": "p1"}'), **limits)
    assert alone.person_ids == ("p1",)


def test_absent_fields_take_their_defaults():
    for asked in (asked_by_query(b"account_id=a"), asked_by_body(b'{"account_id":"a"}')):
        assert (asked.k, asked.exclude, asked.slot, asked.explain) == (None, [], None, True)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        (b"", "account_id"),
        (b"account_id=", "account_id"),
        (b"account_id=a%00b", "account_id"),
        (b"account_id=a%0A", "account_id"),
        (b"account_id=a&account_id=b", "account_id"),
        (b"account_id=a&k=0", "k"),
        (b"account_id=a&k=1001", "k"),
        (b"account_id=a&k=-1", "k"),
        (b"account_id=a&k=1e3", "k"),
        (b"account_id=a&k=%D9%A3", "k"),
        (b"account_id=a&k=99999999999999999999", "k"),
        (b"account_id=a&explain=perhaps", "explain"),
        (b"account_id=a&together=2", "together"),
        (b"account_id=a" + b"&person_id=p" * 17, "person_id"),
        (b"account_id=a&device_type=fridge", "device_type"),
        (b"account_id=a&limit=5", "limit"),
        (b"account_id=%FF", "query"),
        (b"account_id=\xff", "query"),
        (b"account_id=a" + b"&exclude=m" * 1001, "query"),
        (b"account_id=a&slot=", "slot"),
    ],
)
def test_bad_query_is_refused_with_its_place(query, place):
    with pytest.raises(BadRequest) as caught:
        asked_by_query(query)
    assert caught.value.place == place


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"", "body"),
        (b"nonsense", "body"),
        (b"[]", "body"),
        (b"{}", "account_id"),
        (b'{"account_id":7}', "account_id"),
        (b'{"account_id":"a","k":0}', "k"),
        (b'{"account_id":"a","exclude":[1]}', "exclude[0]"),
        (b'{"account_id":"a","device_type":"fridge"}', "device_type"),
        (b'{"account_id":"a\xff"}', "body"),
        (b'{"account_id":"' + b"a" * 129 + b'"}', "account_id"),
    ],
)
def test_bad_body_is_refused_with_its_place(body, place):
    with pytest.raises(BadRequest) as caught:
        asked_by_body(body)
    assert caught.value.place == place


def test_unknown_field_of_a_body_is_refused():
    with pytest.raises(BadRequest, match="limit"):
        asked_by_body(b'{"account_id":"a","limit":5}')


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(raw):
    for read in (asked_by_query, asked_by_body):
        with contextlib.suppress(BadRequest):
            assert read(raw).account_id


@given(st.text(min_size=1, max_size=128).filter(lambda text: text.isprintable()))
def test_printable_ids_pass_both_ways(account_id):
    import json  # only here
    from urllib.parse import quote

    assert asked_by_query(b"account_id=" + quote(account_id).encode()).account_id == account_id
    body = json.dumps({"account_id": account_id}).encode()
    assert asked_by_body(body).account_id == account_id
