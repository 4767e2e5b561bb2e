"""Keep answers that can be cut to any length, as bytes: the first 20 of 1,000 are a slice.

An answer is a head, members behind each other with commas between, and the end of each member. Its
first n are head, members up to the n-th end, and a tail that is always ``]}``: nothing is written
again. Answers lie in parts of a few megabytes. A refresh writes a part with what changed, and a
newer part wins; a part of which less than half still counts is written over into the new one. So
what it costs goes by what changed, and readers keep what they have open.

Reads / Writes: folders below ``home/reach``.
Not here: what a member is, whether one may still be shown (audiences.ready).
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.core import NotFound
from settee.store.arrays import pack_strings, unpack_strings
from settee.store.bundle import list_bundles, open_bundle, write_bundle
from settee.store.errors import BundleDamaged, BundleNotFound, plain_errors

TAIL = b"]}"
PART_BYTES = 64 * 1024 * 1024
"""Bytes of members from which on a part is full."""
_CURRENT = "current"
_GROUP = "slices"
_LEAST_ALIVE = 0.5
Unit = tuple[str, str]
"""Account and person; the person is empty where the account stands for itself."""


class NothingSliced(NotFound):
    """Nothing was made ahead."""

    code = "nothing_sliced"


@dataclass(frozen=True, slots=True)
class Sliceable:
    """One answer to be kept.

    Args:
        key: Its name.
        head: What stands before the first member.
        members: Each member as it goes out, the first first.
        units: Who each member is.
        made_s: When it was made, epoch seconds.
        least: What a newcomer must reach to change it.
    """

    key: str
    head: bytes
    members: Sequence[bytes]
    units: Sequence[Unit]
    made_s: int
    least: float


class Slices:
    """One answer, open for cutting: its `tag` is of all its bytes, the rest as in `Sliceable`."""

    __slots__ = ("_body", "_ends", "_part", "_places", "head", "least", "made_s", "tag")

    def __init__(self, part: "_Part", place: int) -> None:
        self.head = part.head(place)
        self._part = part
        self._body = part.body(place)
        self._ends = part.ends(place)
        self._places = part.places(place)
        self.tag = f"{int(part.tags[place]):016x}"
        self.made_s = int(part.made_s[place])
        self.least = float(part.least[place])

    def __len__(self) -> int:
        """Number of members."""
        return len(self._ends)

    def cut(self, n: int) -> bytes:
        """The answer with its first `n` members, or with all where there are fewer.

        Args:
            n: 0 or more.
        """
        n = min(n, len(self._ends))
        return b"".join((self.head, self._body[: self._ends[n - 1] if n else 0], TAIL))

    def units(self) -> list[Unit]:
        """Who the members are, the first first."""
        return [self._part.unit(int(place)) for place in self._places]

    def member(self, place: int) -> bytes:
        """One member as it goes out."""
        start = int(self._ends[place - 1]) + 1 if place else 0
        return bytes(self._body[start : int(self._ends[place])])

    def members(self) -> list[bytes]:
        """Each member as it goes out."""
        return [self.member(place) for place in range(len(self))]

    def as_sliceable(self, key: str) -> Sliceable:
        """The same answer, to be kept again."""
        return Sliceable(key, self.head, self.members(), self.units(), self.made_s, self.least)


class _Part:
    """One bundle of answers."""

    def __init__(self, folder: Path) -> None:
        bundle = open_bundle(folder)
        try:
            group = bundle.arrays(_GROUP)
            self.keys = unpack_strings(group["keys"], group["key_ends"])
            self._heads, self._head_ends = group["heads"].data, _int64(group["head_ends"])
            self._bodies, self._body_ends = group["bodies"].data, _int64(group["body_ends"])
            self._ends, self._counts = (
                cast("NDArray[np.int32]", group["ends"]),
                _int64(group["counts"]),
            )
            self._places = cast("NDArray[np.int32]", group["places"])
            self._accounts, self._account_ends = (
                group["accounts"].data,
                _int64(group["account_ends"]),
            )
            self._persons, self._person_ends = group["persons"].data, _int64(group["person_ends"])
            self.tags = cast("NDArray[np.uint64]", group["tags"])
            self.made_s = _int64(group["made_s"])
            self.least = cast("NDArray[np.float64]", group["least"])
        except (KeyError, BundleNotFound) as error:
            raise BundleDamaged(f"bundle {folder.name} holds no answers: {error}.") from None
        self.version = folder.name

    def body(self, place: int) -> memoryview:
        return self._bodies[self._body_ends[place] : self._body_ends[place + 1]]

    def ends(self, place: int) -> NDArray[np.int32]:
        return self._ends[self._counts[place] : self._counts[place + 1]]

    def head(self, place: int) -> bytes:
        return bytes(self._heads[self._head_ends[place] : self._head_ends[place + 1]])

    def places(self, place: int) -> NDArray[np.int32]:
        return self._places[self._counts[place] : self._counts[place + 1]]

    def unit(self, place: int) -> Unit:
        accounts = self._accounts[self._account_ends[place] : self._account_ends[place + 1]]
        persons = self._persons[self._person_ends[place] : self._person_ends[place + 1]]
        return bytes(accounts).decode(), bytes(persons).decode()


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
        self._parts = [_Part(folder / version) for version in use.parts]
        self._found: dict[str, tuple[int, int]] = {}
        for number, part in enumerate(self._parts):
            for place, key in enumerate(part.keys):
                self._found[key] = number, place
        for key in use.gone:
            self._found.pop(key, None)

    def __len__(self) -> int:
        """Number of answers."""
        return len(self._found)

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
        return None if at is None else Slices(self._parts[at[0]], at[1])

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
        versions.append(write_bundle(folder, {"n": len(rows)}, {_GROUP: _arrays(rows)}, {}))
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


def _arrays(rows: list[Sliceable]) -> dict[str, NDArray[np.generic]]:
    place_of: dict[Unit, int] = {}
    places = [place_of.setdefault(unit, len(place_of)) for one in rows for unit in one.units]
    bodies = [b",".join(one.members) for one in rows]
    ends = [np.cumsum([len(part) + 1 for part in one.members], dtype=np.int32) - 1 for one in rows]
    keys, key_ends = pack_strings([one.key for one in rows])
    accounts, account_ends = pack_strings([account for account, _ in place_of])
    persons, person_ends = pack_strings([person for _, person in place_of])
    return {
        "keys": keys,
        "key_ends": key_ends,
        "heads": np.frombuffer(b"".join(one.head for one in rows), np.uint8),
        "head_ends": _sums([len(one.head) for one in rows]),
        "bodies": np.frombuffer(b"".join(bodies), np.uint8),
        "body_ends": _sums([len(body) for body in bodies]),
        "ends": np.concatenate([np.empty(0, np.int32), *ends]),
        "counts": _sums([len(one.members) for one in rows]),
        "places": np.array(places, np.int32),
        "accounts": accounts,
        "account_ends": account_ends,
        "persons": persons,
        "person_ends": person_ends,
        "tags": np.array(
            [_tag(one.head, body) for one, body in zip(rows, bodies, strict=True)], np.uint64
        ),
        "made_s": np.array([one.made_s for one in rows], np.int64),
        "least": np.array([one.least for one in rows], np.float64),
    }


def _tag(head: bytes, body: bytes) -> int:
    digest = hashlib.blake2b(head, digest_size=8)
    digest.update(body)
    return int.from_bytes(digest.digest(), "little")


def _sums(sizes: list[int]) -> NDArray[np.int64]:
    return np.cumsum([0, *sizes], dtype=np.int64)


def _int64(array: NDArray[np.generic]) -> NDArray[np.int64]:
    return cast("NDArray[np.int64]", array)
