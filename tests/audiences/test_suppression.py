import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.audiences import BadSuppression, entries_of
from settee.audiences.suppression import entry_of, is_suppressed
from settee.core import BadId, BadInput

SALT = bytes(range(32))


def test_a_list_is_read_line_by_line_and_comments_are_passed_over() -> None:
    raw = "\ufeff# ours\na7\r\n\n a7 , p1 \n".encode()
    assert list(entries_of(raw, SALT)) == [entry_of(SALT, "a7"), entry_of(SALT, "a7", "p1")]


def test_a_list_of_hashes_means_the_same_as_one_of_names() -> None:
    hashed = hashlib.sha256(b"a7").hexdigest()
    assert list(entries_of(f"sha256:{hashed}".encode(), SALT)) == [entry_of(SALT, "a7")]
    assert list(entries_of(f"sha256:{hashed.upper()}".encode(), SALT)) == [entry_of(SALT, "a7")]


def test_nobody_is_on_an_empty_list_and_another_salt_finds_nobody() -> None:
    assert is_suppressed(["a7"], [""], frozenset(), SALT).tolist() == [False]
    listed = frozenset(entries_of(b"a7", bytes(32)))
    assert is_suppressed(["a7"], [""], listed, SALT).tolist() == [False]
    assert is_suppressed(["a7"], ["p"], listed, bytes(32)).tolist() == [True]


def test_lines_that_name_nobody_are_refused_with_their_number() -> None:
    with pytest.raises(BadId, match="line 2"):
        list(entries_of(b"a\n" + b"x" * 129, SALT))
    with pytest.raises(BadId, match="line 1"):
        list(entries_of(b"a,p\x01", SALT))
    with pytest.raises(BadSuppression, match="no UTF-8"):
        list(entries_of(b"\xff", SALT))


@given(st.binary(max_size=100))
def test_bytes_of_any_kind_are_read_or_refused(raw: bytes) -> None:
    try:
        assert all(len(one) == 32 for one in entries_of(raw, SALT))
    except BadInput:
        return
