"""What became of what was sent: events, items, corrections, first picks, merges."""

from msgspec import Struct, field


class Refused(Struct, frozen=True):
    """One event or item that was not taken; positions count from 0."""

    position: int
    error: dict[str, str]


class Taken(Struct, frozen=True):
    """What became of events: stored, known already, refused."""

    accepted: int
    duplicates: int
    rejected: list[Refused]


class Stored(Struct, frozen=True):
    """What became of items; `changed` of the accepted ones differ from before."""

    accepted: int
    changed: int
    rejected: list[Refused]


class Corrected(Struct, frozen=True):
    """A correction that is a fact now; `is_new` is false for a repeat, which changed nothing."""

    event_id: str
    is_new: bool


class Onboarded(Struct, frozen=True):
    """First picks that are a fact now; `unknown_items` cannot be recommended yet."""

    event_id: str
    is_new: bool
    n_picks: int
    unknown_items: list[str]


class Merged(Struct, frozen=True):
    """Another account that is a part of this one now; `is_new` is false where it was already."""

    account_id: str
    origin: str = field(name="from")
    is_new: bool
