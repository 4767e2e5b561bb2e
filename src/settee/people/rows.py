"""Write the sessions of one household as numbers that a model can count.

Devices, platforms and profiles get the household's own numbers in the order of first appearance: a
first evening on "d812" and a night on "d7" are devices 0 and 1, and stay so for good. Titles become
tastes: what share of each latent topic the session was about.

Reads: sessions of one account.  Writes: nothing.
Not here: sessions from events (people.sessions), topics of titles (people.tastes), bins and weights
(people.channels).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from settee.people import row_loops as loops
from settee.people.sessions import Sessions
from settee.people.tastes import Tastes


@dataclass(frozen=True)
class Rows:
    """Sessions of one household, in the order in which they closed.

    Args:
        start_s: (n,) int64 first event, epoch seconds.
        end_s: (n,) int64 end of the last activity.
        hour: (n,) float32, 0 to 24, UTC, at the start.
        weekday: (n,) uint8, 0 is Monday.
        device: (n,) int16 number in the household, -1 unknown.
        device_type: (n,) int8 position in core.DEVICE_TYPES, -1 unknown.
        platform: (n,) int16 number in the household, -1 unknown.
        profile: (n,) int16 number in the household, -1 none picked.
        duration_s: (n,) float32 from start to end.
        n_events: (n,) int32.
        watched_s: (n,) float32.
        n_items: (n,) int32 distinct titles.
        taste: (n, n_topics) float32 shares of topics, damped: a row sums to n_known ** 0.7.
    """

    start_s: NDArray[np.int64]
    end_s: NDArray[np.int64]
    hour: NDArray[np.float32]
    weekday: NDArray[np.uint8]
    device: NDArray[np.int16]
    device_type: NDArray[np.int8]
    platform: NDArray[np.int16]
    profile: NDArray[np.int16]
    duration_s: NDArray[np.float32]
    n_events: NDArray[np.int32]
    watched_s: NDArray[np.float32]
    n_items: NDArray[np.int32]
    taste: NDArray[np.float32]

    def __len__(self) -> int:
        """Number of sessions."""
        return len(self.start_s)

    @cached_property
    def logs(self) -> NDArray[np.float64]:
        """(2, n) logarithms of how long each was, seconds, and of its events a minute."""
        return np.log(loops.lengths(self.duration_s, self.n_events))

    def take(self, places: NDArray[np.int64] | slice) -> "Rows":
        """The sessions at these places, in this order."""
        return Rows(**{one.name: getattr(self, one.name)[places] for one in fields(self)})

    def followed_by(self, later: "Rows") -> "Rows":
        """These sessions, then those."""
        return Rows(
            **{
                one.name: np.concatenate([getattr(self, one.name), getattr(later, one.name)])
                for one in fields(self)
            }
        )


@dataclass
class Places:
    """Which number each device, platform and profile has in this household; grows as they appear.

    >>> places = Places()
    >>> places.numbers("device", ["d812", "d7", "d812"], 16)
    [0, 1, 0]
    """

    device: list[str] = field(default_factory=list)
    platform: list[str] = field(default_factory=list)
    profile: list[str] = field(default_factory=list)

    def numbers(self, what: str, texts: Sequence[str], most: int) -> list[int]:
        """Number of each text; empty texts have -1, and all beyond `most` share the last."""
        known: list[str] = getattr(self, what)
        found = []
        for text in texts:
            if not text:
                found.append(-1)
                continue
            if text not in known and len(known) < most:
                known.append(text)
            found.append(known.index(text) if text in known else most - 1)
        return found


MOST_DEVICES, MOST_PLATFORMS, MOST_PROFILES = 24, 6, 12


def encode(sessions: Sessions, tastes: Tastes, places: Places) -> Rows:
    """Sessions of one account as rows.

    Args:
        sessions: Of one account, in the order in which they closed.
        tastes: Topics of titles.
        places: Numbers of the household; new devices are added.
    """
    start_s, end_s, hour, weekday, duration_s, n_items = loops.clock(
        sessions.start_us, sessions.end_us, sessions.item_indptr
    )

    def local(what: str, column: NDArray[np.int32], names: Sequence[str], most: int) -> list[int]:
        texts = [names[one] if one >= 0 else "" for one in column.tolist()]
        return places.numbers(what, texts, most)

    device = local("device", sessions.device, sessions.device_ids, MOST_DEVICES)
    platform = local("platform", sessions.platform, sessions.platforms, MOST_PLATFORMS)
    profile = local("profile", sessions.profile, sessions.profile_ids, MOST_PROFILES)
    return Rows(
        start_s=start_s,
        end_s=end_s,
        hour=hour,
        weekday=weekday,
        device=np.array(device, dtype=np.int16),
        device_type=sessions.device_type,
        platform=np.array(platform, dtype=np.int16),
        profile=np.array(profile, dtype=np.int16),
        duration_s=duration_s,
        n_events=sessions.n_events,
        watched_s=sessions.watched_s,
        n_items=n_items,
        taste=tastes.of_sessions(sessions),
    )
