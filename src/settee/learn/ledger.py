"""Keep every finished trial of a search in a file, so that a search goes on where it was ended.

One line of JSON per trial, appended in one write and flushed to disk; a line that a power cut left
half written is passed over, and the trial behind it is made again. The file's name holds a
fingerprint of the record, the windows and the metric: figures of another record never mix in.

Reads / Writes: one file per search, in the folder that it is handed.
Not here: what is tried (learn.tuning).
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from settee.learn.dials import Value


@dataclass(frozen=True)
class Tried:
    """A trial that was made.

    Args:
        values: Per dial what was tried.
        worth: The metric, higher is better; None where the fit failed.
        seconds: How long fitting and judging took.
        failed: Why there is no worth, "" where there is one.
    """

    values: dict[str, Value]
    worth: float | None
    seconds: float
    failed: str = ""


@dataclass(frozen=True)
class Ledger:
    """The trials of one source under one protocol.

    Args:
        folder: Where the files lie; made when missing.
        source: Name of the source.
        protocol: What a worth was measured on, as a fingerprint.
    """

    folder: Path
    source: str
    protocol: str

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / f"{self.source}-{self.protocol}.jsonl"

    def read(self) -> list[Tried]:
        """All trials so far, oldest first; what is no trial is passed over."""
        if not self.path.is_file():
            return []
        lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        return [tried for line in lines if (tried := _parsed(line)) is not None]

    def add(self, tried: Tried) -> None:
        """Write one trial down for good."""
        self.folder.mkdir(parents=True, exist_ok=True)
        line = json.dumps(asdict(tried), sort_keys=True).encode()
        # A line that was cut off must not swallow this one: start on a fresh one.
        with self.path.open("ab") as file:
            file.write(b"\n" + line + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _parsed(line: str) -> Tried | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    if not isinstance(told, Mapping) or not isinstance(told.get("values"), dict):
        return None
    worth = told.get("worth")
    if not (worth is None or isinstance(worth, float)):
        return None
    return Tried(
        told["values"], worth, float(told.get("seconds", 0.0)), str(told.get("failed", ""))
    )
