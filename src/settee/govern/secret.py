"""Refuse a secret that could be guessed: a shared secret is as good as its randomness.

"changeme-changeme-changeme-changeme" is 35 characters and one guess. A secret counts what its
alphabet allows: 64 hex digits or 43 letters of base64 hold 256 bits, which is what is asked for.

Reads: what it is handed, or one file.  Writes: nothing.
Source: RFC 7518, 3.2 (a key for HS256 has 256 bits or more); RFC 8725, 3.5.
Not here: signatures (govern.tokens).
"""

import math
import re
from pathlib import Path

from settee.core import BadInput

_BITS = 256
_MIN_BYTES = 32
_MIN_DISTINCT = 10
_BYTES = 256
_WORDS = (
    b"secret", b"password", b"changeme", b"change-me", b"change_me", b"default", b"example",
    b"settee", b"placeholder", b"12345678", b"abcdefgh", b"qwerty", b"letmein", b"your-",
)  # fmt: skip
_ALPHABETS = (
    (re.compile(rb"[0-9]+"), 10),
    (re.compile(rb"[0-9a-f]+|[0-9A-F]+"), 16),
    (re.compile(rb"[a-z]+|[A-Z]+"), 26),
    (re.compile(rb"[A-Za-z0-9_+/=-]+"), 64),
    (re.compile(rb"[\x20-\x7e]+"), 95),
)


class WeakSecret(BadInput):
    """A shared secret is too short, or plainly not random."""

    code = "weak_secret"


def check_secret(secret: bytes) -> bytes:
    """The secret, where it may be used.

    Args:
        secret: Its bytes.

    Raises:
        WeakSecret: If it is under 32 bytes or 256 bits, or holds a word, a repeat, or few letters.

    >>> len(check_secret(bytes.fromhex("8c2f6e1bd07a4935") * 1 + bytes(range(3, 200, 8))))
    33
    """
    size = next((n for shape, n in _ALPHABETS if shape.fullmatch(secret)), _BYTES)
    letters = secret if size == _BYTES else secret.rstrip(b"=")  # padding is no secret
    bits = len(letters) * math.log2(size)
    lower = secret.lower()
    if len(secret) < _MIN_BYTES or bits < _BITS - 1:
        why = f"it holds at most {bits:.0f} bits"
    elif word := next((word for word in _WORDS if word in lower), b""):
        why = f'it holds "{word.decode()}"'
    elif len(set(secret)) < _MIN_DISTINCT or secret in (secret + secret)[1:-1]:
        why = "it repeats itself"
    else:
        return secret
    raise WeakSecret(
        f"the secret of session tokens is refused: {why}; {_MIN_BYTES} random bytes are accepted, "
        "as 64 hex digits or in base64.",
        hint='python -c "import secrets; print(secrets.token_hex(32))" makes one.',
        place="access.jwt_secret",
    )


def read_secret(path: Path) -> bytes:
    """The secret in a file, without the line's end.

    Raises:
        BadInput: If the file cannot be read.
        WeakSecret: See `check_secret`.
    """
    try:
        return check_secret(path.read_bytes().rstrip(b"\r\n"))
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror}.", place="access.jwt_secret_file"
        ) from None
