"""Write who watched each session as JSON lines, so that anyone can judge the answers.

The file appears when it is whole: lines go to a file beside it that then takes its name. A session
is one line, ``{"account_id": "a7", "event_id": "e9", "persons": {"p1": 0.91, "p2": 0.07},
"together": false, "unsure": false}``; what is missing to 1 is the share of a guest.

Reads: answers.  Writes: the file.
Not here: the answers (people.view), what they are worth (people.judging).
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from settee.core import Unavailable, to_json
from settee.events import Progress, no_progress

_BLOCK = 1000  # lines behind one write


class ExportFailed(Unavailable):
    """A file of answers cannot be written."""

    code = "export_failed"


def write_answers(
    path: Path,
    answers: Iterable[dict[str, Any]],
    n_accounts: int = 0,
    progress: Progress = no_progress,
) -> dict[str, int]:
    """Write answers, one line each, all or nothing.

    Args:
        path: The file; one that is there is replaced.
        answers: As `People.export` gives them, account by account.
        n_accounts: Accounts to come, for the progress; 0 where unknown.
        progress: Told how many accounts are written.

    Returns:
        How many sessions and accounts there were: n_sessions, n_accounts.

    Raises:
        ExportFailed: If the file cannot be written; an earlier one stays as it was.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            found = _write(draft, answers, n_accounts, progress)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise ExportFailed(
            f"{path}: {error.strerror or error}; nothing was written.",
            hint="Name a file in a folder that exists, on a disk with space.",
        ) from error
    return found


def _write(
    draft: Path, answers: Iterable[dict[str, Any]], n_accounts: int, progress: Progress
) -> dict[str, int]:
    n_sessions, n_seen, account_id = 0, 0, None
    block: list[bytes] = []
    with draft.open("xb") as file:
        for answer in answers:
            if answer["account_id"] != account_id:
                account_id = answer["account_id"]
                n_seen += 1
                progress("export", n_seen, n_accounts)
            block.append(to_json(answer) + b"\n")
            n_sessions += 1
            if len(block) == _BLOCK:
                file.writelines(block)
                block.clear()
        file.writelines(block)
        file.flush()
        os.fsync(file.fileno())
    return {"n_sessions": n_sessions, "n_accounts": n_seen}
