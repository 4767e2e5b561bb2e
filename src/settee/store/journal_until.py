"""Read the journal as it was at an offset, to compute once more what was computed then.

With the limit at 40 the entry 41 is not there yet; moved to 41, it is. Nothing can be stored.

Reads: the journal.  Writes: nothing.
Not here: what is computed once more (respond.replayed).
"""

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

from settee.core import Conflict, JournalSettings
from settee.store.journal import Appended, Entry, Journal, Record


class ReadOnly(Conflict):
    """Nothing can be stored in the past."""

    code = "read_only"


class JournalUntil(Journal):
    """The journal up to an offset, at first 0.

    Args:
        path: The file of the journal.
        settings: As the journal's own.

    Raises:
        SetteeError: If the file cannot be used; see `store.errors`.
    """

    def __init__(self, path: Path, settings: JournalSettings) -> None:
        super().__init__(path, settings)
        self._until = 0

    def move_to(self, offset: int) -> None:
        """Let entries up to `offset` be there."""
        self._until = offset

    def read(self, after: int, limit: int) -> list[Entry]:
        """Entries after `after`, as far as they are there already."""
        return [one for one in super().read(after, limit) if one.offset <= self._until]

    def last_offset(self) -> int:
        """Offset of the newest entry that is there already."""
        return min(super().last_offset(), self._until)

    def submit(self, records: Sequence[Record]) -> Future[Appended]:
        """Refuse.

        Raises:
            ReadOnly: Always.
        """
        raise ReadOnly(f"{len(records)} records for a journal that is only read; none was stored.")
