"""Give items numbers that never change in this process, whatever becomes of the vault's own.

While the vault lives, ours are its numbers. When it was lost and is built anew, an item that was
number 7 may be number 3 there; whoever in this process keeps tables by number goes on with 7, and
numbers are swapped on the way in and out.

Reads / Writes: a vault.
Not here: numbers in a file (store.item_numbers), what refers to them (store.account_view).
"""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from settee.store.vault import Vault

Numbers = NDArray[np.uint32]


class StableNumbers:
    """Numbers of items as this process knows them.

    Args:
        vault: Gives the numbers at first.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._lock = threading.Lock()
        self._own: dict[str, int] | None = None  # None: ours are the vault's
        self._handed_out: list[str] = []
        self._theirs: list[str] = []

    @property
    def is_own(self) -> bool:
        """Are ours other ones than the vault's?"""
        return self._own is not None

    def nos(self, item_ids: Sequence[str]) -> list[int]:
        """Our numbers of items, given on first use."""
        theirs = self._vault.item_nos(item_ids)
        if self._own is None:
            return theirs
        with self._lock:
            return [self._meet(item_id) for item_id in item_ids]

    def ids(self) -> list[str]:
        """Ids of all items that have a number; the position is our number."""
        found = self._vault.item_ids()
        with self._lock:
            if self._own is None:
                self._handed_out = found
                return list(found)
            for item_id in found:
                self._meet(item_id)
            return list(self._own)

    def restart(self) -> None:
        """The vault's numbers may be others from now on; ours stay."""
        with self._lock:
            known = self._handed_out if self._own is None else list(self._own)
            self._own = {item_id: number for number, item_id in enumerate(known)}
            self._theirs = []

    def to_ours(self, numbers: Numbers) -> Numbers:
        """Our numbers for the vault's, (n,) uint32."""
        if len(numbers) and int(numbers.max()) >= len(self._theirs):
            self._theirs = self._vault.item_ids()
        with self._lock:
            table = [self._meet(self._theirs[number]) for number in numbers.tolist()]
        return np.array(table, np.uint32)

    def to_theirs(self, numbers: Numbers) -> Numbers:
        """The vault's numbers for ours, (n,) uint32."""
        with self._lock:
            ids = list(self._own or ())
        found = self._vault.item_nos([ids[number] for number in numbers.tolist()])
        return np.array(found, np.uint32)

    def _meet(self, item_id: str) -> int:
        own = self._own
        if own is None:  # only ever called once there are some
            raise AssertionError
        return own.setdefault(item_id, len(own))
