"""Put rows of many accounts down on disk for a moment, so that they are all there or none.

Reads: accounts with their rows.  Writes: one temporary file, gone at the end.
Not here: who needs them (store.vault_redis).
"""

import struct
import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from settee.store.closing import Closing
from settee.store.vault import Joined

_SIZES = struct.Struct("<II")


class Spool(Closing):
    """Accounts with the bytes of their rows, each account once, in the order in which they came.

    Args:
        parts: Accounts with bytes; those of one account stand together.
        joined: Adds bytes to those of the same account.
    """

    def __init__(self, parts: Iterable[tuple[str, bytes]], joined: Joined) -> None:
        self.n_accounts = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by `close`
        try:
            for account_id, some in groupby(parts, key=itemgetter(0)):
                rows: bytes | None = None
                for _, more in some:
                    rows = joined(rows, more)
                name = account_id.encode()
                self._file.write(_SIZES.pack(len(name), len(rows or b"")))
                self._file.write(name + (rows or b""))
                self.n_accounts += 1
        except BaseException:
            self.close()
            raise

    def groups(self, size: int) -> Iterator[list[tuple[str, bytes]]]:
        """All of it, `size` accounts at a time."""
        self._file.seek(0)
        group = []
        while head := self._file.read(_SIZES.size):
            n_name, n_rows = _SIZES.unpack(head)
            group.append((self._file.read(n_name).decode(), self._file.read(n_rows)))
            if len(group) == size:
                yield group
                group = []
        if group:
            yield group

    def close(self) -> None:
        """Let the file go; closing twice is harmless."""
        self._file.close()
