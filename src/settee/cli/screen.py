"""Print results for people or machines, and keep the two apart.

Results go to stdout; remarks, progress and errors to stderr, so that ``settee report > file`` holds
the report and nothing else. With --json stdout gets one JSON value. Titles come from other people's
files: control characters, which could move the cursor, are shown as a replacement sign.

Reads: nothing.  Writes: stdout and stderr.
Source: Command Line Interface Guidelines (clig.dev).
Not here: which columns a table has (cli.tables and the commands).
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from settee.core import SetteeError, instant_text, to_json

Tell = Callable[[str, int, int], None]
"""Progress as rooms report it: stage, done, total (0 where unknown)."""

_VISIBLE = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n"}


def visible(text: object) -> str:
    r"""Text without control characters.

    >>> visible("Heat\x1b[2J (1995)")
    'Heat�[2J (1995)'
    """
    return str(text).translate(_VISIBLE)


def when(at: datetime) -> str:
    """An instant for people, to the second.

    >>> from datetime import UTC
    >>> when(datetime(2026, 11, 21, 20, 14, 3, 250_000, tzinfo=UTC))
    '2026-11-21T20:14:03Z'
    """
    return instant_text(at.replace(microsecond=0))


class Screen:
    """Where a call prints.

    Args:
        is_json: One JSON value on stdout, and nothing else there.
        is_quiet: No progress and no remarks.
        is_debug: Errors show where they came from.
    """

    def __init__(
        self, *, is_json: bool = False, is_quiet: bool = False, is_debug: bool = False
    ) -> None:
        self.is_json = is_json
        self.is_quiet = is_quiet
        self.is_debug = is_debug
        # A table in a file or a pipe is not cut to 80 columns.
        width = None if sys.stdout.isatty() else 120
        self._out = Console(highlight=False, markup=False, soft_wrap=False, width=width)
        self._err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)

    def emit(self, value: object) -> None:
        """Print the JSON value of the call."""
        raw = to_json(value)
        if sys.stdout.isatty():
            raw = msgspec.json.format(raw, indent=2)
        sys.stdout.write(raw.decode() + "\n")
        sys.stdout.flush()

    def line(self, text: str = "", style: str = "") -> None:
        """Print one line of the result."""
        if not self.is_json:
            self._out.print(Text(visible(text), style=style), soft_wrap=True)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print a table; columns that begin with ``#`` are numbers, aligned to the right.

        Args:
            title: Stands above.
            columns: Headings.
            rows: One value for each column; a `rich.text.Text` keeps its style.
        """
        if self.is_json:
            return
        table = Table(title=title or None, box=SIMPLE_HEAD, title_justify="left", pad_edge=False)
        table.title_style = "bold"
        for column in columns:
            is_number = column.startswith("#")
            table.add_column(
                column.removeprefix("#"),
                justify="right" if is_number else "left",
                no_wrap=is_number,
                overflow="fold",
            )
        for row in rows:
            table.add_row(*(cell if isinstance(cell, Text) else visible(cell) for cell in row))
        self._out.print(table)

    def remark(self, text: str) -> None:
        """Say something beside the result, on stderr."""
        if not (self.is_quiet or self.is_json):
            self._err.print(Text(visible(text), style="dim"))

    def error(self, error: SetteeError) -> None:
        """Print an error: code and message, then place and hint where it has them."""
        if self.is_json:
            self.emit({"error": error.as_dict()})
        words = Text.assemble((f"error[{error.code}]:", "bold red"), " ", visible(error.message))
        self._err.print(words)
        for name, text in (("place", error.place), ("hint", error.hint)):
            if text:
                self._err.print(Text.assemble((f"  {name}: ", "bold"), visible(text)))
        if self.is_debug:
            self._err.print_exception()

    @contextmanager
    def progress(self) -> Iterator[Tell]:
        """Something to report progress to; drawn on stderr when that is a terminal."""
        if self.is_quiet or self.is_json or not self._err.is_terminal:
            yield _silent
            return
        columns = (
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TaskProgressColumn(show_speed=False),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._err, transient=True) as bars:
            yield _bars(bars)


def _silent(stage: str, done: int, total: int) -> None:
    """Take progress and show nothing."""


def _bars(bars: Progress) -> Tell:
    tasks: dict[str, TaskID] = {}

    def tell(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            for earlier in tasks.values():  # a new stage means that the one before is over
                size = bars.tasks[earlier].total
                bars.update(earlier, total=size or 1, completed=size or 1)
            tasks[stage] = bars.add_task(visible(stage), total=total or None)
        bars.update(tasks[stage], completed=done, total=total or None)

    return tell
