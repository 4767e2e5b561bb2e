import base64
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from settee.core import AccessSettings, BadInput
from settee.govern import (
    END_USER,
    BadTenant,
    BadToken,
    Tokens,
    UnclearTokens,
    UnknownSigner,
    WeakSecret,
    grants,
)
from tests.govern.world import (
    NOW_S,
    SECRET,
    claims,
    ed_key,
    key_set,
    public,
    rsa_key,
    token,
    trusting,
)


def open_tokens(folder: Path, **changed: Any) -> Tokens:
    path = folder / "jwks.json"
    path.write_bytes(key_set(public(ed_key(), "ed"), public(rsa_key(), "rsa")))
    tokens = Tokens(trusting(path, **changed))
    assert tokens.key_set is not None
    tokens.key_set.look(NOW_S)
    return tokens


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return open_tokens(tmp_path)


def test_a_token_opens_its_own_account_as_an_end_user(tokens: Tokens) -> None:
    for good in (token(), token(rsa_key(), "RS256", "rsa"), token(kid=None)):
        who = tokens.verify(good, NOW_S)
        assert (who.tenant_id, who.role, who.account_id) == ("default", END_USER, "a7")
        assert who.permissions == grants(END_USER, tenant_id="default")
        assert who.key is None
        assert who.expires_s == NOW_S + 630


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": NOW_S - 31}, {"exp": None}, {"exp": "soon"}, {"exp": True}, {"exp": 10**400},
        {"exp": float("nan")}, {"exp": NOW_S + 90_000}, {"nbf": NOW_S + 31}, {"iat": NOW_S + 31},
        {"nbf": "x"}, {"iss": "https://evil.example"}, {"iss": None}, {"aud": "other"},
        {"aud": None}, {"aud": []}, {"sub": None}, {"sub": ""}, {"sub": "x" * 129},
        {"tenant": "acme"}, {"tenant": 7}, {"tenant": ["default"]},
    ],
    ids=str,
)  # fmt: skip
def test_a_token_with_a_wrong_claim_is_refused(tokens: Tokens, changed: dict[str, Any]) -> None:
    try:
        bad = token(**changed)
    except TypeError:  # this library does not write such a claim; others might
        pytest.skip("cannot be written")
    with pytest.raises(BadToken):
        tokens.verify(bad, NOW_S)


def test_clocks_may_differ_by_the_leeway(tmp_path: Path, tokens: Tokens) -> None:
    for early in ({"exp": NOW_S - 29}, {"nbf": NOW_S + 29}, {"iat": NOW_S + 29}):
        tokens.verify(token(**early), NOW_S)
        with pytest.raises(BadToken):
            open_tokens(tmp_path, jwt_leeway_s=5).verify(token(**early), NOW_S)


def test_a_longer_life_is_accepted_where_it_is_set(tmp_path: Path) -> None:
    week = token(exp=NOW_S + 7 * 86_400)
    with pytest.raises(BadToken, match="left to live"):
        open_tokens(tmp_path).verify(week, NOW_S)
    open_tokens(tmp_path, jwt_max_life_s=8 * 86_400).verify(week, NOW_S)


def test_the_tenant_comes_from_the_token_where_the_settings_allow_it(tmp_path: Path) -> None:
    some = open_tokens(tmp_path, jwt_tenants=("acme", "other"))
    assert some.verify(token(), NOW_S).tenant_id == "acme", "the first, where the token names none"
    assert some.verify(token(tenant="other"), NOW_S).tenant_id == "other"
    with pytest.raises(BadToken, match="names no tenant"):
        some.verify(token(tenant="default"), NOW_S)
    every = open_tokens(tmp_path, jwt_tenants=("*",), jwt_tenant_claim="org")
    assert every.verify(token(org="anything"), NOW_S).tenant_id == "anything"
    with pytest.raises(BadToken, match='"org" of the token'):
        every.verify(token(tenant="acme"), NOW_S)
    with pytest.raises(BadTenant):
        open_tokens(tmp_path, jwt_tenants=("../x",))


def unsigned(algorithm: str, head: dict[str, Any] | None = None, signature: str = "") -> bytes:
    parts = [{"alg": algorithm, "typ": "JWT", **(head or {})}, claims()]
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*coded, signature.encode()])


def test_the_public_key_is_no_shared_secret(tmp_path: Path) -> None:
    both = ("EdDSA", "RS256", "HS256")
    tokens = open_tokens(tmp_path, jwt_algorithms=both, jwt_secret=SECRET)
    encoding, form = serialization.Encoding, serialization.PublicFormat
    for secret in (
        rsa_key().public_key().public_bytes(encoding.PEM, form.SubjectPublicKeyInfo),
        ed_key().public_key().public_bytes(encoding.Raw, form.Raw),
        (tmp_path / "jwks.json").read_bytes(),
    ):
        head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"rsa"}').rstrip(b"=")
        body = base64.urlsafe_b64encode(json.dumps(claims()).encode()).rstrip(b"=")
        signer = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
        signature = base64.urlsafe_b64encode(signer.sign(head + b"." + body, secret)).rstrip(b"=")
        with pytest.raises(BadToken):
            tokens.verify(b".".join([head, body, signature]), NOW_S)


def test_a_token_without_a_signature_is_refused(tokens: Tokens) -> None:
    for algorithm in ("none", "None", "NONE", "nOnE", "", "EdDSA", "RS256"):
        for head in ({}, {"kid": "ed"}, {"kid": "rsa"}):
            with pytest.raises(BadToken):
                tokens.verify(unsigned(algorithm, head), NOW_S)


def test_a_token_brings_no_key_and_no_extension_of_its_own(tokens: Tokens) -> None:
    stranger = ed_key(9)
    for head in (
        {"jwk": public(stranger, "ed")}, {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example"}, {"kid": "../../etc/passwd"}, {"kid": "ed' OR 1=1"},
        {"crit": ["exp"]}, {"b64": False, "crit": ["b64"]}, {"kid": 7},
    ):  # fmt: skip
        try:
            forged = jwt.encode(claims(), stranger, "EdDSA", headers={"kid": "ed", **head})
        except (TypeError, jwt.PyJWTError):
            forged = unsigned("EdDSA", head, "AAAA").decode()
        with pytest.raises(BadToken):
            tokens.verify(forged.encode(), NOW_S)


def test_another_key_of_the_same_kind_signs_nothing(tokens: Tokens) -> None:
    for forged in (token(ed_key(5)), token(rsa_key(3072), "RS256", "rsa")):
        with pytest.raises(BadToken, match="InvalidSignature"):
            tokens.verify(forged, NOW_S)
    with pytest.raises(UnknownSigner):
        tokens.verify(token(ed_key(5), kid="new"), NOW_S)
    with pytest.raises(UnknownSigner):
        tokens.verify(token(rsa_key(), "RS256", "ed"), NOW_S)


def test_only_the_algorithms_that_are_set_are_accepted(tmp_path: Path) -> None:
    tokens = open_tokens(tmp_path, jwt_algorithms=("RS256",))
    tokens.verify(token(rsa_key(), "RS256", "rsa"), NOW_S)
    for other, algorithm in ((token(), "EdDSA"), (token(rsa_key(), "RS512", "rsa"), "RS512")):
        with pytest.raises(BadToken, match=f"signed by '{algorithm}'; accepted is RS256"):
            tokens.verify(other, NOW_S)


def test_a_shared_secret_signs_where_it_is_strong_and_wanted(tmp_path: Path) -> None:
    shared = token(SECRET, "HS256", None)
    (tmp_path / "secret").write_text(SECRET + "\n")
    for settings in (
        trusting(jwt_algorithms=("HS256",), jwt_secret=SECRET),
        trusting(jwt_algorithms=("HS256",), jwt_secret_file=str(tmp_path / "secret")),
    ):
        assert Tokens(settings).verify(shared, NOW_S).account_id == "a7"
    with pytest.raises(BadToken, match="accepted is EdDSA or RS256"):
        Tokens(trusting(jwt_secret=SECRET)).verify(shared, NOW_S)
    with pytest.raises(BadToken, match="no secret"):
        open_tokens(tmp_path, jwt_algorithms=("HS256",)).verify(shared, NOW_S)
    with pytest.raises(WeakSecret):
        Tokens(trusting(jwt_secret="changeme" * 8))


def test_whom_to_trust_must_be_clear(tmp_path: Path) -> None:
    assert not Tokens(AccessSettings()).is_on
    with pytest.raises(BadToken, match="not accepted here"):
        Tokens(AccessSettings()).verify(token(), NOW_S)
    for missing in ("jwt_issuer", "jwt_audience"):
        settings = trusting(tmp_path / "jwks.json").model_copy(update={missing: ""})
        with pytest.raises(UnclearTokens, match="needed to accept"):
            Tokens(settings)
    with pytest.raises(BadInput):
        Tokens(trusting(jwt_secret_file=str(tmp_path / "none")))


def test_an_end_user_has_a_rate_of_their_own_whatever_token_they_hold(tmp_path: Path) -> None:
    tokens = open_tokens(tmp_path, user_per_s=4.0, user_burst=3)
    one, two = tokens.verify(token(), NOW_S), tokens.verify(token(jti="another"), NOW_S)
    assert one.place == two.place != tokens.verify(token(sub="a8"), NOW_S).place
    assert (one.interval_us, one.window_us) == (250_000, 750_000)
    assert open_tokens(tmp_path, user_per_s=0).verify(token(), NOW_S).interval_us == 0


def test_a_token_over_four_kilobytes_is_not_read(tokens: Tokens) -> None:
    with pytest.raises(BadToken, match="over 4096 bytes"):
        tokens.verify(token(more="x" * 5000), NOW_S)


@given(
    raw=st.binary(max_size=80)
    | st.lists(st.sampled_from(token().split(b".")), max_size=4).map(b".".join)
)
def test_no_bytes_but_a_token_open_the_door(tmp_path_factory: Any, raw: bytes) -> None:
    tokens = open_tokens(tmp_path_factory.mktemp("jwks"))
    if raw != token():
        with pytest.raises(BadToken):
            tokens.verify(raw, NOW_S)


@given(place=st.integers(0, 400), change=st.integers(1, 255))
def test_a_token_that_was_changed_anywhere_is_refused(
    tmp_path_factory: Any, place: int, change: int
) -> None:
    good = bytearray(token())
    tokens = open_tokens(tmp_path_factory.mktemp("jwks"))
    place %= len(good) - 1  # the last letter of base64 has bits that count for nothing
    good[place] ^= change
    with pytest.raises(BadToken):
        tokens.verify(bytes(good), NOW_S)
