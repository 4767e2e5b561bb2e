"""What is known of accounts, of the persons of one, and of items."""

from datetime import datetime

from msgspec import Struct


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


class AccountSeen(Struct, frozen=True):
    """An account, and when it did something last, where that is known."""

    account_id: str
    last_at: datetime | None = None


class Accounts(Struct, frozen=True):
    """Accounts, the first of them the latest active; `n_lately` of them were active lately."""

    accounts: list[AccountSeen]
    n_lately: int


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
    """One person of an account; `hours` are 24 shares, `weekdays` 7 from Monday on, in UTC.

    `week` has the hours of each weekday, which all together sum to 1; empty from a service that is
    older than that.
    """

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
    week: list[list[float]] = []


class ChangeView(Struct, frozen=True):
    """Something that happened to the persons of an account."""

    kind: str
    at: datetime
    person_ids: list[str]
    evidence: dict[str, float]
    reversible: bool


class SessionView(Struct, frozen=True):
    """Who a session was said to be; `event_id` names it in corrections, `at` is its end."""

    event_id: str
    persons: dict[str, float]
    together: bool
    unsure: bool
    at: datetime | None = None


class HouseholdView(Struct, frozen=True):
    """Everybody of an account; `changes` and `sessions` hold the latest, newest first."""

    account_id: str
    stage: str
    persons: list[PersonView]
    changes: list[ChangeView]
    sessions: list[SessionView]


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
