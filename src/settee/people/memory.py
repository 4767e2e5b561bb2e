"""Remember the sessions of one household in some thirty bytes each, and who had them.

Nine in the evening, device 0, half comedy: symbols are small numbers, so a session is eight of
them, four topics with their amounts, two instants and a key. Shares of persons are kept as 255ths,
before and after writing alike, so a process that starts again decides exactly as one that never
stopped.

Reads / Writes: bytes.
Not here: where the bytes lie (people.view), what is decided (people.household).
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.people.changes import Told
from settee.people.channels import CHANNELS, MOST_TOPICS, N_CHANNELS, OFFSETS, TASTE_AT, Symbols
from settee.people.errors import HouseholdDamaged
from settee.people.identity import Matching
from settee.people.rows import Places, Rows

_MOST_ROWS = 400
_GRAIN = 24.0  # parts of one topic's amount
_FULL = 255.0
_TOPICS = 4  # of the most that are read at once
ROW = np.dtype([
    ("start_s", "<u4"), ("end_s", "<u4"), ("key", "<u4"), ("symbol", "u1", N_CHANNELS),
    ("topic", "u1", _TOPICS), ("amount", "u1", _TOPICS),
])  # fmt: skip


class _State(msgspec.Struct, array_like=True):
    rows: bytes
    share: bytes
    numbers: list[int]
    resting: list[int]
    n_seen: int
    next_fit: int
    next_number: int
    forgets_faster: bool
    drift: bytes
    device: list[str]
    platform: list[str]
    profile: list[str]
    told: Told


_decoder = msgspec.msgpack.Decoder(_State)
_encoder = msgspec.msgpack.Encoder()


def key_of(event_id: str) -> int:
    """A number that stands for a session, made of the id of its last event."""
    return int.from_bytes(blake2b(event_id.encode(), digest_size=4).digest(), "little")


@dataclass
class Memory:
    """The state of one household.

    Args:
        rows: (n,) ROW, in the order in which they closed.
        part: (n, K + 1) uint8 255ths of the share of each component, the guest last.
        numbers: Number of the person of each component.
        resting: Numbers that have retired.
        n_seen: Sessions ever.
        next_fit: After so many sessions comes the next fit.
        next_number: Number of the next person to be found.
        forgets_faster: Did it change lately?
        drift: State of the detectors, empty at first.
        places: Numbers of devices, platforms and profiles.
        told: What people told.
    """

    rows: NDArray[np.void]
    part: NDArray[np.uint8]
    numbers: list[int]
    resting: list[int] = field(default_factory=list)
    n_seen: int = 0
    next_fit: int = 1
    next_number: int = 1
    forgets_faster: bool = False
    drift: bytes = b""
    places: Places = field(default_factory=Places)
    told: Told = field(default_factory=Told)

    @classmethod
    def new(cls) -> "Memory":
        """Of nobody: one person is taken to be there until more is known."""
        return cls(np.zeros(0, ROW), np.zeros((0, 2), np.uint8), [1], next_number=2)

    @property
    def share(self) -> NDArray[np.float32]:
        """(n, K + 1) share of each component in each session, the guest last."""
        return self.part.astype(np.float32) / np.float32(_FULL)

    def picks(self) -> dict[int, dict[str, float]]:
        """Sessions under each profile that was picked: by number of a person, by profile.

        A session counts for each person as much as it was theirs.
        """
        local = self.rows["symbol"][:, CHANNELS.index("profile")].astype(np.int64) - 1
        share, found = self.share, dict[int, dict[str, float]]()
        for place, number in enumerate(self.numbers):
            mine = found.setdefault(self.told.root(number), {})
            for profile in np.unique(local[local >= 0]).tolist():
                name = self.places.profile[profile]
                mine[name] = mine.get(name, 0.0) + float(share[local == profile, place].sum())
        return found

    def symbols(self) -> Symbols:
        """What is remembered of the sessions."""
        local = self.rows["symbol"].astype(np.int16) - 1
        topic = np.full((len(local), MOST_TOPICS), -1, np.int16)  # of which _TOPICS are kept
        weight = np.zeros((len(local), MOST_TOPICS), np.float32)
        kept = self.rows["topic"].astype(np.int16) - 1
        topic[:, :_TOPICS] = np.where(kept >= 0, kept + TASTE_AT, -1)
        weight[:, :_TOPICS] = self.rows["amount"] / _GRAIN
        return Symbols(
            np.where(local >= 0, local + OFFSETS[:-1].astype(np.int16), -1).astype(np.int16),
            topic,
            weight,
        )

    def add(
        self,
        rows: Rows,
        symbols: Symbols,
        posterior: NDArray[np.float64],
        event_ids: Sequence[str],
    ) -> None:
        """Remember sessions; the oldest are forgotten when there are too many."""
        new = np.zeros(len(rows), ROW)
        new["start_s"], new["end_s"] = rows.start_s, rows.end_s
        new["key"] = [key_of(one) for one in event_ids]
        new["symbol"] = np.where(symbols.symbol >= 0, symbols.symbol - OFFSETS[:-1] + 1, 0)
        topic = symbols.topic[:, :_TOPICS]
        new["topic"] = np.where(topic >= 0, topic - TASTE_AT + 1, 0)
        new["amount"] = np.clip(np.rint(symbols.weight[:, :_TOPICS] * _GRAIN), 0, 255)
        self.rows = np.concatenate([self.rows, new])[-_MOST_ROWS:]
        self.part = np.concatenate([self.part, _parts(posterior)])[-_MOST_ROWS:]
        self.n_seen += len(rows)

    def took(self, share: NDArray[np.float64], matching: Matching) -> None:
        """Take over a new fit."""
        self.part = _parts(share)
        self.numbers = list(matching.numbers)
        self.next_number = matching.next_number
        gone = (set(self.resting) | set(matching.retired)) - set(matching.returned)
        self.resting = sorted(gone - set(matching.numbers))

    def places_of(self, event_ids: Sequence[str]) -> NDArray[np.int64]:
        """(m,) rows of sessions by the ids of their last events, -1 where they are forgotten."""
        index = {key: row for row, key in enumerate(self.rows["key"].tolist())}
        return np.array([index.get(key_of(one), -1) for one in event_ids], np.int64)

    def told_rows(self) -> dict[int, tuple[int, ...]]:
        """Row of each session of which something was told, and who was there."""
        keys = {key_of(name): self.told.persons(name) for name in self.told.labels}
        return {
            row: keys[key] or () for row, key in enumerate(self.rows["key"].tolist()) if key in keys
        }

    def roots(self) -> dict[int, int]:
        """Number of a person to whom they count as, where the two differ."""
        return {one: self.told.root(one) for one in self.told.part_of}

    def to_bytes(self) -> bytes:
        """The whole state."""
        plain = _encoder.encode(
            _State(
                self.rows.tobytes(), self.part.tobytes(), self.numbers, self.resting, self.n_seen,
                self.next_fit, self.next_number, self.forgets_faster, self.drift,
                self.places.device, self.places.platform, self.places.profile, self.told,
            )
        )  # fmt: skip
        return zlib.compress(plain, level=1)

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Memory":
        """The state that `to_bytes` wrote.

        Raises:
            HouseholdDamaged: If the bytes are something else.
        """
        try:
            state = _decoder.decode(zlib.decompress(raw))
            rows = np.frombuffer(state.rows, ROW)
            part = np.frombuffer(state.share, np.uint8).reshape(len(rows), len(state.numbers) + 1)
        except (zlib.error, msgspec.MsgspecError, ValueError) as error:
            raise HouseholdDamaged(
                f"the persons of an account cannot be read: {error}; "
                "what settee wrote is expected.",
                hint="Delete households.db; it is a view and is built again.",
            ) from None
        return cls(
            rows, part, state.numbers, state.resting, state.n_seen, state.next_fit,
            state.next_number, state.forgets_faster, state.drift,
            Places(state.device, state.platform, state.profile), state.told,
        )  # fmt: skip


def _parts(share: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.rint(np.clip(share, 0, 1) * _FULL).astype(np.uint8)
