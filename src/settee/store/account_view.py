"""Fold the journal into one state an account, ready for the next answer.

State and offset change together in the vault, so a crash counts nothing twice. Between two flushes,
entries that were folded wait in memory and are already seen by `get`.

Several processes fold the same journal into the same vault. Each state in memory knows the offset
up to which it is complete, and so does the vault: if that is complete up to 200 because another
process was faster, our own waiting entries up to 200 are dropped instead of being counted again.

Where an account was merged into another, the state moves at once and later entries follow.
Reads: journal entries.  Writes: a vault.
Source: Kleppmann (2017), "Designing Data-Intensive Applications", ch. 11 (state from logs).
Not here: what a state is (store.account_form), where it lies (store.vault).
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Generic, NamedTuple

from settee.store.account_form import Form, R, S
from settee.store.closing import Closing
from settee.store.errors import VaultAway, VaultLost
from settee.store.journal import Entry
from settee.store.merging import is_merge, merged_from
from settee.store.stable_numbers import StableNumbers
from settee.store.vault import Change, Mark, Vault

MAX_WAITING = 10_000  # rows in memory before they are written without being asked
_LOOKS = 1000  # at one account, while others change it
_ENTRY_BYTES = 300  # of an account in the cache beside its state


class _Cached(NamedTuple, Generic[S]):
    state: S
    offset: int  # the state holds every entry of the journal up to here
    size: int


class _Waiting(NamedTuple, Generic[R]):
    offset: int
    rows: list[R]


class AccountView(Closing, Generic[S, R]):
    """A view with one state an account; any threads and processes may use it.

    Args:
        vault: Where the states lie; closed with the view.
        form: What a state is.
        max_cached_bytes: Memory for states that were asked for lately (speed only).

    Raises:
        SetteeError: If the vault cannot be used; see `store.errors`. Every method may raise
            StoreBusy, DiskFull, StoreDamaged, StoreUnavailable and, after `close`, StoreClosed.
    """

    def __init__(
        self, vault: Vault, form: Form[S, R], *, max_cached_bytes: int = 128 * 1024 * 1024
    ) -> None:
        self._vault = vault
        self._form = form
        self._numbers = StableNumbers(vault)
        self._max_cached_bytes = max_cached_bytes
        # Who needs both locks takes _writing first. Nobody waits for the vault while holding
        # _state, so `get` of what is cached never waits for an import that is under way.
        self._writing = threading.RLock()
        self._state = threading.Lock()
        self._cache: OrderedDict[str, _Cached[S]] = OrderedDict()
        self._n_cached_bytes = 0
        self._waiting: dict[str, list[_Waiting[R]]] = {}
        self._n_waiting = 0
        self._into: dict[str, str] = {}
        self._mark = vault.mark()._replace(n_merges=0)
        self._offset = self._mark.offset
        self._goal = self._mark  # what a vault that was lost must reach before it can be trusted
        self._away: VaultAway | None = None
        self._is_closed = False
        self.restore: Callable[[], None] = _nothing
        """Brings back what does not come from the journal, once the vault was lost."""
        self._look()

    def get(self, account_id: str) -> S:
        """The state of an account as far as entries were applied; an empty one when unknown.

        While nothing changes and the state stays cached, the very same object is given, so that
        what was derived from it can be kept beside it.
        """
        for _ in range(_LOOKS):
            with self._state:
                if self._away is not None:
                    raise self._away
                root = self._root(account_id)
                waiting = self._waiting.get(root, [])
                cached = self._cache.get(root)
                if cached is not None:
                    if not waiting or waiting[-1].offset <= cached.offset:
                        self._cache.move_to_end(root)
                        return cached.state
                    return self._remember(root, cached.state, cached.offset, waiting)
            self._check_whole()
            found = self._vault.get(root)
            state = self._decoded(root, found.raw)
            if self._is_news(found.mark):
                self._look()
            with self._state:
                known = self._mark
                is_current = (
                    found.mark.offset >= known.offset
                    and found.mark[1:] == known[1:]
                    and root == self._root(account_id)
                )
                if is_current:
                    waiting = self._waiting.get(root, [])
                    return self._remember(root, state, found.mark.offset, waiting)
        raise VaultLost(
            f"{self._vault.name}: what was kept there went back behind what is known here.",
            hint="Try again in a second.",
        )

    def apply(self, entries: Sequence[Entry]) -> int:
        """Fold journal entries; those folded before, by offset, change nothing.

        The tail of the journal is to be applied in order and without gaps, starting after
        `offset()`, by one thread. Entries that say nothing to this view are passed over. A call
        without entries looks for what other processes loaded and merged.

        Returns:
            How many entries went into a state.

        Raises:
            StoreDamaged: If an entry is not what settee journals.
        """
        try:
            n_folded = self._applied(entries)
        except VaultAway as error:
            self._away = error  # nobody may be told what was known before it went away
            raise
        self._away = None
        return n_folded

    def _applied(self, entries: Sequence[Entry]) -> int:
        try:
            return self._apply(entries)
        except VaultLost:
            self._restart()
            return 0

    def _apply(self, entries: Sequence[Entry]) -> int:
        self._look()
        if self._mark.n_loads < self._goal.n_loads:
            self.restore()
        after = self._offset
        fresh = [entry for entry in entries if entry.offset > after]
        n_folded = 0
        for is_merging, some in groupby(fresh, is_merge):
            part = list(some)
            if is_merging:
                for entry in part:
                    self._join(entry)
            else:
                n_folded += self._take(part)
        if self._n_waiting >= MAX_WAITING:
            self.flush()
        return n_folded

    def flush(self) -> None:
        """Write what was folded, and up to where, in one change of the vault."""
        with self._writing:
            if self._look().offset >= self._offset:
                self._settle(self._offset, {})
                return
            upto, merged = self._vault.change(self._write)
            self._settle(upto, merged)

    def offset(self) -> int:
        """Offset of the last journal entry that was folded here; apply what comes after it."""
        return self._offset

    def n_accounts(self) -> int:
        """How many accounts the vault holds; `flush` first to count the very latest."""
        return self._vault.n_accounts()

    def account_ids(self, limit: int, offset: int = 0, begins: str = "") -> list[str]:
        """Ids of accounts that the vault holds, sorted; `flush` first to see the very latest.

        Args:
            limit: Most ids to give.
            offset: How many to pass over first.
            begins: Only ids that begin so.
        """
        return self._vault.account_ids(max(limit, 0), max(offset, 0), begins)

    def root(self, account_id: str) -> str:
        """The account that this one was merged into, or the account itself."""
        with self._state:
            return self._root(account_id)

    def close(self) -> None:
        """Write what was folded, then let the vault go; closing twice is harmless."""
        with self._writing:
            if self._is_closed:
                return
            try:
                with suppress(VaultAway):  # it is a view: what was not written is folded again
                    self.flush()
            finally:
                with self._state:
                    self._is_closed = True
                    self._forget_all()
                self._vault.close()

    # -- folding -------------------------------------------------------------------------------

    def _take(self, entries: Sequence[Entry]) -> int:
        taken = self._form.take(entries, self._numbers.nos)
        n_folded = 0
        with self._state:
            for entry, rows in taken:
                if rows and entry.offset > self._offset:  # otherwise another thread was faster
                    waiting = self._waiting.setdefault(self._root(entry.record.account_id), [])
                    waiting.append(_Waiting(entry.offset, rows))
                    self._n_waiting += len(rows)
                    n_folded += 1
            self._offset = max(self._offset, entries[-1].offset)
        return n_folded

    def _join(self, entry: Entry) -> None:
        """Make one account a part of another; what came before is written first."""
        with self._writing:
            self.flush()

            def work(change: Change) -> None:
                if change.offset >= entry.offset:
                    return  # another process was faster
                gone, into = merged_from(entry), change.root(entry.record.account_id)
                # Of two merges that crossed, the second is passed over, in every replay the same.
                if gone != into and change.root(gone) == gone:
                    stored = change.stored([gone, into])
                    if gone in stored:
                        state = self._form.join(
                            self._decoded(into, stored.get(into)),
                            self._decoded(gone, stored[gone]),
                        )
                        change.put({into: self._encoded(state)})
                    change.merge(gone, into)
                change.move_to(entry.offset)

            self._vault.change(work)
            self._look()
            with self._state:
                self._offset = max(self._offset, entry.offset)
            self._settle(entry.offset, {})

    def _write(self, change: Change) -> tuple[int, dict[str, S]]:
        with self._state:
            upto = self._offset
            waiting = {name: list(some) for name, some in self._waiting.items()}
        merged: dict[str, S] = {}
        if change.offset < upto:  # otherwise another process has folded all of it already
            fresh = {name: _rows_after(some, change.offset) for name, some in waiting.items()}
            fresh = {name: rows for name, rows in fresh.items() if rows}
            stored = change.stored(list(fresh))
            for name, rows in fresh.items():
                merged[name] = self._form.add(self._decoded(name, stored.get(name)), rows)
            change.put({name: self._encoded(state) for name, state in merged.items()})
            change.move_to(upto)
        return upto, merged

    def _settle(self, upto: int, merged: Mapping[str, S]) -> None:
        """Entries up to `upto` are in the vault: let go of those that wait for it in memory."""
        with self._state:
            self._mark = self._mark._replace(offset=max(self._mark.offset, upto))
            for name, waiting in list(self._waiting.items()):
                written = [one.offset for one in waiting if one.offset <= upto]
                if not written:
                    continue
                left = waiting[len(written) :]  # applied while the vault was being written
                if left:
                    self._waiting[name] = left
                else:
                    del self._waiting[name]
                cached = self._cache.get(name)
                if cached is not None and cached.offset < written[-1]:
                    self._forget(name)
                    if name in merged:
                        self._remember(name, merged[name], upto, left)
            self._n_waiting = sum(len(one.rows) for some in self._waiting.values() for one in some)

    # -- what other processes did --------------------------------------------------------------

    def _is_news(self, mark: Mark) -> bool:
        return mark[1:] != self._mark[1:]

    def _look(self) -> Mark:
        """See what was loaded and merged, here or by another process; how far the vault is."""
        mark = self._vault.mark()
        if not self._is_news(mark):
            return mark
        merges = self._vault.merges(self._mark.n_merges)
        with self._state:
            known = self._mark
            if mark.n_loads > known.n_loads:
                self._forget_all()
            for merge in merges:
                self._into[merge.account_id] = merge.into
                self._forget(merge.account_id)
                self._forget(self._root(merge.into))
            n_merges = max([known.n_merges, *(merge.number for merge in merges)])
            n_loads = max(known.n_loads, mark.n_loads)
            self._mark = known._replace(n_loads=n_loads, n_merges=n_merges)
        return mark

    def _restart(self) -> None:
        """Begin where the vault is now; what was known here beyond that is folded again."""
        with self._writing:
            self._vault.renew()
            mark = self._vault.mark()
            with self._state:
                known = self._mark
                self._goal = self._goal._replace(
                    offset=max(self._goal.offset, self._offset),
                    n_loads=max(self._goal.n_loads, known.n_loads),
                )
                self._numbers.restart()
                self._forget_all()
                self._waiting.clear()
                self._n_waiting = 0
                self._offset = mark.offset
                self._mark = mark._replace(n_merges=0)
                self._away = None
            self._look()

    def _check_whole(self) -> None:
        """A vault that was lost holds less than the record until it is built again.

        Raises:
            VaultLost: If it does.
        """
        goal, mark = self._goal, self._mark
        if self._offset < goal.offset or mark.n_loads < goal.n_loads:
            raise VaultLost(
                f"{self._vault.name}: what was kept there was lost and is built anew; "
                f"{self._offset:,} of {goal.offset:,} entries of the journal are in.",
                hint="Try again in a few seconds.",
            )

    def _root(self, account_id: str) -> str:
        while (into := self._into.get(account_id)) is not None:
            account_id = into
        return account_id

    # -- the cache -----------------------------------------------------------------------------

    def _decoded(self, account_id: str, raw: bytes | None) -> S:
        if raw is None:
            return self._form.empty
        state = self._form.from_bytes(account_id, raw)
        if self._numbers.is_own:
            state = self._form.renumber(state, self._numbers.to_ours)
        return state

    def _encoded(self, state: S) -> bytes:
        if self._numbers.is_own:
            state = self._form.renumber(state, self._numbers.to_theirs)
        return self._form.to_bytes(state)

    def _remember(
        self, account_id: str, state: S, offset: int, waiting: Sequence[_Waiting[R]]
    ) -> S:
        """Keep a state of the vault at `offset`, with what waits for it; the state it is then."""
        self._forget(account_id)
        rows = _rows_after(waiting, offset)
        if rows:
            state = self._form.add(state, rows)
        size = self._form.size(state) + _ENTRY_BYTES
        self._cache[account_id] = _Cached(state, max(offset, self._offset), size)
        self._n_cached_bytes += size
        while self._n_cached_bytes > self._max_cached_bytes:
            self._forget(next(iter(self._cache)))
        return state

    def _forget(self, account_id: str) -> None:
        cached = self._cache.pop(account_id, None)
        if cached is not None:
            self._n_cached_bytes -= cached.size

    def _forget_all(self) -> None:
        self._cache.clear()
        self._n_cached_bytes = 0


def _rows_after(waiting: Sequence[_Waiting[R]], offset: int) -> list[R]:
    return [row for one in waiting if one.offset > offset for row in one.rows]


def _nothing() -> None:
    """There is nothing to bring back."""
