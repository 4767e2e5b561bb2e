"""Keep decoded accounts at hand, the ones asked for lately, within so many bytes.

An account is as true as the version it was read with: whoever asks says which version the file has
now, so another process's write is never overlooked.

Reads / Writes: nothing.
Not here: where versions come from (store.households).
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from settee.people.account import Account, Resident

_ENTRY_BYTES = 4_000  # of what runs in an account and where it came from


@dataclass
class Warm:
    """A decoded account.

    Args:
        version: The transaction that wrote it.
        account: The account; only the fold changes it, and only after `take`.
        n_stored: Size of its stored state.
        ahead: Keys of sessions that fell silent without being closed, and the household as if they
            were; None when that was not asked yet.
        is_lent: Was its household given out, to be read by others?
        n_counted: With how many bytes the cache counts it.
    """

    version: int
    account: Account
    n_stored: int
    ahead: tuple[tuple[tuple[int, str], ...], Resident] | None = None
    is_lent: bool = False
    n_counted: int = 0

    @property
    def n_bytes(self) -> int:
        """Memory that it takes, roughly."""
        ahead = 0 if self.ahead is None else self.ahead[1].n_bytes
        return _ENTRY_BYTES + self.n_stored + self.account.resident.n_bytes + ahead


class AccountCache:
    """Accounts by id; hold `lock` over several calls that belong together.

    Args:
        max_bytes: The oldest are let go beyond that.
    """

    def __init__(self, max_bytes: int) -> None:
        self.lock = threading.RLock()
        self._max_bytes = max_bytes
        self._warm: OrderedDict[str, Warm] = OrderedDict()
        self._n_bytes = 0

    def __len__(self) -> int:
        """Number of accounts."""
        return len(self._warm)

    @property
    def n_bytes(self) -> int:
        """Size of what is kept."""
        return self._n_bytes

    def get(self, account_id: str, version: int) -> Warm | None:
        """The account, if it is there in that version."""
        with self.lock:
            warm = self._warm.get(account_id)
            if warm is None or warm.version != version:
                return None
            self._warm.move_to_end(account_id)
            return warm

    def take(self, account_id: str, version: int) -> Account | None:
        """The account in that version for changing, if it is there and nobody else reads it."""
        with self.lock:
            warm = self._forget(account_id)
        return None if warm is None or warm.version != version or warm.is_lent else warm.account

    def put(self, warm: Warm) -> None:
        """Keep an account in place of what was there."""
        with self.lock:
            self._forget(warm.account.account_id)
            warm.n_counted = 0
            self._warm[warm.account.account_id] = warm
            self.weigh(warm)

    def weigh(self, warm: Warm) -> None:
        """Count an account that is kept anew: whoever was asked has grown by what he knows."""
        with self.lock:
            if self._warm.get(warm.account.account_id) is not warm:
                return
            n_bytes = warm.n_bytes
            self._n_bytes += n_bytes - warm.n_counted
            warm.n_counted = n_bytes
            while self._n_bytes > self._max_bytes:
                self._forget(next(iter(self._warm)))

    def clear(self) -> None:
        """Forget all."""
        with self.lock:
            self._warm.clear()
            self._n_bytes = 0

    def _forget(self, account_id: str) -> Warm | None:
        warm = self._warm.pop(account_id, None)
        if warm is not None:
            self._n_bytes -= warm.n_counted
        return warm
