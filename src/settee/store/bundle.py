"""Keep a model on disk as data: a manifest with the hash of every file, arrays, and texts.

A bundle is a folder named after its content: 16 hex digits of the manifest's SHA-256. It is written
beside, flushed and renamed, so it is there whole or not at all; flip one bit of one file and it
refuses to open. Arrays lie uncompressed at multiples of 64 bytes, so opening a gigabyte maps it
instead of copying it. Nothing in a bundle is ever executed.

Reads / Writes: folders below `parent`.
Source: NumPy Enhancement Proposal 1 (npy); APPNOTE.TXT 6.3.10 (zip).
Not here: what the arrays mean (ranking), which bundle is in use (release).
"""

import errno
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.store.arrays import Group, map_group, save_group
from settee.store.errors import BadBundle, BundleDamaged, BundleNotFound, plain_errors

MANIFEST = "manifest.json"
_FORMAT = 1
_MAX_MANIFEST_BYTES = 64 * 1024 * 1024
_VERSION = re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_TEMPORARY = ".writing-"
_LOCK = ".lock"
_CHUNK_BYTES = 1 << 20
_NOT_PLAIN = frozenset({errno.ENOENT, errno.ELOOP, errno.ENXIO})


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the manifest says about one file."""

    name: Annotated[str, msgspec.Meta(pattern=rf"^{_NAME.pattern}$")]
    kind: Literal["arrays", "text"]
    n_bytes: Annotated[int, msgspec.Meta(ge=0)]
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]

    @property
    def path(self) -> str:
        return f"{self.name}.npz" if self.kind == "arrays" else _text_path(self.name)


def _text_path(name: str) -> str:
    """The file of a text: its own name where that ends as texts for people do."""
    return name if name.endswith((".md", ".json")) else f"{name}.txt"


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal[1]
    files: tuple[_File, ...]
    manifest: dict[str, Any]


_manifest_decoder = msgspec.json.Decoder(_Manifest)


class Bundle:
    """An opened bundle; every byte was checked.

    Args:
        version: The bundle's name, 16 hex digits.
        manifest: What its writer said about it.
        groups: Arrays, by group and name.
        texts: Texts, by name.
    """

    def __init__(
        self,
        version: str,
        manifest: dict[str, Any],
        groups: dict[str, Group],
        texts: dict[str, str],
    ) -> None:
        self.version = version
        self.manifest = manifest
        self._groups = groups
        self._texts = texts

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of all groups of arrays, sorted."""
        return tuple(sorted(self._groups))

    @property
    def texts(self) -> tuple[str, ...]:
        """Names of all texts, sorted."""
        return tuple(sorted(self._texts))

    def arrays(self, group: str) -> Group:
        """The arrays of a group by name, as read-only memory maps.

        Raises:
            BundleNotFound: If the bundle has no such group.
        """
        if group not in self._groups:
            raise self._missing("group of arrays", group, self.groups)
        return dict(self._groups[group])

    def text(self, name: str) -> str:
        """The text of that name.

        Raises:
            BundleNotFound: If the bundle has no such text.
        """
        if name not in self._texts:
            raise self._missing("text", name, self.texts)
        return self._texts[name]

    def _missing(self, what: str, name: str, there: tuple[str, ...]) -> BundleNotFound:
        return BundleNotFound(
            f'bundle {self.version} has no {what} "{name}"; it has {", ".join(there) or "none"}.'
        )


def write_bundle(
    parent: Path,
    manifest: dict[str, Any],
    arrays: Mapping[str, Mapping[str, NDArray[np.generic]]],
    texts: Mapping[str, str],
) -> str:
    """Write a bundle, all or nothing.

    The same content has the same version wherever and whenever it is written; writing it again
    leaves the bundle as it is, or mends it when it is damaged.

    Args:
        parent: Folder of all bundles; made when missing.
        manifest: Anything that JSON can say.
        arrays: Arrays by group and name; no objects.
        texts: Texts by name.

    Returns:
        The version, under which `parent` has the folder.

    Raises:
        BadBundle: If the manifest is not JSON, a name is no plain name, or an array holds objects.
        DiskFull: If it does not fit; nothing stays behind.
        StoreUnavailable: If the folder cannot be written.
    """
    for name in (*arrays, *texts):
        _check_name(name)
    said = _plain(manifest)
    with plain_errors(parent):
        parent.mkdir(parents=True, exist_ok=True)
        with _alone(parent):
            _sweep(parent)
            temporary = parent / f"{_TEMPORARY}{secrets.token_hex(8)}"
            temporary.mkdir()
            try:
                files = _write_files(temporary, arrays, texts)
                content = {"format": _FORMAT, "files": files, "manifest": said}
                raw = _canonical(content)
                version = _version(raw)
                _write_file(temporary / MANIFEST, raw)
                _sync_folder(temporary)
                _put_in_place(temporary, parent / version)
                _sync_folder(parent)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    return version


def open_bundle(folder: Path) -> Bundle:
    """Check every byte of a bundle and open it.

    Args:
        folder: The bundle's own folder, named by its version.

    Raises:
        BundleNotFound: If there is no such folder.
        BundleDamaged: If anything differs from what was written, however small.
        StoreUnavailable: If it cannot be read.
    """
    if not folder.is_dir() or folder.is_symlink():
        raise BundleNotFound(
            f"{folder}: no bundle there; the folder of a bundle is expected.",
            hint="settee doctor lists the bundles.",
        )
    with plain_errors(folder):
        manifest = _read_manifest(folder)
        expected = {one.path for one in manifest.files} | {MANIFEST}
        found = {path.name for path in folder.iterdir()}
        if found != expected or len(expected) != len(manifest.files) + 1:
            odd = sorted(found ^ expected) or ["a name that is listed twice"]
            raise _damaged(folder, f"its files are not those of its manifest: {odd[0]}")
        groups: dict[str, Group] = {}
        texts: dict[str, str] = {}
        for one in manifest.files:
            with _open_plain(folder, one.path) as stream:
                _check_hash(folder, one, stream)
                if one.kind == "arrays":
                    groups[one.name] = _map(folder, one, stream)
                else:
                    stream.seek(0)
                    texts[one.name] = _text(folder, one, stream.read())
    return Bundle(folder.name, manifest.manifest, groups, texts)


def list_bundles(parent: Path) -> list[str]:
    """Versions of the bundles in `parent`, sorted; they are not checked.

    >>> list_bundles(Path("no-such-folder"))
    []
    """
    if not parent.is_dir():
        return []
    return sorted(path.name for path in parent.iterdir() if _VERSION.fullmatch(path.name))


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name == MANIFEST:
        raise BadBundle(
            f'"{name}" cannot name a part of a bundle; letters, digits, ".", "_" and "-" can, '
            "at most 100, the first a letter or digit."
        )


def _plain(manifest: dict[str, Any]) -> Any:  # noqa: ANN401 -- whatever JSON gives back
    try:
        return json.loads(_canonical(manifest))
    except (TypeError, ValueError, RecursionError) as error:
        raise BadBundle(f"the manifest is not JSON: {error}.") from None


def _canonical(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def _version(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:16]


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """Let one process at a time write into `parent`; the system frees the lock of a dead one."""
    with (parent / _LOCK).open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep(parent: Path) -> None:
    """Remove what an interrupted write left; nobody else writes while we hold the lock."""
    for leftover in parent.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(leftover)


def _write_files(
    folder: Path,
    arrays: Mapping[str, Mapping[str, NDArray[np.generic]]],
    texts: Mapping[str, str],
) -> list[dict[str, object]]:
    files: list[dict[str, object]] = []
    for group in sorted(arrays):
        path = folder / f"{group}.npz"
        with path.open("xb") as stream:
            save_group(stream, group, arrays[group])
            _flush(stream)
        files.append({"name": group, "kind": "arrays", **_measure(path)})
    for name in sorted(texts):
        path = folder / _text_path(name)
        _write_file(path, texts[name].encode("utf-8"))
        files.append({"name": name, "kind": "text", **_measure(path)})
    return files


def _measure(path: Path) -> dict[str, object]:
    with path.open("rb") as stream:
        return {"n_bytes": path.stat().st_size, "sha256": _hash(stream)}


def _hash(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _write_file(path: Path, raw: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(raw)
        _flush(stream)


def _flush(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _put_in_place(temporary: Path, target: Path) -> None:
    if target.exists():
        try:
            open_bundle(target)
        except BundleDamaged:
            broken = target.parent / f"{_TEMPORARY}{secrets.token_hex(8)}"
            target.rename(broken)
            temporary.rename(target)
            shutil.rmtree(broken)
    else:
        temporary.rename(target)


def _read_manifest(folder: Path) -> _Manifest:
    with _open_plain(folder, MANIFEST) as stream:
        raw = stream.read(_MAX_MANIFEST_BYTES + 1)
    if _version(raw) != folder.name:
        raise _damaged(folder, f"{MANIFEST} does not belong to that name")
    try:
        return _manifest_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _damaged(folder, f"{MANIFEST} cannot be read: {error}") from None


def _open_plain(folder: Path, name: str) -> BinaryIO:
    """Open a plain file of the folder, never what a link points to."""
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno not in _NOT_PLAIN:
            raise
        raise _damaged(folder, f"{name} is not a plain file: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _damaged(folder, f"{name} is not a plain file")
    return os.fdopen(descriptor, "rb")


def _check_hash(folder: Path, one: _File, stream: BinaryIO) -> None:
    if os.fstat(stream.fileno()).st_size != one.n_bytes or _hash(stream) != one.sha256:
        raise _damaged(folder, f"{one.path} is not what was written")


def _map(folder: Path, one: _File, stream: BinaryIO) -> Group:
    try:
        return map_group(stream)
    except ValueError as error:
        raise _damaged(folder, f"{one.path}: {error}") from None


def _text(folder: Path, one: _File, raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _damaged(folder, f"{one.path} is not UTF-8") from None


def _damaged(folder: Path, reason: str) -> BundleDamaged:
    return BundleDamaged(
        f"bundle {folder.name} refused: {reason}.",
        hint="Train or copy it again; it is not loaded in part.",
    )
