"""Keys, masks, shares, amounts and noise: each alone."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.federation import BadMessage, BadTerms, Privacy
from settee.federation.amounts import to_amounts, to_whole
from settee.federation.keys import KeyPair, agreed, seal, signature, unseal
from settee.federation.masks import add_stream, stream
from settee.federation.messages import Hello, Learnt, read_message, write_message
from settee.federation.noise import normal_noise
from settee.federation.sharing import SHARE_BYTES, joined, parted


def test_both_sides_agree_and_another_purpose_gives_another_secret():
    one, two = KeyPair.new(), KeyPair.new()
    assert agreed(one, two.public, b"x") == agreed(two, one.public, b"x")
    assert agreed(one, two.public, b"x") != agreed(one, two.public, b"y")
    assert KeyPair.of(one.private) == one
    for no_key in (bytes(32), b"short"):
        with pytest.raises(BadMessage, match="public key"):
            agreed(one, no_key, b"x")


def test_what_was_sealed_is_read_by_the_key_and_purpose_alone():
    key = KeyPair.new().private
    sealed = seal(key, b"share", b"a to b")
    assert unseal(key, sealed, b"a to b") == b"share"
    for other_key, text, purpose in (
        (bytes(32), sealed, b"a to b"),
        (key, sealed[:-1] + bytes([sealed[-1] ^ 1]), b"a to b"),
        (key, sealed, b"a to c"),
    ):
        with pytest.raises(BadMessage):
            unseal(other_key, text, purpose)


def test_a_signature_tells_where_one_part_ends_and_the_next_begins():
    assert signature(b"k", b"ab", b"c") != signature(b"k", b"a", b"bc")


def test_the_stream_is_that_of_the_standard():
    # RFC 8439, A.1, test vector 1: key and nonce of zeros, first block.
    first = bytes.fromhex("76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7")
    assert stream(bytes(32), 4).astype("<u8").tobytes() == first


@pytest.mark.parametrize("n", [0, 1, 5, (1 << 19) + 3])
def test_a_stream_taken_away_leaves_what_was_there_over_block_ends(n):
    vector = np.arange(n, dtype=np.uint64)
    add_stream(vector, bytes([n % 251] * 32))
    assert n < 2 or not np.any(vector[-2:] == np.arange(n)[-2:])
    add_stream(vector, bytes([n % 251] * 32), is_subtracted=True)
    assert np.array_equal(vector, np.arange(n, dtype=np.uint64))


def test_any_three_of_five_shares_tell_the_secret_and_two_tell_nothing():
    secret = bytes(range(32))
    shares = dict(enumerate(parted(secret, 5, 3), 1))
    assert all(len(one) == SHARE_BYTES for one in shares.values())
    for places in combinations(shares, 3):
        assert joined({place: shares[place] for place in places}, 32) == secret
    for places in combinations(shares, 2):
        # Two points of a parabola fit no secret of 32 bytes but by an accident of 1 in 2^265.
        with pytest.raises(BadMessage, match="do not fit"):
            joined({place: shares[place] for place in places}, 32)


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5))
def test_amounts_come_back_from_whole_numbers(amounts):
    values = np.array(amounts)
    assert np.allclose(to_amounts(to_whole(values)), values, rtol=0, atol=2.0**-33)


def test_sums_of_whole_numbers_do_not_hang_on_their_order():
    rng = np.random.default_rng(2)
    rows = [to_whole(rng.normal(size=50) * 1000) for _ in range(7)]
    forth = sum(rows[1:], rows[0].copy())
    back = sum(rows[::-1][1:], rows[-1].copy())
    assert forth.tobytes() == back.tobytes()
    with pytest.raises(BadMessage):
        to_whole(np.array([np.nan]))


def test_noise_is_normal_and_its_deviation_follows_the_formula():
    noise = normal_noise(bytes(32), 200_001, 3.0)
    assert len(noise) == 200_001
    assert abs(noise.mean()) < 0.05
    assert noise.std() == pytest.approx(3.0, rel=0.02)
    assert np.mean(np.abs(noise) < 3.0) == pytest.approx(0.6827, abs=0.01)
    assert Privacy(1.0).sigma(2.0) == 2 * Privacy(1.0).sigma(1.0) > Privacy(4.0).sigma(2.0)


@pytest.mark.parametrize(("epsilon", "delta"), [(0, 0.1), (-1, 0.1), (1, 0), (1, 1)])
def test_no_privacy_is_refused(epsilon, delta):
    with pytest.raises(BadTerms, match="no privacy"):
        Privacy(epsilon, delta)


def test_messages_come_back_from_json_and_others_are_refused():
    hello = Hello("a", b"k" * 32, b"m" * 32, b"h" * 32, ("m1",), b"p")
    assert read_message(write_message(hello), Hello) == hello
    for raw in (b"{", write_message(Learnt((), 1, 0.0)), b'{"name": "A B"}', b"\xff"):
        with pytest.raises(BadMessage, match="a hello cannot be read"):
            read_message(raw, Hello)
