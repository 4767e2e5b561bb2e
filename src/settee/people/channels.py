"""Name the channels of a session, and cut each into symbols that can be counted.

A session is one symbol in each of eight channels (Tuesday evening at nine: hour 21 of a working
day, weekday 1, device 0, …) and a share of each topic. Duration and density are told against what
is usual on that type of device, so that short visits on telephones do not look like a person of
their own; the type of a device is read only where the device itself is unknown.

Reads: rows of a household.  Writes: nothing.
Not here: how likely a symbol is for a person (people.mixture).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from settee.core import DEVICE_TYPES
from settee.people import row_loops as loops
from settee.people.rows import MOST_DEVICES, MOST_PLATFORMS, MOST_PROFILES, Rows

CHANNELS = (
    "hour", "weekday", "device_type", "device", "platform", "duration", "density", "profile",
)  # fmt: skip
"""Channels with one symbol; topics of titles ("taste") come after them."""
N_TYPES = len(DEVICE_TYPES) + 1
SIZES = (48, 7, N_TYPES, MOST_DEVICES, MOST_PLATFORMS, 10, 6, MOST_PROFILES)
OFFSETS = np.concatenate([[0], np.cumsum(SIZES)]).astype(np.int64)
TASTE_AT = int(OFFSETS[-1])
N_CHANNELS = len(CHANNELS)
SIGNALS = (*CHANNELS, "taste")
MOST_TOPICS = 5  # topics of a session that are read; the others are nearly nothing


@dataclass(frozen=True)
class Usual:
    """What is usual on a type of device: mean logarithms.

    Args:
        duration: (N_TYPES,) float64, last for an unknown type.
        density: (N_TYPES,) float64 of events per minute.
    """

    duration: NDArray[np.float64]
    density: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Rows) -> "Usual":
        """What is usual in these sessions; a type with few sessions is like all."""
        kind = rows.device_type.astype(np.int64) % N_TYPES
        found = []
        for values in rows.logs:
            overall = float(values.mean()) if len(values) else 0.0
            n = np.bincount(kind, minlength=N_TYPES)
            total = np.bincount(kind, values, minlength=N_TYPES)
            found.append((total + 20 * overall) / (n + 20))
        return cls(*found)


@dataclass(frozen=True)
class Symbols:
    """Sessions as symbols.

    Args:
        symbol: (n, N_CHANNELS) int16 places in a table of all symbols, -1 where nothing is known.
        topic: (n, MOST_TOPICS) int16 places in the same table, -1 for none.
        weight: (n, MOST_TOPICS) float32 how much of the session each topic was.
    """

    symbol: NDArray[np.int16]
    topic: NDArray[np.int16]
    weight: NDArray[np.float32]

    def __len__(self) -> int:
        """Number of sessions."""
        return len(self.symbol)

    @cached_property
    def mass(self) -> NDArray[np.float32]:
        """(n,) how much taste each session shows."""
        mass: NDArray[np.float32] = self.weight.sum(axis=1)
        return mass

    @property
    def seen(self) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.float32]]:
        """All columns, as loops take them."""
        return self.symbol, self.topic, self.weight

    def take(self, places: NDArray[np.int64] | slice) -> "Symbols":
        """The sessions at these places."""
        return Symbols(self.symbol[places], self.topic[places], self.weight[places])


def symbols_of(rows: Rows, usual: Usual) -> Symbols:
    """Cut rows into symbols."""
    symbol = loops.cut(
        (rows.hour, rows.weekday),
        (rows.device, rows.device_type, rows.platform, rows.profile),
        rows.n_events,
        rows.logs,
        (usual.duration, usual.density),
        OFFSETS,
    )
    return Symbols(symbol, *loops.largest_topics(rows.taste, MOST_TOPICS, TASTE_AT))


def longer_than_usual(rows: Rows, usual: Usual) -> NDArray[np.float64]:
    """(n,) logarithm of the duration over what is usual on that type of device."""
    longer: NDArray[np.float64] = rows.logs[0] - usual.duration[rows.device_type % N_TYPES]
    return longer


def blur() -> NDArray[np.float64]:
    """(TASTE_AT, TASTE_AT) how a symbol that was seen makes its neighbours more likely.

    Nine in the evening speaks for eight and ten, and a little for nine on other days.
    """
    table = np.eye(TASTE_AT)
    near = _circle(24, 0.74)
    table[:24, :24] = table[24:48, 24:48] = 0.78 * near
    table[:24, 24:48] = table[24:48, :24] = 0.22 * near
    days = slice(int(OFFSETS[1]), int(OFFSETS[2]))
    table[days, days] = 0.2 * np.eye(7) + 0.8 / 7
    for channel in (5, 6):
        part = slice(int(OFFSETS[channel]), int(OFFSETS[channel + 1]))
        distance = np.abs(np.subtract.outer(np.arange(SIZES[channel]), np.arange(SIZES[channel])))
        weights = np.exp(-0.5 * (distance / 1.8) ** 2)
        table[part, part] = weights / weights.sum(axis=1, keepdims=True)
    return table


def _circle(n: int, width: float) -> NDArray[np.float64]:
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    weights = np.exp(-0.5 * (np.minimum(distance, n - distance) / width) ** 2)
    circle: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return circle
