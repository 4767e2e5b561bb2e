"""Keep answers that can be cut to any length, and write again only those that changed.

Answers lie in parts of some megabytes. A refresh writes a part with what changed, and a newer part
wins; a part of which less than half still counts is written over into a new one. So a refresh of 10
answers among 10,000 writes 10, and whoever has the others open reads on.

Reads / Writes: folders below ``home/reach``.
Not here: one answer and its cutting (store.sliced_parts), who may be shown (audiences.ready).
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from settee.core import NotFound
from settee.store.bundle import list_bundles, write_bundle
from settee.store.errors import BundleDamaged, plain_errors
from settee.store.sliced_parts import (
    GROUP,
    Sliceable,
    SlicedPart,
    Slices,
    arrays_of,
    hash_of,
)

PART_BYTES = 64 * 1024 * 1024
"""Bytes of members from which on a part is full."""
_CURRENT = "current"
_LEAST_ALIVE = 0.5


class NothingSliced(NotFound):
    """Nothing was made ahead."""

    code = "nothing_sliced"


class SlicedAnswers:
    """All answers of a folder, the newest of each; safe to share between threads.

    Args:
        folder: Where they lie.

    Raises:
        NothingSliced: If there are none.
        BundleDamaged: If a byte differs from what was written.
    """

    def __init__(self, folder: Path) -> None:
        self.mark = sliced_mark(folder)
        use = _read(self.mark, folder)
        if not use.parts or not set(use.parts) <= set(list_bundles(folder)):
            raise NothingSliced(
                f'"{folder.name}" holds no answers that were made ahead.',
                hint="settee audience precompute makes them.",
            )
        self.about = use.about
        self._parts = [SlicedPart(folder / version) for version in use.parts]
        self._found: dict[str, tuple[int, int]] = {}
        for number, part in enumerate(self._parts):
            for place, key in enumerate(part.keys):
                self._found[key] = number, place
        for key in use.gone:
            self._found.pop(key, None)

    def __len__(self) -> int:
        """Number of answers."""
        return len(self._found)

    def __contains__(self, key: str) -> bool:
        """Is there an answer of that name?"""
        return key in self._found

    def keys(self) -> Iterator[str]:
        """The names of all answers."""
        return iter(self._found)

    @property
    def versions(self) -> tuple[str, ...]:
        """The parts, the oldest first."""
        return tuple(part.version for part in self._parts)

    def find(self, key: str) -> Slices | None:
        """The answer of that name, None where there is none."""
        at = self._found.get(key)
        return None if at is None else self._parts[at[0]].slices(at[1])

    def due(self, before_s: float) -> set[str]:
        """Names of answers from before an instant, or with somebody in them who was touched.

        Args:
            before_s: Epoch seconds.
        """
        met = [part.due(before_s) for part in self._parts]
        return {key for key, (number, place) in self._found.items() if met[number][place]}

    def touch(self, account_ids: Iterable[str]) -> None:
        """Note that something became known of accounts; `Slices.touched` tells whom it meets.

        Two accounts of one hash in 2^64 are touched together, which costs a look and nothing else.

        Args:
            account_ids: Any accounts.
        """
        hashes = np.array([hash_of(one) for one in account_ids], np.uint64)
        for part in self._parts:
            part.touch(hashes)

    def waning(self) -> tuple[set[str], list[str]]:
        """Parts of which less than half still counts, and the names of the answers in them."""
        alive = [0] * len(self._parts)
        for number, _ in self._found.values():
            alive[number] += 1
        wane = {
            number
            for number, part in enumerate(self._parts)
            if alive[number] < _LEAST_ALIVE * len(part.keys)
        }
        keys = [key for key, (number, _) in self._found.items() if number in wane]
        return {self._parts[number].version for number in wane}, keys


def sliced_mark(folder: Path) -> bytes:
    """What tells whether the answers of a folder are still the same; empty where there are none.

    >>> sliced_mark(Path("no-such-folder"))
    b''
    """
    try:
        return (folder / _CURRENT).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return b""


def write_sliced(
    folder: Path,
    answers: Iterable[Sliceable],
    about: dict[str, Any],
    *,
    gone: Iterable[str] = (),
    anew: bool = False,
) -> None:
    """Write answers and put them to use beside those that are there.

    Args:
        folder: Where to.
        answers: Each once.
        about: What is said of all of them, anything in JSON.
        gone: Names of answers that are there no longer.
        anew: Let go of all that were there before.

    Raises:
        StoreUnavailable: If the folder cannot be written.
    """
    before = _read(sliced_mark(folder), folder)
    with plain_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    written, names = _write(folder, answers)
    kept = () if anew else before.parts
    left = (set() if anew else set(before.gone)) - names | set(gone)
    _put(folder, _Use(_behind(kept, written), sorted(left), about))
    now = SlicedAnswers(folder)
    waning, keys = now.waning()
    if waning:
        rows = (one.as_sliceable(key) for key in keys if (one := now.find(key)) is not None)
        again, _ = _write(folder, rows)
        parts = _behind([one for one in now.versions if one not in waning], again)
        _put(folder, _Use(parts, sorted(left), about))
    _sweep(folder, {*_read(sliced_mark(folder), folder).parts, *before.parts})


class _Use(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which parts are in use, the oldest first, and what of them does not count."""

    parts: Sequence[str] = ()
    gone: Sequence[str] = ()
    about: dict[str, Any] = {}


_use = msgspec.json.Decoder(_Use)


def _read(mark: bytes, folder: Path) -> _Use:
    try:
        return _use.decode(mark) if mark else _Use()
    except msgspec.DecodeError as error:
        raise BundleDamaged(f"{folder.name}/{_CURRENT} cannot be read: {error}.") from None


def _put(folder: Path, use: _Use) -> None:
    with plain_errors(folder):
        beside = folder / f".{_CURRENT}"
        beside.write_bytes(msgspec.json.encode(use))
        beside.replace(folder / _CURRENT)


def _behind(kept: Iterable[str], written: Sequence[str]) -> list[str]:
    """Parts in order; one that was written again counts as the newest."""
    return [*(one for one in kept if one not in written), *written]


def _write(folder: Path, answers: Iterable[Sliceable]) -> tuple[list[str], set[str]]:
    """The parts that were written, and the names of what is in them."""
    versions, names = list[str](), set[str]()
    for rows in _in_parts(answers):
        versions.append(write_bundle(folder, {"n": len(rows)}, {GROUP: arrays_of(rows)}, {}))
        names.update(one.key for one in rows)
    return versions, names


def _sweep(folder: Path, kept: set[str]) -> None:
    with plain_errors(folder):
        for version in set(list_bundles(folder)) - kept:
            for path in (folder / version).iterdir():
                path.unlink()
            (folder / version).rmdir()


def _in_parts(answers: Iterable[Sliceable]) -> Iterator[list[Sliceable]]:
    """Answers in lists of about `PART_BYTES`, at least one list."""
    rows: list[Sliceable] = []
    n_bytes, n_lists = 0, 0
    for one in answers:
        rows.append(one)
        n_bytes += sum(map(len, one.members)) + len(one.members) + len(one.head)
        if n_bytes >= PART_BYTES:
            yield rows
            n_lists += 1
            rows, n_bytes = [], 0
    if rows or not n_lists:
        yield rows
