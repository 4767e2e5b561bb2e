import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.lib import format as npy

from settee.store import BadBundle, BundleDamaged, pack_strings, unpack_strings
from settee.store.arrays import ALIGN, Group, map_group, save_group

ARRAYS: Group = {
    "matrix": np.arange(12, dtype="<f4").reshape(3, 4),
    "turned": np.arange(12, dtype="<f8").reshape(3, 4).T,
    "none": np.zeros((0, 3), dtype="<i8"),
    "single": np.array(7, dtype="<u2"),
    "words": np.array(["né", "b"]),
    "rows": np.zeros(3, dtype=[("item_no", "<u4"), ("kind", "u1")]),
    "flags": np.array([True, False]),
}


def saved(path: Path, arrays: Group) -> Path:
    with path.open("wb") as stream:
        save_group(stream, "toys", arrays)
    return path


def mapped(path: Path) -> Group:
    with path.open("rb") as stream:
        return map_group(stream)


def test_arrays_come_back_as_they_were_and_cannot_be_written_to(tmp_path: Path) -> None:
    found = mapped(saved(tmp_path / "toys.npz", ARRAYS))
    assert sorted(found) == sorted(ARRAYS)
    for name, array in found.items():
        assert array.dtype == ARRAYS[name].dtype
        assert array.shape == ARRAYS[name].shape
        assert np.array_equal(array, ARRAYS[name])
        assert not array.flags.writeable
        assert array.flags.c_contiguous


def test_the_same_arrays_give_the_same_bytes(tmp_path: Path) -> None:
    one = saved(tmp_path / "one.npz", ARRAYS).read_bytes()
    two = saved(tmp_path / "two.npz", dict(reversed(ARRAYS.items()))).read_bytes()
    assert one == two


def test_mapped_arrays_are_aligned_whatever_their_names(tmp_path: Path) -> None:
    arrays: Group = {"x" * n: np.ones(n, dtype="<f8") for n in range(1, 70)}
    for array in mapped(saved(tmp_path / "toys.npz", arrays)).values():
        assert array.ctypes.data % ALIGN == 0


def test_numpy_itself_reads_the_file(tmp_path: Path) -> None:
    with np.load(saved(tmp_path / "toys.npz", ARRAYS)) as found:
        assert sorted(found) == sorted(ARRAYS)
        assert np.array_equal(found["turned"], ARRAYS["turned"])


def test_a_group_without_arrays_is_fine(tmp_path: Path) -> None:
    assert mapped(saved(tmp_path / "toys.npz", {})) == {}


@settings(max_examples=30, deadline=None)
@given(
    hnp.arrays(
        hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    )
)
def test_any_array_comes_back_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, array: Any
) -> None:
    path = tmp_path_factory.mktemp("arrays") / "toys.npz"
    (found,) = mapped(saved(path, {"x": array})).values()
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    assert found.tobytes() == array.tobytes()


@pytest.mark.parametrize(
    "array", [np.array([{}, None]), np.zeros(2, dtype=[("a", "O")])], ids=["objects", "rows"]
)
def test_objects_are_not_saved(tmp_path: Path, array: Any) -> None:
    with pytest.raises(BadBundle, match="holds Python objects") as caught:
        saved(tmp_path / "toys.npz", {"x": array})
    assert "pack_strings" in caught.value.hint


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 101, "a b", "é"])
def test_odd_names_are_not_saved(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadBundle, match="cannot name an array"):
        saved(tmp_path / "toys.npz", {name: np.zeros(1)})


def npy_bytes(array: Any, *, version: tuple[int, int] = (2, 0), pickled: bool = False) -> bytes:
    out = io.BytesIO()
    npy.write_array(out, array, version=version, allow_pickle=pickled)
    return out.getvalue()


def forged(path: Path, member: bytes, name: str = "x.npy", **options: Any) -> Path:
    with zipfile.ZipFile(path, "w", **options) as archive:
        archive.writestr(name, member)
    return path


GOOD = npy_bytes(np.arange(1000.0))


@pytest.mark.parametrize(
    ("member", "options", "reason"),
    [
        (GOOD, {"compression": zipfile.ZIP_DEFLATED}, "is compressed"),
        (npy_bytes(np.array([{}, 1]), pickled=True), {}, "holds Python objects"),
        (npy_bytes(np.arange(3.0), version=(1, 0)), {}, "npy version"),
        (npy_bytes(np.asfortranarray(np.ones((2, 3)))), {}, "another size"),
        (GOOD[:-8], {}, "another size"),
        (GOOD + b"12345678", {}, "another size"),
        (b"not an array", {}, "magic string"),
        (b"", {}, "EOF"),
        (npy_bytes(np.zeros(0))[:8] + struct.pack("<I", 60_000) + b"{" * 60_000, {}, "is large"),
        (npy_bytes(np.zeros(0))[:8] + struct.pack("<I", 2000) + b"(" * 2000, {}, "not an npz file"),
    ],
    ids=[
        "compressed", "pickled", "old", "turned", "short", "long", "foreign", "empty",
        "huge header", "nested header",
    ],
)  # fmt: skip
def test_a_member_that_we_would_not_write_is_not_read(
    tmp_path: Path, member: bytes, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        mapped(forged(tmp_path / "toys.npz", member, **options))


@pytest.mark.parametrize("name", ["x", "../x.npy", "/x.npy", "a/x.npy", ".npy"])
def test_a_member_of_an_odd_name_is_not_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="has a name that is not accepted"):
        mapped(forged(tmp_path / "toys.npz", GOOD, name))


def test_two_members_of_one_name_are_not_read(tmp_path: Path) -> None:
    path = forged(tmp_path / "toys.npz", GOOD)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("x.npy", GOOD)
    with pytest.raises(ValueError, match="has a name that is not accepted"):
        mapped(path)


def patched(path: Path, old: bytes, new: bytes, which: int = 1) -> Path:
    parts = path.read_bytes().split(old)
    path.write_bytes(old.join(parts[:which]) + new + old.join(parts[which:]))
    return path


def test_an_encrypted_member_is_not_read(tmp_path: Path) -> None:
    path = forged(tmp_path / "toys.npz", GOOD)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1  # flag bits in the index
    path.write_bytes(raw)
    with pytest.raises(ValueError, match="is encrypted"):
        mapped(path)


def test_an_index_that_points_elsewhere_is_not_followed(tmp_path: Path) -> None:
    path = forged(tmp_path / "toys.npz", GOOD)
    with pytest.raises(ValueError, match="not where the index says"):
        mapped(patched(path, b"PK\x03\x04", b"PK\x03\x05"))


def test_an_index_that_points_past_the_end_is_not_followed(tmp_path: Path) -> None:
    path = forged(tmp_path / "toys.npz", GOOD)
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02") + 42  # offset of the member in the index
    raw[at : at + 4] = struct.pack("<L", len(raw) - 8)
    path.write_bytes(raw)
    with pytest.raises(ValueError, match="not an npz file"):
        mapped(path)


@pytest.mark.parametrize("raw", [b"", b"PK", b"x" * 5000], ids=["empty", "stub", "noise"])
def test_what_is_no_zip_is_not_read(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "toys.npz"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=r"not an npz file|empty file"):
        mapped(path)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_the_bytes_the_answer_is_arrays_or_a_value_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.npz"
    raw = bytearray(saved(path, {"a": np.arange(3), "b": np.zeros((2, 2))}).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    path.write_bytes(raw)
    try:
        found = mapped(path)
    except ValueError:
        return
    for array in found.values():
        array.tobytes()


@given(st.lists(st.text(), max_size=20))
def test_any_texts_come_back_from_two_arrays(strings: list[str]) -> None:
    letters, ends = pack_strings(strings)
    assert (letters.dtype.str, ends.dtype.str, len(ends)) == ("|u1", "<i8", len(strings) + 1)
    assert unpack_strings(letters, ends) == tuple(strings)


LETTERS, ENDS = pack_strings(("né", "b"))


@pytest.mark.parametrize(
    ("letters", "ends"),
    [
        (LETTERS[:-1], ENDS),
        (LETTERS, ENDS[:-1]),
        (LETTERS, ENDS[1:]),
        (LETTERS, ENDS[:0]),
        (LETTERS, np.array([0, 4, 3, 4])),
        (LETTERS.astype("<u2"), ENDS),
        (LETTERS, ENDS.astype("<i4")),
        (LETTERS, np.array([0, 2, 4])),
    ],
    ids=["short", "no end", "no start", "empty", "backwards", "wide", "narrow", "cut letter"],
)
def test_packed_texts_that_do_not_fit_are_damaged(letters: Any, ends: Any) -> None:
    with pytest.raises(BundleDamaged):
        unpack_strings(letters, ends)


def test_a_text_that_is_no_text_cannot_be_packed() -> None:
    with pytest.raises(UnicodeEncodeError):
        pack_strings(["\ud800"])
