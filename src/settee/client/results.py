"""What the service says, as frozen types; what a newer service adds is passed over.

Names are those of the OpenAPI document: an `Answer` has `items`, each a `Shown` with `rank` 1, 2,
3. Words that may grow in number, like rungs, are plain strings, so that a new one breaks nobody.

Reads / Writes: nothing.
Not here: what a caller says (client.said).
"""

from datetime import datetime

from msgspec import Struct


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


class Mark(Struct, frozen=True):
    """What one source said of an item: its place in the source's list, from 1, and its score."""

    name: str
    rank: int
    score: float


class Part(Struct, frozen=True):
    """The part, 0 to 1, that one item of the history has in what speaks for an item."""

    item_id: str
    title: str
    share: float


class Because(Struct, frozen=True):
    """Why an item is shown, in words and in figures."""

    kind: str
    text: str
    source: str
    shares: list[Part] = []
    other: float = 0.0
    against: float = 0.0


class Shown(Struct, frozen=True):
    """One item of an answer; `rank` is from 1, `score` compares within one answer only."""

    item_id: str
    title: str
    rank: int
    score: float
    sources: list[Mark]
    reason: Because | None = None


class Watcher(Struct, frozen=True):
    """A person of the account, and how likely they are there, 0 to 1."""

    person_id: str
    probability: float


class Watching(Struct, frozen=True):
    """For whom of an account an answer is made, and what is known of who is there."""

    mode: str
    because: str
    stage: str
    persons: list[Watcher] = []
    guest: float = 0.0
    together: float = 0.0
    is_unsure: bool = False


class Answer(Struct, frozen=True):
    """A whole answer; `rung` says what gave it, and `because` why no higher one did."""

    exposure_id: str
    account_id: str
    at: datetime
    person: Watching
    rung: str
    because: str
    model_version: str | None
    items: list[Shown]
    removed: dict[str, int]
    left_out: dict[str, str]
    journalled: bool
    timings_ms: dict[str, float]


class Similar(Struct, frozen=True):
    """Items like one item, best first."""

    item_id: str
    at: datetime
    rung: str
    model_version: str | None
    items: list[Shown]
    removed: dict[str, int]
    left_out: dict[str, str]


class Signal(Struct, frozen=True):
    """What one signal says for the likeliest person against the others, in bits."""

    name: str
    bits: float


class WhoIsThere(Struct, frozen=True):
    """Who is on the screen, the likeliest first."""

    account_id: str
    at: datetime
    stage: str
    persons: list[Watcher]
    guest: float
    together: float
    is_together: bool
    is_unsure: bool
    signals: list[Signal]


class Happened(Struct, frozen=True):
    """One event of an account, as the profile keeps it."""

    item_id: str
    title: str
    kind: str
    at: datetime
    value: float | None = None


class Account(Struct, frozen=True):
    """What is known of an account: counts, tastes, latest events (newest first)."""

    account_id: str
    n_events: int
    n_items: int
    n_by_kind: dict[str, int]
    tags: dict[str, int]
    latest: list[Happened]


class DeviceView(Struct, frozen=True):
    """A device or service that a person uses."""

    device_id: str
    share: float
    score: float
    is_own: bool
    is_shared: bool


class TitleView(Struct, frozen=True):
    """A title of a person's past, and how much it is theirs."""

    item_id: str
    title: str
    share: float


class PersonView(Struct, frozen=True):
    """One person of an account; `hours` are 24 shares, `weekdays` 7 from Monday on, in UTC."""

    person_id: str
    name: str
    share: float
    n_sessions: float
    confidence: float
    hours: list[float]
    weekdays: list[float]
    devices: list[DeviceView]
    platforms: list[DeviceView]
    tags: dict[str, float]
    titles: list[TitleView]
    last_seen_at: datetime | None = None


class ChangeView(Struct, frozen=True):
    """Something that happened to the persons of an account."""

    kind: str
    at: datetime
    person_ids: list[str]
    evidence: dict[str, float]
    reversible: bool


class SessionView(Struct, frozen=True):
    """Who a session was said to be; `event_id` names it in corrections."""

    event_id: str
    persons: dict[str, float]
    together: bool
    unsure: bool


class HouseholdView(Struct, frozen=True):
    """Everybody of an account; `changes` and `sessions` hold the latest, newest first."""

    account_id: str
    stage: str
    persons: list[PersonView]
    changes: list[ChangeView]
    sessions: list[SessionView]


class Corrected(Struct, frozen=True):
    """A correction that is a fact now; `is_new` is false for a repeat, which changed nothing."""

    event_id: str
    is_new: bool


class StoredItem(Struct, frozen=True):
    """An item as the service keeps it; fields that were not put are None or empty."""

    item_id: str
    title: str = ""
    kind: str = ""
    tags: list[str] = []
    year: int | None = None
    language: str = ""
    age_rating: int | None = None
    duration_s: float | None = None
    price_cents: int | None = None
    text: str = ""
    image_embedding: list[float] = []
    available_from: datetime | None = None
    available_to: datetime | None = None
    stock: int | None = None
    margin: float | None = None


class ItemView(Struct, frozen=True):
    """An item as stored, and whether it can be recommended now."""

    item: StoredItem
    is_servable: bool
    is_available: bool


class Health(Struct, frozen=True):
    """The process is up."""

    is_up: bool


class Readiness(Struct, frozen=True):
    """Can it take events and answer, and from which rung?"""

    is_ready: bool
    journal: str
    rung: str | None
    model_version: str | None
    n_items: int
