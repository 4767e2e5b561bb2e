"""Give every item a small number that it keeps, in the order in which items are first used.

Profiles hold millions of item references; a number of 4 bytes stands for an id of up to 128
characters. Numbers start at 0 and have no gaps: the first two items are 0 and 1 in every process.

Reads / Writes: the table `items` of the profiles' file.
Not here: numbers that a model uses (events.record); those belong to one model only.
"""

import sqlite3
from collections.abc import Iterable

_READ = "SELECT item_id, item_no FROM items WHERE item_no >= ? ORDER BY item_no"
_INSERT = "INSERT INTO items (item_no, item_id) VALUES (?, ?)"


class ItemNumbers:
    """The numbers as far as this process knows them; others may add more at any time."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}  # committed, so every thread may use them
        self._fresh: dict[str, int] = {}  # given in the write transaction that is open now

    def known(self, item_ids: Iterable[str]) -> list[int] | None:
        """Numbers of `item_ids`, or None when one of them is unknown here."""
        try:
            return [self._known[item_id] for item_id in item_ids]
        except KeyError:
            return None

    def ids(self) -> list[str]:
        """Ids by number, as far as they are known here."""
        return list(self._known)

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Read what others added; what the connection's own transaction added is left aside."""
        # Two threads may do this at once: both set the same numbers, in the same order.
        self._known.update(connection.execute(_READ, (len(self._known),)).fetchall())

    def assign(self, connection: sqlite3.Connection, item_ids: Iterable[str]) -> list[int]:
        """Numbers of `item_ids`, new ones where needed, inside an open write transaction.

        The caller ends the transaction, and then calls `keep` or `forget`.
        """
        if not self._fresh:
            self.refresh(connection)
        numbers = []
        for item_id in item_ids:
            number = self._known.get(item_id, self._fresh.get(item_id))
            if number is None:
                number = len(self._known) + len(self._fresh)
                connection.execute(_INSERT, (number, item_id))
                self._fresh[item_id] = number
            numbers.append(number)
        return numbers

    def keep(self) -> None:
        """The transaction was committed: its numbers are everybody's."""
        self._known.update(self._fresh)
        self._fresh.clear()

    def forget(self) -> None:
        """The transaction was rolled back: its numbers were never given."""
        self._fresh.clear()
