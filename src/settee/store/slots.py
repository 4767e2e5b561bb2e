"""Share a few thousand whole numbers between processes, at the price of a memory access.

Counting each request of a key in a database would take a write each time. Here a counter is eight
bytes of a file that every worker maps into its memory: what one writes, all see at once, and the
kernel brings it to disk by and by. Two workers that write one number in the same microsecond may
lose one of the two writes: bench/speed/access.py says how many, far below one in a hundred.
After a power cut the last half minute may be missing; after a crash of the process nothing is.

Reads / Writes: one file of 8 bytes a number.
Source: mmap(2), MAP_SHARED.
Not here: what the numbers mean (govern.limits).
"""

import mmap
import os
from pathlib import Path

from settee.store.closing import Closing
from settee.store.errors import plain_errors

_BYTES = 8


class Slots(Closing):
    """An array of 64-bit numbers, all 0 at first, that processes share.

    Args:
        path: The file; made when missing, and grown when shorter.
        n: How many numbers.

    Raises:
        SetteeError: If the file cannot be used; see `store.errors`.
    """

    def __init__(self, path: Path, n: int) -> None:
        with plain_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if os.fstat(file).st_size < n * _BYTES:
                    os.truncate(file, n * _BYTES)
                self._map = mmap.mmap(file, n * _BYTES)
            finally:
                os.close(file)
        self.numbers = memoryview(self._map).cast("q")
        """The numbers themselves: read and write them by their place."""

    def close(self) -> None:
        """Let the file go; closing twice is harmless."""
        self.numbers.release()
        self._map.close()
