"""What is said about being contacted.

Reads / Writes: nothing.
Source: docs/audiences.md for each field.
"""

from msgspec import Struct, field


class Contacted(Struct, frozen=True):
    """What was said is a fact now; `is_new` is false for a repeat, which changed nothing."""

    event_id: str
    is_new: bool


class ContactWord(Struct, frozen=True):
    """What an account, or a person in it, said."""

    consent: dict[str, bool] = field(default_factory=dict)
    child: bool | None = None
    person_id: str | None = None
    event_id: str | None = None


class ContactState(Struct, frozen=True):
    """What holds for an account: what was said for all of it, and by its persons."""

    account_id: str
    consent: dict[str, bool]
    child: bool | None
    persons: dict[str, ContactWord]


class Suppression(Struct, frozen=True):
    """How many entries the suppression list has gained, or lost."""

    n_changed: int
    is_freed: bool
