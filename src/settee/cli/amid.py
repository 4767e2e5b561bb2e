"""Take what a question may be amid: another instant, and a session that was not sent.

    settee explain a7 m318 --at 2026-12-24T20:00:00Z --events evening.jsonl

Reads: a file of events, or standard input.  Writes: nothing.
Not here: what such a session changes (respond.trying).
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from settee.core import BadInput

if TYPE_CHECKING:
    from settee.core import Event

_STDIN = "-"
_MOST_BYTES = 16 * 1024 * 1024
_YEARS = (1971, 9998)

At = Annotated[str | None, typer.Option(help="As if it were this instant [now].")]
Events = Annotated[
    Path | None,
    typer.Option(help="As if these events (JSON lines, - is stdin) had been sent.", metavar="FILE"),
]


class BadInstant(BadInput):
    """An instant of an option cannot be read."""

    code = "bad_instant"


class BadEventFile(BadInput):
    """A file of events that were not sent cannot be used."""

    code = "bad_event_file"


def instant_in(text: str | None) -> datetime | None:
    """The instant of `--at`; None where there is none.

    Args:
        text: As it was typed.

    Raises:
        BadInstant: If it is no instant with its zone.
    """
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or not _YEARS[0] <= instant.year <= _YEARS[1]:
        raise BadInstant(
            f'--at is "{text}"; an instant with its zone is accepted.',
            hint="Write 2026-12-24T12:00:00Z.",
            place="--at",
        )
    return instant


def events_in(file: Path | None, account_id: str, device_id: str) -> "tuple[Event, ...]":
    """The events of `--events`; none where there is no file.

    Args:
        file: Has an event in each line that is not empty; "-" is standard input.
        account_id: Whom the question is about.
        device_id: On which device; empty where none is named.

    Raises:
        BadEventFile: If the file cannot be read, or is too large.
        BadEvent: If a line breaks the wire format.
        BadRequest: If an event is of another account or device.
    """
    if file is None:
        return ()
    try:
        stream = sys.stdin.buffer if str(file) == _STDIN else file.open("rb")
        with stream:
            data = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise BadEventFile(
            f"{file}: {error.strerror or error}; a file of events is expected.",
            hint="Write an event of docs/events.md in each line.",
            place="--events",
        ) from None
    if len(data) > _MOST_BYTES:
        raise BadEventFile(
            f"{file} is over {_MOST_BYTES // 2**20} MB; a session is expected.", place="--events"
        )
    from settee.web import running_events  # loads the web: not for `settee --help`

    lines = [line for line in data.splitlines() if line.strip()]
    return running_events(account_id, device_id or None, lines)
