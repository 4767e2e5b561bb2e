"""Name what the HTTP door needs of the workspace behind it.

The door may not open the cellar (store), so it sees journal, tables and keys through the few
calls that it makes; records pass through unseen. The workspace has them all.

Reads / Writes: nothing.
Not here: how the parts are built (app).
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any, Protocol

from settee.core import Item, Settings
from settee.events import Merged, Onboarded, Onboarding, Rejected
from settee.govern import Keys
from settee.people import Correction
from settee.respond import Corrected, Responder


class JournalDoor(Protocol):
    """Where events go."""

    def submit(self, records: Sequence[Any], /) -> Future[Any]:
        """Queue records; the result has n_new, n_duplicate and last_offset."""
        ...

    def last_offset(self) -> int:
        """Offset of the newest entry."""
        ...


class TablesDoor(Protocol):
    """Where items go."""

    def put_items(self, items: Sequence[Item], at: datetime, /) -> int:
        """Insert or replace items; the number that changed."""
        ...

    def items(self, item_ids: Sequence[str] | None = None, /) -> Iterator[Item]:
        """Items by id, or all."""
        ...


class Engine(Protocol):
    """All that the door needs."""

    @property
    def settings(self) -> Settings:
        """Effective settings."""
        ...

    @property
    def journal(self) -> JournalDoor:
        """The journal."""
        ...

    @property
    def tables(self) -> TablesDoor:
        """The tables."""
        ...

    @property
    def keys(self) -> Keys:
        """The API keys."""
        ...

    def clock(self) -> datetime:
        """The present instant."""
        ...

    def refuse(self, rejected: Sequence[Rejected], /) -> None:
        """Keep refused events in quarantine, with the reason."""
        ...

    def correct(
        self, account_id: str, correction: Correction, event_id: str | None = None, /
    ) -> Corrected:
        """Take in what somebody told of the persons of an account; on disk when it returns."""
        ...

    def onboard(self, account_id: str, picked: Onboarding, /) -> Onboarded:
        """Take in what somebody new picked; on disk when it returns."""
        ...

    def merge_accounts(self, account_id: str, origin: str, /) -> Merged:
        """Make an account a part of another; on disk when it returns."""
        ...

    def responder(self) -> Responder:
        """The responder, the same one at each call."""
        ...
