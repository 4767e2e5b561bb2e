"""Say what a view of accounts must know of its states: what entries add, and how they join.

Reads / Writes: nothing.
Not here: when that is asked (store.account_view), the three that answer (profiles, shown,
preferences).
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from settee.store.journal import Entry
from settee.store.stable_numbers import Numbers

S = TypeVar("S")
"""The state of an account."""
R = TypeVar("R")
"""What one entry adds to it."""


class Form(Protocol[S, R]):
    """What a view takes out of entries, and what it makes of that."""

    @property
    def empty(self) -> S:
        """The state of an account of which nothing is known."""
        ...

    def take(
        self, entries: Sequence[Entry], item_nos: Callable[[Sequence[str]], list[int]]
    ) -> list[tuple[Entry, list[R]]]:
        """What entries add; those that add nothing may be left out.

        Raises:
            StoreDamaged: If an entry is not what settee journals.
        """
        ...

    def add(self, state: S, rows: Sequence[R]) -> S:
        """A state with more rows; in any order and grouping the result is the same."""
        ...

    def join(self, state: S, other: S) -> S:
        """The state of two accounts that are one."""
        ...

    def renumber(self, state: S, swap: Callable[[Numbers], Numbers]) -> S:
        """A state with other numbers for the same items."""
        ...

    def size(self, state: S) -> int:
        """About how many bytes of memory a state takes."""
        ...

    def to_bytes(self, state: S) -> bytes:
        """A state for the vault."""
        ...

    def from_bytes(self, account_id: str, raw: bytes) -> S:
        """A state out of the vault.

        Raises:
            StoreDamaged: If these are not the bytes of a state.
        """
        ...
