import contextlib
import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from settee.govern import BadKeySet
from settee.govern.key_set import MAX_STALE_S, KeySet, parse_keys
from tests.govern.world import ed_key, key_set, public, rsa_key

ED, RSA = public(ed_key(), "ed"), public(rsa_key(), "rsa")


class Issuer(http.server.BaseHTTPRequestHandler):
    """Serves a set of keys that a test changes."""

    body: bytes = key_set(ED)
    n_asked = 0
    status = 200

    def do_GET(self) -> None:
        Issuer.n_asked += 1
        self.send_response(Issuer.status)
        if Issuer.status == 302:
            self.send_header("location", "/elsewhere")
        self.end_headers()
        self.wfile.write(Issuer.body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def issuer() -> Iterator[str]:
    Issuer.body, Issuer.n_asked, Issuer.status = key_set(ED), 0, 200
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Issuer) as server:
        thread = threading.Thread(target=functools.partial(server.serve_forever, 0.01))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/jwks.json"
        server.shutdown()
        thread.join()


def test_each_key_has_the_one_algorithm_of_its_kind() -> None:
    keys = parse_keys(key_set(ED, RSA))
    assert [(one.kid, one.algorithm) for one in keys] == [("ed", "EdDSA"), ("rsa", "RS256")]


def test_keys_for_other_uses_are_left_out() -> None:
    curve = public(ec.generate_private_key(ec.SECP256R1()), "ec")
    others = [curve, {**ED, "use": "enc"}, {**RSA, "alg": "PS256"}, {**ED, "crv": "X25519"}]
    assert parse_keys(key_set(*others)) == ()


def test_secret_keys_in_a_public_set_are_refused() -> None:
    inside = json.loads(OKPAlgorithm.to_jwk(ed_key()))
    whole = json.loads(RSAAlgorithm.to_jwk(rsa_key()))
    for secret in (inside, whole, {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"}):
        with pytest.raises(BadKeySet, match="is secret") as caught:
            parse_keys(key_set(secret))
        assert str(secret.get("d", "c2VjcmV0")) not in caught.value.message


def test_a_short_rsa_key_is_refused() -> None:
    with pytest.raises(BadKeySet, match="1024 bits; 2048"):
        parse_keys(key_set(public(rsa_key(1024), "old")))


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{}", b'{"keys": 3}', b'{"keys": [3]}', b"\xff",
     key_set({"kty": "RSA", "n": "!"}),
     key_set(*[ED] * 101), key_set({**ED, "x": "AA"})],
)  # fmt: skip
def test_what_is_no_set_of_keys_is_refused(raw: bytes) -> None:
    with pytest.raises(BadKeySet):
        parse_keys(raw)


@given(raw=st.binary(max_size=60))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    with contextlib.suppress(BadKeySet):
        assert isinstance(parse_keys(raw), tuple)


@pytest.mark.parametrize(
    "place", ["http://login.example/jwks", "ftp://x/y", "https://", "http://10.0.0.1/", "file:///x"]
)
def test_only_a_file_or_a_sealed_address_is_trusted_for_keys(place: str) -> None:
    with pytest.raises(BadKeySet, match="cannot be trusted"):
        KeySet(place, 300)


def test_a_key_is_found_by_name_and_kind() -> None:
    known = KeySet("unused", 300)
    known.keys = parse_keys(key_set(ED, RSA, public(rsa_key(3072), "rsa2")))
    assert known.find("rsa", "RS256") == known.keys[1]
    assert known.find("ed", "RS256") is None, "a name does not lend a key another algorithm"
    assert known.find("nobody", "EdDSA") is None
    assert known.find(None, "EdDSA") == known.keys[0]
    assert known.find(None, "RS256") is None, "two could be meant"


def test_a_file_that_changes_is_noticed_a_second_later(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(key_set(ED))
    known = KeySet(str(path), 300)
    assert not known.is_remote
    assert known.is_due(1000.0)
    known.look(1000.0)
    assert not known.is_due(1000.9)
    known.look(1001.0)
    assert known.generation == 1, "nothing changed"
    path.write_bytes(key_set(RSA))
    known.look(1002.0)
    assert known.generation == 2
    assert [one.kid for one in known.keys] == ["rsa"]


def test_a_set_that_is_broken_or_gone_leaves_the_keys_as_they_were_for_an_hour(
    tmp_path: Path,
) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(key_set(ED))
    known = KeySet(str(path), 300)
    known.look(1000.0)
    path.write_bytes(b"half a fi")
    with pytest.raises(BadKeySet, match="not JSON"):
        known.look(1010.0)
    path.unlink()
    with pytest.raises(BadKeySet, match="cannot be read"):
        known.look(1000.0 + MAX_STALE_S)
    assert [one.kid for one in known.keys] == ["ed"]
    with pytest.raises(BadKeySet):
        known.look(1001.0 + MAX_STALE_S)
    assert known.keys == ()
    assert known.generation == 2


def test_an_address_is_asked_by_and_by_and_for_a_new_name_at_most_every_ten_seconds(
    issuer: str,
) -> None:
    known = KeySet(issuer, 300)
    assert known.is_remote
    known.look(1000.0)
    assert [one.kid for one in known.keys] == ["ed"]
    assert not known.is_due(1299.0)
    assert known.is_due(1300.0)
    assert not known.is_due(1009.0, is_wanted=True)
    assert known.is_due(1010.0, is_wanted=True)
    Issuer.body = key_set(ED, RSA)
    known.look(1010.0)
    assert [one.kid for one in known.keys] == ["ed", "rsa"]
    assert Issuer.n_asked == 2


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_address_that_does_not_answer_or_sends_elsewhere_is_told(
    issuer: str, status: int
) -> None:
    Issuer.status = status
    with pytest.raises(BadKeySet, match="does not answer"):
        KeySet(issuer, 300).look(1000.0)
    assert Issuer.n_asked == 1, "no other address was asked"


def test_an_endless_answer_is_cut_off(issuer: str) -> None:
    Issuer.body = b" " * (1 << 20) + b"{}"
    with pytest.raises(BadKeySet, match="sends over"):
        KeySet(issuer, 300).look(1000.0)
