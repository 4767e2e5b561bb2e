"""Lay named arrays into one uncompressed npz file that can be memory-mapped, and read it warily.

The file is an ordinary npz that `numpy.load` reads too, with two additions: the same arrays give
the same bytes (no time stamps), and the data of each array starts at a multiple of 64 bytes, so a
mapped array is aligned as numba and BLAS want it.

Reads / Writes: the stream or map it is given.
Source: NumPy Enhancement Proposal 1 (npy); APPNOTE.TXT 6.3.10 (zip), 4.5 extra fields.
Not here: hashes, names and folders (store.bundle).
"""

import io
import math
import mmap
import re
import struct
import tokenize
import zipfile
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from settee.store.errors import BadBundle, BundleDamaged

Group = dict[str, NDArray[np.generic]]
"""Arrays by name."""

ALIGN = 64
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_LOCAL_MAGIC = b"PK\x03\x04"
_ZIP64_EXTRA_BYTES = 20
_PAD_ID = 0xD935  # the id that Android's zipalign uses for the same purpose
_PAD_HEAD_BYTES = 4
_ENCRYPTED = 0x1
_MAX_HEADER_BYTES = 64 * 1024
# What zipfile and numpy raise, beside ValueError, on bytes that somebody made up; numpy's warning
# about headers of Python 2 is raised where warnings are errors.
_FORGED = (
    zipfile.BadZipFile, struct.error, tokenize.TokenError, SyntaxError, TypeError, KeyError,
    EOFError, OverflowError, NotImplementedError, RecursionError, MemoryError,
    UserWarning,
)  # fmt: skip


def save_group(stream: BinaryIO, group: str, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write arrays as one npz; the same arrays give the same bytes.

    Args:
        stream: An empty file open for writing, seekable.
        group: What to call the group in messages.
        arrays: Arrays by name, no objects; sorted by name in the file.

    Raises:
        BadBundle: If a name is no plain name, or an array holds objects.
    """
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            array = np.asarray(arrays[name])
            if not _NAME.fullmatch(name):
                raise BadBundle(f'"{name}" cannot name an array of group "{group}".')
            if array.dtype.hasobject:
                raise BadBundle(
                    f'array "{name}" of group "{group}" holds Python objects; numbers, booleans '
                    "and fixed-width text are accepted.",
                    hint="Use pack_strings for text of any length.",
                )
            head = io.BytesIO()
            array = np.require(array, requirements="C")
            npy.write_array_header_2_0(head, npy.header_data_from_array_1_0(array))
            info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            info.external_attr = 0o600 << 16
            info.extra = _padding(stream.tell(), len(info.filename))
            with archive.open(info, "w", force_zip64=True) as member:
                member.write(head.getvalue())
                if array.size:
                    member.write(array.reshape(-1).view(np.uint8).data)


def map_group(stream: BinaryIO) -> Group:
    """The arrays of an npz as read-only views of one memory map.

    Args:
        stream: The whole file, open for reading; it may be closed afterwards.

    Raises:
        ValueError: If it is anything else than what `save_group` writes: compressed, encrypted or
            oddly named members, objects, or sizes that do not fit.
    """
    arrays: Group = {}
    source = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        with zipfile.ZipFile(stream) as archive:
            for info in archive.infolist():
                name = info.filename.removesuffix(".npy")
                if name == info.filename or not _NAME.fullmatch(name) or name in arrays:
                    raise ValueError(f'member "{info.filename}" has a name that is not accepted')
                arrays[name] = _map_member(source, info)
    except _FORGED as error:
        raise ValueError(f"not an npz file: {error}") from None
    return arrays


def _map_member(source: mmap.mmap, info: zipfile.ZipInfo) -> NDArray[np.generic]:
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        raise ValueError(f'member "{info.filename}" is compressed')
    if info.flag_bits & _ENCRYPTED:
        raise ValueError(f'member "{info.filename}" is encrypted')
    at = info.header_offset
    fields = _LOCAL_HEADER.unpack(source[at : at + _LOCAL_HEADER.size])
    if fields[0] != _LOCAL_MAGIC:
        raise ValueError(f'member "{info.filename}" is not where the index says')
    start = at + _LOCAL_HEADER.size + fields[-2] + fields[-1]
    head = io.BytesIO(source[start : start + min(info.file_size, _MAX_HEADER_BYTES)])
    version = npy.read_magic(head)
    if version != (2, 0):
        raise ValueError(f'member "{info.filename}" has npy version {version}')
    shape, is_fortran, dtype = npy.read_array_header_2_0(head)
    if dtype.hasobject:
        raise ValueError(f'member "{info.filename}" holds Python objects')
    n_bytes = math.prod(shape) * dtype.itemsize
    if is_fortran or head.tell() + n_bytes != info.file_size:
        raise ValueError(f'member "{info.filename}" has another size than its header says')
    return np.ndarray(shape, dtype, buffer=source, offset=start + head.tell())


def _padding(at: int, n_name_bytes: int) -> bytes:
    """Extra field that puts the member's data, which follows it, on a multiple of 64 bytes.

    `npy` pads its own header to 64 bytes, so the array behind it is aligned as well.
    """
    fixed = at + _LOCAL_HEADER.size + n_name_bytes + _ZIP64_EXTRA_BYTES + _PAD_HEAD_BYTES
    n_pad = -fixed % ALIGN
    return struct.pack("<2H", _PAD_ID, n_pad) + bytes(n_pad)


def pack_strings(strings: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    r"""Texts of any length as two plain arrays.

    Returns:
        All texts in UTF-8 behind each other, (n_bytes,); and where each ends, (n_texts + 1,),
        starting with 0.

    >>> letters, ends = pack_strings(("a", "", "né"))
    >>> bytes(letters), ends.tolist()
    (b'an\xc3\xa9', [0, 1, 1, 4])
    """
    encoded = [one.encode("utf-8") for one in strings]
    ends = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in encoded], out=ends[1:])
    return np.frombuffer(b"".join(encoded), dtype=np.uint8), ends


def unpack_strings(letters: NDArray[np.generic], ends: NDArray[np.generic]) -> tuple[str, ...]:
    """The texts that `pack_strings` packed.

    Raises:
        BundleDamaged: If the two arrays do not fit together.

    >>> unpack_strings(*pack_strings(("a", "", "né")))
    ('a', '', 'né')
    """
    raw = bytes(letters)
    bounds = ends.tolist()
    if letters.dtype != np.uint8 or ends.dtype != np.int64 or not _fit(bounds, len(raw)):
        raise BundleDamaged("packed texts do not fit their ends; both arrays must be unchanged.")
    try:
        return tuple(raw[start:end].decode("utf-8") for start, end in pairwise(bounds))
    except UnicodeDecodeError:
        raise BundleDamaged("packed texts are not UTF-8; both arrays must be unchanged.") from None


def _fit(bounds: list[int], n_bytes: int) -> bool:
    return bool(bounds) and bounds[0] == 0 and bounds[-1] == n_bytes and bounds == sorted(bounds)
