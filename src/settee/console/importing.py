"""Send a file to the service, a thousand lines at a time, and count what becomes of it.

One bad line harms no other: 3 of 92,287 refused is what is told, with the first of them and why.

Reads: a file that somebody picked.  Writes: events and items, through the service.
Not here: what a line says (console.wire_lines), the form (console.pages.data_import).
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from settee.client.results import Stored, Taken
from settee.console.wire_lines import MAX_LINE, Kind, Line, Read, reader_of

Send = Callable[[Sequence[Line]], Awaitable[Taken | Stored | None]]
MAX_BYTES = 64 * 1024 * 1024
"""Larger files are for `settee import`, which reads them where they lie."""
_BATCH, _BATCH_BYTES = 1_000, 4 * 1024 * 1024
_SHOWN = 20


@dataclass
class Tally:
    """What became of a file so far.

    Args:
        n_bytes: Bytes that were read.
        n_lines: Lines that were read; empty ones are passed over.
        accepted: Stored.
        duplicates: Known already.
        changed: Items that are now other than before.
        reasons: Refused lines by reason.
        examples: Line, reason and message of the first refused ones.
        is_stopped: Did the service stop taking them?
    """

    n_bytes: int = 0
    n_lines: int = 0
    accepted: int = 0
    duplicates: int = 0
    changed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[int, str, str]] = field(default_factory=list)
    is_stopped: bool = False

    def refuse(self, line: int, reason: str, message: str) -> None:
        """Count a line that was refused."""
        self.reasons[reason] += 1
        if len(self.examples) < _SHOWN:
            self.examples.append((line, reason, message))

    def take(self, places: Sequence[int], answer: Taken | Stored) -> None:
        """Count what the service says of a batch.

        Args:
            places: Line of each event or item that was sent.
            answer: What became of them.
        """
        self.accepted += answer.accepted
        if isinstance(answer, Taken):
            self.duplicates += answer.duplicates
        else:
            self.changed += answer.changed
        for one in answer.rejected:
            code, message = one.error.get("code", "refused"), one.error.get("message", "")
            self.refuse(places[one.position], code, message)


@dataclass
class _Batch:
    places: list[int] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    n_bytes: int = 0

    def add(self, read: Read) -> None:
        self.places.append(read.place)
        self.lines.append(read.line)
        self.n_bytes += read.n_bytes

    @property
    def is_full(self) -> bool:
        return len(self.lines) >= _BATCH or self.n_bytes >= _BATCH_BYTES


async def send_file(
    chunks: AsyncIterator[bytes],
    name: str,
    kind: Kind,
    send: Send,
    on_batch: Callable[[Tally], None],
) -> Tally:
    """Send every line of a file.

    Args:
        chunks: The bytes of the file.
        name: Of the file; CSV where it ends in .csv, else JSON lines.
        kind: What its lines are.
        send: Sends a batch; None means that the service did not take it, and nothing more is sent.
        on_batch: Told the count after each batch.
    """
    tally, batch = Tally(), _Batch()
    reader = reader_of(name, kind, tally.refuse)

    async def flush() -> bool:
        if batch.lines:
            answer = await send(batch.lines)
            if answer is None:
                tally.is_stopped = True
                return False
            tally.take(batch.places, answer)
        on_batch(tally)
        batch.places, batch.lines, batch.n_bytes = [], [], 0
        return True

    async for raw in lines_of(chunks):
        tally.n_lines += 1
        tally.n_bytes += len(raw) + 1
        for one in reader.read(tally.n_lines, raw):
            batch.add(one)
        if reader.is_over:
            break
        if batch.is_full and not await flush():
            return tally
    for one in reader.finish():
        batch.add(one)
    await flush()
    return tally


async def lines_of(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The lines of a file; a last one without an end is a line too.

    Args:
        chunks: Its bytes, cut anywhere.
    """
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line
        if len(rest) > MAX_LINE:  # no line of ours is so long: the file is of another kind
            break
    if rest:
        yield rest
