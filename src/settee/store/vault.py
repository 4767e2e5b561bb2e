"""The seam between a view of accounts and where its states lie: a SQLite file, or Redis.

A view folds the journal into one state an account; a vault keeps the states as bytes beside the
offset up to which they are complete, and changes both at once or not at all. Of two processes that
bring entries 5 to 9, the second finds offset 9 there and brings nothing.

Reads / Writes: nothing; see store.vault_sqlite and store.vault_redis.
Source: Kleppmann (2017), "Designing Data-Intensive Applications", ch. 11 (state from logs).
Not here: what a state is (store.account_view).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

T = TypeVar("T")
Joined = Callable[[bytes | None, bytes], bytes]
"""Adds the bytes of new rows to the bytes of a state, None where there is none yet."""


class Mark(NamedTuple):
    """How far a vault is.

    Args:
        offset: The journal is folded up to here.
        n_loads: Imported segments that were loaded.
        n_merges: Accounts that were merged into others.
        epoch: Names this life of the vault; another one once its contents were lost.
    """

    offset: int
    n_loads: int
    n_merges: int
    epoch: str = ""


class Found(NamedTuple):
    """The state of an account, None where there is none, and how far the vault was just then."""

    raw: bytes | None
    mark: Mark


class Merge(NamedTuple):
    """From merge number `number` on, counted from 1, `account_id` is a part of `into`."""

    number: int
    account_id: str
    into: str


class Change(Protocol):
    """What may be done in one change of a vault; it is kept whole, or not at all."""

    @property
    def offset(self) -> int:
        """Up to where the journal is folded."""
        ...

    def root(self, account_id: str) -> str:
        """The account that this one was merged into, or the account itself."""
        ...

    def stored(self, account_ids: Sequence[str]) -> Mapping[str, bytes]:
        """States of those accounts that have one."""
        ...

    def put(self, states: Mapping[str, bytes]) -> None:
        """Replace the states of accounts."""
        ...

    def merge(self, account_id: str, into: str) -> None:
        """Drop the state of an account, which is a part of another from now on."""
        ...

    def move_to(self, offset: int) -> None:
        """Say that the journal is folded up to here."""
        ...


class Vault(Protocol):
    """Where the states of one view are kept; any threads and processes may use it.

    Every method may raise StoreBusy, DiskFull, StoreDamaged, StoreUnavailable, VaultAway, VaultLost
    and StoreClosed.
    """

    @property
    def name(self) -> str:
        """What to call it in messages."""
        ...

    def mark(self) -> Mark:
        """How far it is.

        Raises:
            VaultLost: If what is there may not be what it was; `renew` takes it up.
        """
        ...

    def renew(self) -> None:
        """Take up what is there now, after it was lost or out of reach."""
        ...

    def clear(self) -> None:
        """Drop all that is there."""
        ...

    def get(self, account_id: str) -> Found:
        """The state of an account."""
        ...

    def change(self, work: Callable[[Change], T]) -> T:
        """Do some work as one change.

        Args:
            work: May be called again where another process changed something meanwhile.
        """
        ...

    def load_segment(
        self, segment_id: str, parts: Iterable[tuple[str, bytes]], joined: Joined
    ) -> None:
        """Add rows to accounts; a segment that was loaded before changes nothing.

        Args:
            segment_id: Names the segment.
            parts: Accounts with the bytes of their rows; rows of one account stand together.
            joined: Adds rows to a state.
        """
        ...

    def merges(self, after: int) -> list[Merge]:
        """Merges with numbers over `after`, in order."""
        ...

    def item_nos(self, item_ids: Sequence[str]) -> list[int]:
        """Numbers of items from 0 on, given on first use."""
        ...

    def item_ids(self) -> list[str]:
        """Ids of all items that have a number; the position is the number."""
        ...

    def n_accounts(self) -> int:
        """How many accounts have a state."""
        ...

    def account_ids(self, limit: int, offset: int, begins: str = "") -> list[str]:
        """Ids of accounts that have a state and an id that begins so, sorted."""
        ...

    def close(self) -> None:
        """Let everything go; closing twice is harmless."""
        ...
