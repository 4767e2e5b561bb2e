"""Keep answers that were made ahead, a few kilobytes an account, to be found in a microsecond.

A bundle holds all bodies behind each other and, sorted, one hash of each account id. A look-up is a
binary search, a comparison of the whole id, and a slice of a memory map; workers share its pages.
Beside each body stands a mark of what it was made of, so that whoever gives it can see whether it
still holds. `current` names the bundle in use and is replaced in one step; the one before stays.

Reads / Writes: folders below ``home/lists``.
Not here: making the answers (app.lists), whether one still holds (respond.ahead).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from settee.core import NotFound
from settee.store.arrays import pack_strings, unpack_strings
from settee.store.bundle import list_bundles, open_bundle, write_bundle
from settee.store.errors import BundleDamaged, BundleNotFound, plain_errors

_CURRENT = "current"
_GROUP = "lists"


class NoSuchList(NotFound):
    """No list of that name was made ahead."""

    code = "no_such_list"


@dataclass(frozen=True, slots=True)
class Made:
    """One answer made ahead.

    Args:
        account_id: Whose.
        body: The answer as it goes out.
        mark: Of what it was made of, 0 to 2^64 - 1.
        item_ids: The items in it.
    """

    account_id: str
    body: bytes
    mark: int
    item_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One answer made ahead, as it was found.

    Args:
        body: The answer as it goes out.
        mark: Of what it was made of.
        items: (n,) int32 places of its items in `ReadyMade.item_ids`.
    """

    body: bytes
    mark: int
    items: NDArray[np.int32]


class ReadyMade:
    """One list of every account, open for reading.

    Args:
        folder: The bundle.

    Raises:
        BundleNotFound: If there is none.
        BundleDamaged: If a byte differs from what was written, or it holds no lists.
    """

    def __init__(self, folder: Path) -> None:
        bundle = open_bundle(folder)
        try:
            group = bundle.arrays(_GROUP)
            self._keys = cast("NDArray[np.uint64]", group["keys"])
            self._marks = cast("NDArray[np.uint64]", group["marks"])
            self._ids = _view(group["ids"])
            self._id_ends = cast("NDArray[np.int64]", group["id_ends"])
            self._bodies = _view(group["bodies"])
            self._body_ends = cast("NDArray[np.int64]", group["body_ends"])
            self._items = cast("NDArray[np.int32]", group["items"])
            self._item_ends = cast("NDArray[np.int64]", group["item_ends"])
            self.item_ids = unpack_strings(group["item_ids"], group["item_id_ends"])
        except (KeyError, BundleNotFound) as error:
            raise BundleDamaged(f"bundle {folder.name} holds no lists: {error}.") from None
        self.version = folder.name
        self.about: dict[str, Any] = bundle.manifest

    def __len__(self) -> int:
        """Number of accounts."""
        return len(self._keys)

    @property
    def n_bytes(self) -> int:
        """Size of all bodies."""
        return len(self._bodies)

    def find(self, account_id: str) -> Found | None:
        """The answer of an account, None where none was made."""
        raw = account_id.encode()
        key = _key(raw)
        place = int(self._keys.searchsorted(key))
        while place < len(self._keys) and self._keys[place] == key:
            start, end = self._id_ends[place], self._id_ends[place + 1]
            if self._ids[start:end] == raw:
                start, end = self._body_ends[place], self._body_ends[place + 1]
                items = self._items[self._item_ends[place] : self._item_ends[place + 1]]
                return Found(bytes(self._bodies[start:end]), int(self._marks[place]), items)
            place += 1
        return None


def write_ready_made(folder: Path, made: Iterable[Made], about: dict[str, Any]) -> str:
    """Write a list of every account and put it to use.

    Args:
        folder: Of this list; its name is the list's.
        made: Each account once.
        about: What is said of all of them, anything in JSON.

    Returns:
        The version: name of the bundle.

    Raises:
        BadBundle: If `about` cannot be said in JSON.
        StoreUnavailable: If the folder cannot be written.
    """
    rows = sorted(((_key(one.account_id.encode()), one) for one in made), key=_by_key)
    ids, id_ends = pack_strings([one.account_id for _, one in rows])
    place_of: dict[str, int] = {}
    for _, one in rows:
        for item_id in one.item_ids:
            place_of.setdefault(item_id, len(place_of))
    item_ids, item_id_ends = pack_strings(list(place_of))
    arrays: dict[str, NDArray[np.generic]] = {
        "keys": np.array([key for key, _ in rows], np.uint64),
        "marks": np.array([one.mark for _, one in rows], np.uint64),
        "ids": ids,
        "id_ends": id_ends,
        "bodies": np.frombuffer(b"".join(one.body for _, one in rows), np.uint8),
        "body_ends": _ends([len(one.body) for _, one in rows]),
        "item_ids": item_ids,
        "item_id_ends": item_id_ends,
        "items": np.array([place_of[item] for _, one in rows for item in one.item_ids], np.int32),
        "item_ends": _ends([len(one.item_ids) for _, one in rows]),
    }
    with plain_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    version = write_bundle(folder, about, {_GROUP: arrays}, {})
    with plain_errors(folder):
        before = current_version(folder)
        beside = folder / f".{_CURRENT}"
        beside.write_text(version, encoding="ascii")
        beside.replace(folder / _CURRENT)
        _sweep(folder, {version, before})
    return version


def current_version(folder: Path) -> str | None:
    """The bundle in use of a list, None where there is none.

    >>> current_version(Path("no-such-folder")) is None
    True
    """
    try:
        return (folder / _CURRENT).read_text(encoding="ascii").strip() or None
    except (FileNotFoundError, NotADirectoryError):
        return None


def open_ready_made(folder: Path) -> ReadyMade:
    """The list that is in use in a folder.

    Raises:
        NoSuchList: If there is none.
        BundleDamaged: If a byte differs from what was written.
    """
    version = current_version(folder)
    if version is None or version not in list_bundles(folder):
        raise NoSuchList(
            f'No list "{folder.name}" was made ahead.', hint="settee precompute makes one."
        )
    return ReadyMade(folder / version)


def _sweep(folder: Path, kept: set[str | None]) -> None:
    """Remove bundles that are neither in use nor the one before."""
    for version in list_bundles(folder):
        if version not in kept:
            for path in (folder / version).iterdir():
                path.unlink()
            (folder / version).rmdir()


def _view(array: NDArray[np.generic]) -> memoryview:
    return array.data


def _ends(sizes: list[int]) -> NDArray[np.int64]:
    return np.cumsum([0, *sizes], dtype=np.int64)


def _key(account_id: bytes) -> np.uint64:
    digest = hashlib.blake2b(account_id, digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def _by_key(row: tuple[np.uint64, Made]) -> tuple[int, str]:
    return int(row[0]), row[1].account_id
