"""Open what was handed in: a file, a folder or an archive, packed or not, as plain local files.

Content decides, not the name: a file that starts with PK is an archive whatever it is called. Text
comes out as UTF-8 with one kind of line end, so that whoever reads it needs no special case; a file
that is that already is read where it lies. From ml-1m.zip come ratings.dat and movies.dat.

Reads: the given path.  Writes: unpacked files into a scratch folder.
Source: APPNOTE.TXT 6.3.10 (zip), RFC 1952 (gzip).
Not here: what the columns of a file mean (events.layouts).
"""

import codecs
import gzip
import lzma
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from settee.core import BadInput, NotFound, TooLarge
from settee.store import BadFile, Bytes, count_bytes

Encoding = Literal["auto", "utf-8", "latin-1"]
_BLOCK = 8 * 1024 * 1024
_SPARE_BYTES = 256 * 1024 * 1024  # room that unpacking leaves on the disk
_READABLE = frozenset({
    ".csv", ".tsv", ".tab", ".txt", ".dat", ".data", ".item", ".jsonl", ".ndjson", ".json",
    ".parquet", ".pq", ".gz", ".zip",
})  # fmt: skip
# Members of the published MovieLens archives, and the truth of simulated worlds, that hold neither
# events nor items of ours.
_NOT_OURS = frozenset({
    "u.info", "u.genre", "u.user", "u.occupation", "users.dat", "tags.csv", "tags.dat", "links.csv",
    "genome-scores.csv", "genome-tags.csv", "README", "README.txt", "README.html", "README.md",
    "checksums.txt", "truth.jsonl", "truth-changes.jsonl", "truth-conversions.jsonl",
})  # fmt: skip


class NothingToImport(NotFound):
    """The path is not there, or holds nothing that can be read."""

    code = "nothing_to_import"


class BadEncoding(BadInput):
    """A text file is in an encoding that is not read."""

    code = "bad_encoding"


@dataclass(frozen=True)
class Member:
    """One plain file.

    Args:
        name: What to call it; inside a folder or archive its path there.
        path: Where its plain bytes lie.
        form: parquet, or text.
    """

    name: str
    path: Path
    form: Literal["parquet", "text"]


def open_members(path: Path, scratch: Path) -> list[Member]:
    """The plain files behind a path, in the order of their names.

    Args:
        path: A file, a folder, a zip, or any of these packed with gzip.
        scratch: A folder for what has to be unpacked.

    Raises:
        NothingToImport: If there is no such path or no readable file behind it.
        BadFile: If an archive is damaged or encrypted.
        TooLarge: If the disk has no room for what an archive holds.
    """
    try:
        if path.is_dir():
            files = [one for one in sorted(path.rglob("*")) if one.is_file()]
            named = [(one.relative_to(path).as_posix(), one) for one in files]
            members = [
                member
                for name, one in named
                if _is_ours(name)
                for member in _open(name, one, scratch)
            ]
        elif path.is_file():
            members = list(_open(path.name, path, scratch))
        else:
            raise NothingToImport(
                f"{path}: no such file or folder.", hint="settee import --help lists the formats."
            )
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}.") from error
    if not members:
        raise NothingToImport(
            f"{path}: no readable file in it; CSV, TSV, JSON lines or Parquet is expected, plain "
            "or packed with gzip or zip.",
            hint="settee import --help lists the formats.",
        )
    return _without_copies(members)


def as_plain_text(member: Member, scratch: Path, encoding: Encoding) -> tuple[Path, Bytes]:
    """The member as UTF-8 with one kind of line end, and what its bytes are.

    Args:
        member: A text file.
        scratch: A folder for a copy, when one is needed.
        encoding: auto and utf-8 take UTF-8 (rows that are not are refused later).

    Raises:
        BadEncoding: If the file is UTF-16 or UTF-32.
    """
    with member.path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        raise BadEncoding(
            f"{member.name} is UTF-16 or UTF-32; UTF-8 or latin-1 is expected.",
            hint="Save it as UTF-8.",
        )
    found = count_bytes(member.path)
    is_mixed = found.n_returns > 0 and not found.n_returns == found.n_pairs == found.n_newlines
    is_latin = encoding == "latin-1" and not found.is_ascii
    if not (is_mixed or is_latin):
        return member.path, found
    copy = scratch / f"plain-{len(list(scratch.iterdir()))}"
    with member.path.open("rb") as source, copy.open("wb") as target:
        for block in _blocks_of_lines(source):
            one_end = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            target.write(one_end.decode("latin-1").encode() if is_latin else one_end)
    return copy, count_bytes(copy)


def _blocks_of_lines(source: IO[bytes]) -> Iterator[bytes]:
    kept = b""
    while block := source.read(_BLOCK):
        block = kept + block
        kept = b"\r" if block.endswith(b"\r") else b""  # its line feed may come next
        yield block[: len(block) - len(kept)]
    yield kept


def _is_ours(name: str) -> bool:
    parts = name.split("/")
    if any(part.startswith((".", "__MACOSX")) for part in parts) or parts[-1] in _NOT_OURS:
        return False
    suffix = Path(parts[-1]).suffix.lower()
    return suffix in _READABLE


def _without_copies(members: list[Member]) -> list[Member]:
    """MovieLens 100K holds its ratings once in u.data and again, cut, in ten other files."""
    names = {Path(member.name).name for member in members}
    if len(members) > 1 and "u.data" in names:
        return [one for one in members if Path(one.name).name in ("u.data", "u.item")]
    return members


def _open(name: str, path: Path, scratch: Path) -> Iterator[Member]:
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"PAR1":
        yield Member(name, path, "parquet")
    elif start.startswith(b"\x1f\x8b"):
        plain = _fresh(scratch)
        with gzip.open(path, "rb") as packed:
            _copy(packed, plain, name)
        yield from _open(name.removesuffix(".gz"), plain, scratch)
    elif start.startswith(b"PK\x03\x04") or start.startswith(b"PK\x05\x06"):
        yield from _open_zip(name, path, scratch)
    else:
        yield Member(name, path, "text")


def _open_zip(name: str, path: Path, scratch: Path) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in sorted(archive.infolist(), key=lambda one: one.filename):
                if entry.is_dir() or not _is_ours(entry.filename):
                    continue
                plain = _fresh(scratch)
                with archive.open(entry) as packed:
                    _copy(packed, plain, f"{name}/{entry.filename}")
                yield from _open(entry.filename, plain, scratch)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise BadFile(f"{name} cannot be unpacked: {error}.") from error


def _copy(packed: IO[bytes] | gzip.GzipFile, plain: Path, name: str) -> None:
    try:
        with plain.open("wb") as target:
            while block := packed.read(_BLOCK):
                if shutil.disk_usage(plain.parent).free < _SPARE_BYTES + len(block):
                    raise TooLarge(
                        f"{name} does not fit on the disk once unpacked.",
                        hint="Free some space, or unpack it elsewhere.",
                    )
                target.write(block)
    except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise BadFile(f"{name} cannot be unpacked: {error}.") from error


def _fresh(scratch: Path) -> Path:
    return scratch / f"member-{len(list(scratch.iterdir()))}"
