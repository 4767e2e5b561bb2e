"""Keep what decides whether somebody may be addressed: their word, contacts of late, purchases.

A fact {"consent": {"email": true}, "child": false} of an account, or of one person in it, holds
until the next word on the same thing. Touches are counted by account, channel and day in UTC: "at
most 3 in 7 days" counts the day in which those begin whole, so that a cap may bind some hours early
and never late. Offset and rows change in one transaction, so a crash counts nothing twice.

Reads: journal entries, imported segments.  Writes: one SQLite file.
Source: Kleppmann (2017), "Designing Data-Intensive Applications", ch. 11 (state from logs).
Not here: what is made of it for an audience (audiences.guard), the facts (events.consenting).
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from sqlite3 import Connection
from typing import Any, NamedTuple

import msgspec

from settee.store.closing import Closing
from settee.store.contact_columns import Contacts, contacts_of
from settee.store.errors import plain_errors
from settee.store.journal import Entry
from settee.store.merging import is_merge, merged_from, unreadable
from settee.store.sqlite import Layout, open_file, writing

CONTACT_KIND = "contact"
"""Kind of a journal record that says what an account may be contacted for."""
CHILD = "child"
"""What a word is about that says whether somebody is a child."""
CONSENT = "consent."
"""Begin of what a word on a channel is about; the channel follows, * for all."""
BOUGHT_KINDS = ("purchase", "convert")
TOUCH_KIND = "touch"
_DAY_S = 86_400
_PROFILE = b'"profile_id"'
_PICKED = (
    "CREATE TABLE picked (account_id TEXT NOT NULL, profile_id TEXT NOT NULL,"
    " number INTEGER NOT NULL, PRIMARY KEY (account_id, profile_id)) STRICT, WITHOUT ROWID",
    "CREATE INDEX picked_by_number ON picked (number)",
)
_LAYOUT = Layout(
    name="view of contacts",
    application_id=0x5E77EE0A,
    version=2,
    statements=(
        "CREATE TABLE said (account_id TEXT NOT NULL, person_id TEXT NOT NULL, about TEXT NOT NULL,"
        " at_us INTEGER NOT NULL, number INTEGER NOT NULL, is_so INTEGER NOT NULL,"
        " PRIMARY KEY (account_id, person_id, about)) STRICT, WITHOUT ROWID",
        "CREATE INDEX said_by_number ON said (number)",
        "CREATE TABLE touches (account_id TEXT NOT NULL, channel TEXT NOT NULL,"
        " day INTEGER NOT NULL, n INTEGER NOT NULL,"
        " PRIMARY KEY (account_id, channel, day)) STRICT, WITHOUT ROWID",
        "CREATE TABLE bought (account_id TEXT PRIMARY KEY, at_s INTEGER NOT NULL)"
        " STRICT, WITHOUT ROWID",
        *_PICKED,
        "CREATE TABLE merges (account_id TEXT PRIMARY KEY, into_id TEXT NOT NULL) STRICT",
        "CREATE TABLE segments (segment_id TEXT PRIMARY KEY) STRICT",
        # One row: the journal is folded up to `journal_offset`; `version` rises with what changes.
        "CREATE TABLE mark (journal_offset INTEGER NOT NULL, version INTEGER NOT NULL) STRICT",
        "INSERT INTO mark VALUES (0, 0)",
    ),
)
_SAY = (
    "INSERT INTO said VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET at_us = excluded.at_us, "
    "number = excluded.number, is_so = excluded.is_so "
    "WHERE (excluded.at_us, excluded.number) >= (at_us, number)"
)
_TOUCH = "INSERT INTO touches VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"
_BUY = "INSERT INTO bought VALUES (?, ?) ON CONFLICT DO UPDATE SET at_s = max(at_s, excluded.at_s)"
_MOVES = (
    "INSERT INTO said SELECT ?, person_id, about, at_us, number, is_so FROM said "
    "WHERE account_id = ? ON CONFLICT DO UPDATE SET at_us = excluded.at_us, "
    "number = excluded.number, is_so = excluded.is_so "
    "WHERE (excluded.at_us, excluded.number) > (at_us, number)",
    "INSERT INTO touches SELECT ?, channel, day, n FROM touches WHERE account_id = ? "
    "ON CONFLICT DO UPDATE SET n = n + excluded.n",
    "INSERT INTO bought SELECT ?, at_s FROM bought WHERE account_id = ? "
    "ON CONFLICT DO UPDATE SET at_s = max(at_s, excluded.at_s)",
    "INSERT OR IGNORE INTO picked SELECT ?, profile_id, number FROM picked WHERE account_id = ?",
)
_PICK = "INSERT OR IGNORE INTO picked VALUES (?, ?, ?)"
_TABLES = ("said", "touches", "bought", "picked")


class PastEvent(NamedTuple):
    """One touch, purchase or conversion of an imported segment.

    Args:
        account_id: Whose.
        kind: ``touch``, ``purchase`` or ``convert``; others say nothing but their profile.
        at_s: Epoch seconds.
        channel: Of a touch, "" where it names none.
        profile_id: The profile that was picked, "" for none.
    """

    account_id: str
    kind: str
    at_s: int
    channel: str = ""
    profile_id: str = ""


class _Fact(msgspec.Struct):
    person_id: str | None = None
    consent: dict[str, bool] = {}
    child: bool | None = None
    channel: str = ""
    profile_id: str | None = None


_decoder = msgspec.json.Decoder(_Fact)


class ContactView(Closing):
    """Who may be addressed, as the record says; any threads and processes may use it.

    Args:
        path: A file, made when missing, that may be deleted to start anew.

    Raises:
        SetteeError: If the file cannot be used; see `store.errors`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = open_file(path, _LAYOUT)
        self._lock = threading.RLock()
        self._known: tuple[int, Contacts] | None = None
        self._renew()

    def _renew(self) -> None:
        """Begin anew where an earlier settee laid the file: it did not keep profiles."""
        with self._lock, plain_errors(self._path), writing(self._connection):
            if self._connection.execute("PRAGMA user_version").fetchone()[0] == _LAYOUT.version:
                return
            for statement in _PICKED:
                self._connection.execute(statement)
            self._empty()
            self._connection.execute(f"PRAGMA user_version = {_LAYOUT.version}")

    def apply(self, entries: Sequence[Entry]) -> int:
        """Fold entries of the journal that follow `offset()`, in order and without gaps.

        Returns:
            How many of them say something to this view.

        Raises:
            StoreDamaged: If an entry is not what settee journals.
        """
        if not entries:
            return 0
        with self._lock, plain_errors(self._path), writing(self._connection):
            folded = self._mark()[0]
            taken = [self._take(entry) for entry in entries if entry.offset > folded]
            self._connection.execute(
                "UPDATE mark SET journal_offset = max(journal_offset, ?), version = version + ?",
                (entries[-1].offset, int(any(taken))),
            )
        return sum(taken)

    def load_segment(self, segment_id: str, events: Iterable[PastEvent]) -> None:
        """Fold an imported segment, whole or not at all; one that was loaded changes nothing.

        Args:
            segment_id: Names the segment.
            events: Its touches and purchases.
        """
        with self._lock, plain_errors(self._path), writing(self._connection):
            done = "SELECT 1 FROM segments WHERE segment_id = ?"
            if self._connection.execute(done, (segment_id,)).fetchone():
                return
            for event in events:
                root = self._root(event.account_id)
                self._happened(root, event.kind, event.at_s, event.channel)
                if event.profile_id:
                    self._connection.execute(_PICK, (root, event.profile_id, 0))
            self._connection.execute("INSERT INTO segments VALUES (?)", (segment_id,))
            self._connection.execute("UPDATE mark SET version = version + 1")

    def has_segment(self, segment_id: str) -> bool:
        """Was the segment loaded?"""
        with self._lock, plain_errors(self._path):
            query = "SELECT 1 FROM segments WHERE segment_id = ?"
            return self._connection.execute(query, (segment_id,)).fetchone() is not None

    def offset(self) -> int:
        """Offset of the last journal entry that was folded."""
        with self._lock, plain_errors(self._path):
            return self._mark()[0]

    def version(self) -> int:
        """Rises whenever what is known changes; cheap to ask."""
        with self._lock, plain_errors(self._path):
            return self._mark()[1]

    def said(self, account_id: str) -> dict[str, dict[str, bool]]:
        """What was said of an account and its persons: by person, "" for all, what and whether.

        Args:
            account_id: Whose.

        Returns:
            Such as ``{"": {"consent.email": True}, "p1": {"child": True}}``.
        """
        query = "SELECT person_id, about, is_so FROM said WHERE account_id = ?"
        words: dict[str, dict[str, bool]] = {}
        with self._lock, plain_errors(self._path):
            rows = self._connection.execute(query, (self._root(account_id),)).fetchall()
        for person_id, about, is_so in rows:
            words.setdefault(person_id, {})[about] = bool(is_so)
        return words

    def said_since(self, offset: int) -> tuple[int, frozenset[str]]:
        """Accounts that said something or picked a new profile behind an offset, and that of now.

        Args:
            offset: Of the journal.
        """
        query = "SELECT account_id FROM said WHERE number > ?"
        with self._lock, plain_errors(self._path):
            now = self._mark()[0]
            found = {row[0] for row in self._connection.execute(query, (offset,))}
            picked = "SELECT account_id FROM picked WHERE number > ?"
            found |= {row[0] for row in self._connection.execute(picked, (offset,))}
            # Of merges there are few, and those who were joined count as news each time.
            joined = {one for pair in self._rows("SELECT * FROM merges") for one in pair}
        return now, frozenset(found | joined)

    def contacts_of(self, account_ids: Sequence[str]) -> Contacts:
        """What was said of a few accounts, as columns; their touches and purchases are not in it.

        Args:
            account_ids: Whose.
        """
        query = "SELECT account_id, person_id, about, is_so FROM said WHERE account_id = ?"
        with self._lock, plain_errors(self._path):
            roots = sorted({self._root(one) for one in account_ids})
            said = [row for root in roots for row in self._connection.execute(query, (root,))]
            merges = dict(self._rows("SELECT account_id, into_id FROM merges"))
            return contacts_of(self._mark()[1], said, [], [], merges)

    def profiled(
        self, matches: Callable[[str], bool], account_ids: Sequence[str] | None = None
    ) -> dict[str, bool]:
        """Accounts that picked a profile of a kind, and whether they picked no other.

        Args:
            matches: Is a profile of that kind, by its id?
            account_ids: Of these alone; None of all.

        Returns:
            By account; one that was merged is not in it, but the one that it is a part of.
        """
        every = "SELECT account_id, profile_id FROM picked ORDER BY account_id"
        one = "SELECT account_id, profile_id FROM picked WHERE account_id = ?"
        with self._lock, plain_errors(self._path):
            if account_ids is None:
                rows = self._connection.execute(every)
                return _only(rows, matches)
            roots = sorted({self._root(name) for name in account_ids})
            few = (row for root in roots for row in self._connection.execute(one, (root,)))
            return _only(few, matches)

    def contacts(self) -> Contacts:
        """All that is known as columns; the same object while nothing changes."""
        with self._lock, plain_errors(self._path):
            version = self._mark()[1]
            if self._known is None or self._known[0] != version:
                self._known = (
                    version,
                    contacts_of(
                        version,
                        self._rows("SELECT account_id, person_id, about, is_so FROM said"),
                        self._rows("SELECT account_id, channel, day, n FROM touches"),
                        self._rows("SELECT account_id, at_s FROM bought"),
                        dict(self._rows("SELECT account_id, into_id FROM merges")),
                    ),
                )
            return self._known[1]

    def clear(self) -> None:
        """Drop all that is there, as where the journal is another one than it was."""
        with self._lock, plain_errors(self._path), writing(self._connection):
            self._empty()

    def _empty(self) -> None:
        for table in (*_TABLES, "merges", "segments"):
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 -- names are above
        self._connection.execute("UPDATE mark SET journal_offset = 0, version = version + 1")

    def close(self) -> None:
        """Let the file go; closing twice is harmless."""
        with self._lock:
            self._connection.close()

    def _take(self, entry: Entry) -> bool:
        record = entry.record
        if is_merge(entry):
            return self._join(merged_from(entry), record.account_id)
        is_kept = record.kind in (CONTACT_KIND, TOUCH_KIND, *BOUGHT_KINDS)
        if not is_kept and _PROFILE not in record.body:
            return False
        try:
            fact = _decoder.decode(record.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise unreadable(entry, error) from None
        root = self._root(record.account_id)
        is_new = False
        if fact.profile_id:
            picked = self._connection.execute(_PICK, (root, fact.profile_id, entry.offset))
            is_new = picked.rowcount > 0
        if not is_kept:
            return is_new
        if record.kind == CONTACT_KIND:
            words = {CONSENT + channel: is_so for channel, is_so in fact.consent.items()}
            if fact.child is not None:
                words[CHILD] = fact.child
            when = record.at_us, entry.offset
            person = fact.person_id or ""
            self._connection.executemany(
                _SAY, [(root, person, about, *when, is_so) for about, is_so in words.items()]
            )
        else:
            self._happened(root, record.kind, record.at_us // 1_000_000, fact.channel)
        return True

    def _happened(self, account_id: str, kind: str, at_s: int, channel: str) -> None:
        if kind == TOUCH_KIND:
            self._connection.execute(_TOUCH, (account_id, channel, at_s // _DAY_S, 1))
        elif kind in BOUGHT_KINDS:
            self._connection.execute(_BUY, (account_id, at_s))

    def _join(self, gone: str, into: str) -> bool:
        into = self._root(into)
        if gone == into or self._root(gone) != gone:
            return False  # of two merges that crossed, the second is passed over
        for move in _MOVES:
            self._connection.execute(move, (into, gone))
        for table in _TABLES:
            self._connection.execute(
                f"DELETE FROM {table} WHERE account_id = ?",  # noqa: S608 -- names are above
                (gone,),
            )
        self._connection.execute("INSERT INTO merges VALUES (?, ?)", (gone, into))
        return True

    def _root(self, account_id: str) -> str:
        return _root_in(self._connection, account_id)

    def _mark(self) -> tuple[int, int]:
        offset, version = self._connection.execute("SELECT * FROM mark").fetchone()
        return offset, version

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()


def _only(rows: Iterable[Sequence[Any]], matches: Callable[[str], bool]) -> dict[str, bool]:
    """Of rows of account and profile, account by account: who has a match, and no other."""
    is_match = lru_cache(maxsize=10_000)(matches)
    found: dict[str, bool] = {}
    for account_id, own in groupby(rows, itemgetter(0)):
        hits = [is_match(row[1]) for row in own]
        if any(hits):
            found[account_id] = all(hits)
    return found


def _root_in(connection: Connection, account_id: str) -> str:
    query = "SELECT into_id FROM merges WHERE account_id = ?"
    while row := connection.execute(query, (account_id,)).fetchone():
        account_id = row[0]
    return account_id
