"""Count how often each item was shown to each account, for frequency caps.

An answer is an exposure in the journal; each item in it counts one in the quarter of an hour in
which it was shown. "At most 3 times in 24 hours" asks for the counts of the last 24 hours: the
quarter in which those begin counts whole, so that a cap may bind a few minutes early and never too
late. The newest 4,096 pairs of item and quarter are kept, some 200 answers without a repeat.

Reads: exposures in the journal.  Writes: a vault.
Not here: how a view follows the journal (store.account_view), the caps (rules).
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from settee.store.account_view import AccountView
from settee.store.errors import StoreDamaged
from settee.store.journal import Entry
from settee.store.merging import unreadable
from settee.store.stable_numbers import Numbers
from settee.store.vault import Vault
from settee.store.vault_sqlite import SqliteVault, vault_layout

EXPOSURE_KIND = "exposure"
"""Kind of a journal record that holds an answer of our own."""
BUCKET_S = 900
"""Seconds in which showings of an item are counted together."""
SHOWN_DTYPE = np.dtype([("item_no", "<u4"), ("bucket", "<u4"), ("times", "<u4")])
"""One item in one quarter of an hour, counted from 1970."""
SHOWN_LAYOUT = vault_layout("view of what was shown", 0x5E77EE05)

Showings = NDArray[np.void]
"""Rows of SHOWN_DTYPE, oldest first, ties by item."""
_Row = tuple[int, int, int]


class _Item(msgspec.Struct):
    item_id: str


class _Exposure(msgspec.Struct):
    items: list[_Item] = []


_decoder = msgspec.json.Decoder(_Exposure)
_NOTHING: Showings = np.empty(0, SHOWN_DTYPE)
_NOTHING.setflags(write=False)


class _ShowingsForm:
    """Showings are counts by item and quarter; the newest stay."""

    empty = _NOTHING

    def __init__(self, max_rows: int) -> None:
        self._max_rows = max_rows

    def take(
        self, entries: Sequence[Entry], item_nos: Callable[[Sequence[str]], list[int]]
    ) -> list[tuple[Entry, list[_Row]]]:
        told = [(one, _shown_in(one)) for one in entries if one.record.kind == EXPOSURE_KIND]
        numbers = iter(item_nos([item_id for _, ids in told for item_id in ids]))
        taken = []
        for entry, ids in told:
            bucket = max(entry.record.at_us // 1_000_000 // BUCKET_S, 0)
            taken.append((entry, [(next(numbers), bucket, 1) for _ in ids]))
        return taken

    def add(self, state: Showings, rows: Sequence[_Row]) -> Showings:
        return self.join(state, np.array(rows, SHOWN_DTYPE))

    def join(self, state: Showings, other: Showings) -> Showings:
        both = np.concatenate([state, other])
        key = both["bucket"].astype(np.uint64) << np.uint64(32) | both["item_no"]
        # Sorted by quarter, then item. What was dropped once has newer rows enough behind it, so
        # nothing that is dropped would ever be needed again, in whatever order it comes.
        _, first, place = np.unique(key, return_index=True, return_inverse=True)
        times = np.bincount(place, weights=both["times"], minlength=len(first))
        counted = both[first]
        counted["times"] = times
        counted = counted[-self._max_rows :].copy()
        counted.setflags(write=False)
        return counted

    def renumber(self, state: Showings, swap: Callable[[Numbers], Numbers]) -> Showings:
        other = state.copy()
        other["item_no"] = swap(state["item_no"])
        return self.join(_NOTHING, other)

    def size(self, state: Showings) -> int:
        return state.nbytes

    def to_bytes(self, state: Showings) -> bytes:
        return state.tobytes()

    def from_bytes(self, account_id: str, raw: bytes) -> Showings:
        if len(raw) % SHOWN_DTYPE.itemsize:
            raise StoreDamaged(
                f'what was shown to "{account_id}" has {len(raw)} bytes; a multiple of '
                f"{SHOWN_DTYPE.itemsize} is expected.",
                hint="Delete shown.db, or what Redis holds; it is a view and is built again.",
            )
        return np.frombuffer(raw, dtype=SHOWN_DTYPE)[-self._max_rows :]


class Shown(AccountView[Showings, _Row]):
    """The view "what was shown to each account"; any threads and processes may use it.

    Args:
        where: A file, made when missing, that may be deleted to start anew; or another vault.
        max_rows: Newest pairs of item and quarter of an hour kept an account.
        max_cached_bytes: Memory for what was asked for lately (speed only).

    Raises:
        SetteeError: If the vault cannot be used; see `store.errors`.
    """

    def __init__(
        self,
        where: Path | Vault,
        max_rows: int = 4096,
        *,
        max_cached_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        vault = SqliteVault(where, SHOWN_LAYOUT) if isinstance(where, Path) else where
        super().__init__(vault, _ShowingsForm(max_rows), max_cached_bytes=max_cached_bytes)

    def counts(self, account_id: str, since_s: int) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """How often items were shown to an account since an instant.

        Args:
            account_id: Any id.
            since_s: Epoch seconds; the quarter of an hour that it lies in counts whole.

        Returns:
            (n,) numbers of the items, sorted, positions in `item_ids`; (n,) how often, at least 1.
        """
        rows = self.get(account_id)
        recent = rows[rows["bucket"] >= max(since_s // BUCKET_S, 0)]
        item_no, place = np.unique(recent["item_no"], return_inverse=True)
        times = np.bincount(place, weights=recent["times"], minlength=len(item_no))
        return item_no, times.astype(np.int64)

    def item_ids(self) -> list[str]:
        """Ids of all items that have a number; the position is the number."""
        return self._numbers.ids()


def _shown_in(entry: Entry) -> list[str]:
    try:
        return [item.item_id for item in _decoder.decode(entry.record.body).items]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(entry, error) from None
