import base64
import secrets
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from settee.core import BadInput
from settee.govern import WeakSecret
from settee.govern.secret import check_secret, read_secret


@pytest.mark.parametrize(
    "weak",
    [
        b"",
        b"secret",
        b"changeme" * 8,
        b"my-super-secret-key-that-is-long-enough-to-be-256-bits",
        b"0123456789abcdef" * 4,
        b"a" * 64,
        b"ab" * 40,
        b"\0" * 32,
        pytest.param(secrets.token_hex(16).encode(), id="half a secret"),
        b"settee-production-2026-kX9z-Lp3Q-vB7m-Rt5Y-wN2c",
        b"1234567890123456789012345678901234567890",
        pytest.param(secrets.token_urlsafe(24).encode() + b"=" * 12, id="padding"),
    ],
)
def test_a_secret_that_could_be_guessed_is_refused_without_being_repeated(weak: bytes) -> None:
    with pytest.raises(WeakSecret, match="refused") as caught:
        check_secret(weak)
    assert len(weak) < 32 or weak.decode("latin-1") not in caught.value.message


@given(raw=st.binary(min_size=32, max_size=64))
@example(raw=bytes(range(200, 231)) + b"=")
def test_random_bytes_are_taken_in_any_usual_writing(raw: bytes) -> None:
    assume(len(set(raw)) >= 20)
    assume(not raw.isascii())  # which is taken for text
    for secret in (raw, raw.hex().encode(), base64.b64encode(raw), base64.urlsafe_b64encode(raw)):
        try:
            assert check_secret(secret) == secret
        except WeakSecret as error:
            assert 'it holds "' in error.message  # noqa: PT017 -- only some raise


def test_a_secret_is_read_from_a_file_without_its_line_end(tmp_path: Path) -> None:
    secret = secrets.token_hex(32)
    (tmp_path / "secret").write_text(secret + "\n")
    assert read_secret(tmp_path / "secret") == secret.encode()
    with pytest.raises(BadInput, match="cannot be read"):
        read_secret(tmp_path / "none")
