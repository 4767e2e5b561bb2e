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
        self.is_own = False
        """Are ours other ones than the vault's?"""
        self._own: dict[str, int] = {}
        self._handed_out: list[str] = []
        self._theirs: list[str] = []

    def nos(self, item_ids: Sequence[str]) -> list[int]:
        """Our numbers of items, given on first use."""
        theirs = self._vault.item_nos(item_ids)
        if not self.is_own:
            return theirs
        with self._lock:
            return [self._meet(item_id) for item_id in item_ids]

    def ids(self) -> list[str]:
        """Ids of all items that have a number; the position is our number."""
        found = self._vault.item_ids()
        with self._lock:
            if not self.is_own:
                self._handed_out = found
                return list(found)
            for item_id in found:
                self._meet(item_id)
            return list(self._own)

    def restart(self) -> None:
        """The vault's numbers may be others from now on; ours stay."""
        with self._lock:
            if not self.is_own:
                self._own = {one: number for number, one in enumerate(self._handed_out)}
            self.is_own = True
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
            ids = list(self._own)
        found = self._vault.item_nos([ids[number] for number in numbers.tolist()])
        return np.array(found, np.uint32)

    def _meet(self, item_id: str) -> int:
        return self._own.setdefault(item_id, len(self._own))
