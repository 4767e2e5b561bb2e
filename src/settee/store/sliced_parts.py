"""Cut an answer to any length without writing it again: bytes, and where each member ends.

An answer is a head, members behind each other with commas between, and a tail that is always
``]}``. Its first n are head, members up to the n-th end, and tail. A part is many answers as
arrays, with the people that are in them, each once: a member is a place among those.

Reads / Writes: one bundle.
Not here: which parts are in use (store.sliced).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from settee.store.arrays import pack_strings, unpack_strings
from settee.store.bundle import open_bundle
from settee.store.errors import BundleDamaged, BundleNotFound

TAIL = b"]}"
GROUP = "slices"
Unit = tuple[str, str]
"""Account and person; the person is empty where the account stands for itself."""


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
    """One answer, open for cutting.

    Args:
        head: What stands before the first member.
        body: All members with commas between.
        ends: (n,) where each member ends in `body`.
        people: Who they are.
        kept: The rest, as in `Sliceable`.
    """

    __slots__ = ("_body", "_ends", "_people", "head", "least", "made_s", "tag")

    def __init__(
        self,
        head: bytes,
        body: bytes | memoryview,
        ends: NDArray[np.int32],
        people: "SlicedPeople",
        kept: tuple[str, int, float],
    ) -> None:
        self.head = head
        self._body = body
        self._ends = ends
        self._people = people
        self.tag, self.made_s, self.least = kept

    def __len__(self) -> int:
        """Number of members."""
        return len(self._ends)

    def pieces(self, n: int) -> tuple[bytes, bytes | memoryview, bytes]:
        """What the answer with its first `n` members is made of: head, members, tail.

        Args:
            n: 0 or more; with all members where there are fewer.
        """
        n = min(n, len(self._ends))
        return self.head, self._body[: self._ends[n - 1] if n else 0], TAIL

    def cut(self, n: int) -> bytes:
        """The answer with its first `n` members.

        Args:
            n: As in `pieces`.
        """
        return b"".join(self.pieces(n))

    def units(self, places: NDArray[np.int64] | None = None) -> list[Unit]:
        """Who the members are, the first first.

        Args:
            places: Of these members only.
        """
        found = self._people.places if places is None else self._people.places[places]
        return [self._people.part.unit(int(place)) for place in found]

    def touched(self) -> NDArray[np.int64]:
        """Places of the members whose account was touched; see `SlicedAnswers.touch`."""
        return np.flatnonzero(self._people.part.touched[self._people.places])

    def without(self, places: NDArray[np.int64]) -> "Slices":
        """The answer as it is without some members.

        Args:
            places: Whom to leave out.
        """
        left = np.delete(np.arange(len(self)), places)
        parts = [self.member(int(place)) for place in left]
        body, people = b",".join(parts), SlicedPeople(self._people.part, self._people.places[left])
        tag = f"{_tag(self.head, body):016x}"
        return Slices(self.head, body, _ends(parts), people, (tag, self.made_s, self.least))

    def member(self, place: int) -> bytes:
        """One member as it goes out."""
        start = int(self._ends[place - 1]) + 1 if place else 0
        return bytes(self._body[start : int(self._ends[place])])

    def as_sliceable(self, key: str) -> Sliceable:
        """The same answer, to be kept again."""
        members = [self.member(place) for place in range(len(self))]
        return Sliceable(key, self.head, members, self.units(), self.made_s, self.least)


@dataclass(frozen=True, slots=True)
class SlicedPeople:
    """Members: their places in the people of a part."""

    part: "SlicedPart"
    places: NDArray[np.int32]


class SlicedPart:
    """One bundle of answers.

    Args:
        folder: The bundle.

    Raises:
        BundleDamaged: If a byte differs from what was written, or it holds no answers.
    """

    def __init__(self, folder: Path) -> None:
        bundle = open_bundle(folder)
        try:
            group = bundle.arrays(GROUP)
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
            self._hashes = cast("NDArray[np.uint64]", group["hashes"])
            self._by_hash = cast("NDArray[np.int32]", group["by_hash"])
            self._tags = cast("NDArray[np.uint64]", group["tags"])
            self._made_s = _int64(group["made_s"])
            self._least = cast("NDArray[np.float64]", group["least"])
        except (KeyError, BundleNotFound) as error:
            raise BundleDamaged(f"bundle {folder.name} holds no answers: {error}.") from None
        self.version = folder.name
        self.touched = np.zeros(len(self._hashes), np.bool_)

    def slices(self, place: int) -> Slices:
        """The answer at a place."""
        body = self._bodies[self._body_ends[place] : self._body_ends[place + 1]]
        rows = slice(self._counts[place], self._counts[place + 1])
        head = bytes(self._heads[self._head_ends[place] : self._head_ends[place + 1]])
        kept = f"{int(self._tags[place]):016x}", int(self._made_s[place]), float(self._least[place])
        return Slices(head, body, self._ends[rows], SlicedPeople(self, self._places[rows]), kept)

    def due(self, before_s: float) -> NDArray[np.bool_]:
        """(n,) answers from before an instant, or with somebody in them who was touched."""
        due: NDArray[np.bool_] = self._made_s < before_s
        if self.touched.any():
            so_far = np.concatenate([[0], np.cumsum(self.touched[self._places])])
            due = due | (so_far[self._counts[1:]] > so_far[self._counts[:-1]])
        return due

    def touch(self, hashes: NDArray[np.uint64]) -> None:
        """Note that something became known of the accounts of these hashes."""
        first = np.searchsorted(self._hashes, hashes, "left")
        last = np.searchsorted(self._hashes, hashes, "right")
        for start, end in zip(first, last, strict=True):
            self.touched[self._by_hash[start:end]] = True

    def unit(self, place: int) -> Unit:
        """Who stands at a place of the people of the part."""
        accounts = self._accounts[self._account_ends[place] : self._account_ends[place + 1]]
        persons = self._persons[self._person_ends[place] : self._person_ends[place + 1]]
        return bytes(accounts).decode(), bytes(persons).decode()


def arrays_of(rows: list[Sliceable]) -> dict[str, NDArray[np.generic]]:
    """The arrays of a part that holds these answers."""
    place_of: dict[Unit, int] = {}
    places = [place_of.setdefault(unit, len(place_of)) for one in rows for unit in one.units]
    bodies = [b",".join(one.members) for one in rows]
    hashes = np.array([hash_of(account) for account, _ in place_of], np.uint64)
    by_hash = np.argsort(hashes, kind="stable").astype(np.int32)
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
        "ends": np.concatenate([np.empty(0, np.int32), *(_ends(one.members) for one in rows)]),
        "counts": _sums([len(one.members) for one in rows]),
        "places": np.array(places, np.int32),
        "accounts": accounts,
        "account_ends": account_ends,
        "hashes": hashes[by_hash],
        "by_hash": by_hash,
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


def hash_of(account_id: str) -> int:
    """64 bits of an account id."""
    digest = hashlib.blake2b(account_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _ends(members: Sequence[bytes]) -> NDArray[np.int32]:
    return np.cumsum([len(one) + 1 for one in members], dtype=np.int32) - np.int32(1)


def _sums(sizes: list[int]) -> NDArray[np.int64]:
    return np.cumsum([0, *sizes], dtype=np.int64)


def _int64(array: NDArray[np.generic]) -> NDArray[np.int64]:
    return cast("NDArray[np.int64]", array)
