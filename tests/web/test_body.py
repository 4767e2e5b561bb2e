import asyncio
import contextlib
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import settee.web.body as body_module
from settee.web.body import GoneAway, read_body, unfold
from settee.web.errors import BadRequest, BodyTooLarge, BodyTooSlow, EncodingRefused


def read(*chunks: bytes, limit: int = 100, leaves: bool = False, **headers: str) -> bytes:
    messages = [
        {"type": "http.request", "body": chunk, "more_body": leaves or n < len(chunks) - 1}
        for n, chunk in enumerate(chunks)
    ]
    if leaves:
        messages.append({"type": "http.disconnect"})
    seen = []

    async def receive():
        seen.append(len(messages))
        if not messages:
            await asyncio.sleep(60)
        return messages.pop(0)

    named = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    return asyncio.run(read_body({"headers": named}, receive, limit))


def test_body_in_one_piece_or_many_is_the_same():
    assert read(b"hello") == read(b"he", b"", b"llo") == b"hello"


def test_body_over_the_limit_is_refused_before_it_is_whole():
    with pytest.raises(BodyTooLarge):
        read(b"x" * 60, b"x" * 60, leaves=True)
    with pytest.raises(BodyTooLarge):
        read(b"x" * 101)


def test_announced_length_over_the_limit_is_refused_at_once():
    with pytest.raises(BodyTooLarge):
        read(b"", content_length="101")
    assert read(b"x", content_length="not-a-number") == b"x"


def test_client_that_leaves_is_noticed():
    with pytest.raises(GoneAway):
        read(b"half", leaves=True)


def test_slow_body_is_given_up(monkeypatch):
    monkeypatch.setattr(body_module, "BODY_TIMEOUT_S", 0.01)

    async def receive():
        await asyncio.sleep(0.004)
        return {"type": "http.request", "body": b"x", "more_body": True}

    with pytest.raises(BodyTooSlow) as caught:
        asyncio.run(read_body({"headers": []}, receive, 10_000))
    assert caught.value.status == 408


def test_unknown_coding_is_refused():
    with pytest.raises(EncodingRefused) as caught:
        read(b"x", content_encoding="br")
    assert caught.value.status == 415


def test_gzip_is_unfolded_small_and_large():
    assert read(gzip.compress(b"hello"), content_encoding="GZIP") == b"hello"
    noise = b"".join(number.to_bytes(4, "big") for number in range(60_000))
    packed = gzip.compress(noise)
    assert len(packed) > 64 * 1024
    assert read(packed, limit=1 << 20, content_encoding="gzip") == noise


def test_gzip_bomb_stops_at_the_limit():
    bomb = gzip.compress(b"\0" * 10_000_000)
    with pytest.raises(BodyTooLarge):
        read(bomb, limit=20_000, content_encoding="gzip")
    with pytest.raises(BodyTooLarge):
        unfold(gzip.compress(b"12345") * 3, 14)


def test_gzip_of_several_members_is_one_body():
    assert unfold(gzip.compress(b"ab") + gzip.compress(b"c"), 3) == b"abc"


@pytest.mark.parametrize(
    "packed",
    [b"not gzip", gzip.compress(b"hello", mtime=0)[:-4], zlib.compress(b"hello"), b"\x1f\x8b"],
)
def test_broken_gzip_is_refused(packed):
    with pytest.raises(BadRequest):
        unfold(packed, 100)


@given(st.binary(max_size=200))
def test_any_bytes_unfold_or_are_refused(raw):
    with contextlib.suppress(BadRequest, BodyTooLarge):
        assert len(unfold(raw, 100)) <= 100


@given(st.binary(max_size=100))
def test_what_was_folded_comes_back(raw):
    assert unfold(gzip.compress(raw), 100) == raw
