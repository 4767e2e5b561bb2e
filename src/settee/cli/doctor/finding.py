"""Say what one check found: did it pass, how much was looked at, and what to do next.

Reads / Writes: nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from settee.cli.call import Call
from settee.core import Settings

if TYPE_CHECKING:
    from settee.app import Workspace


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Args:
        passed: May things stay as they are?
        count: How much was looked at, in words: ``3 segments``.
        detail: What was found.
        next_step: What to do, one step; empty where there is nothing to do.
    """

    passed: bool
    count: str
    detail: str = ""
    next_step: str = ""


@dataclass
class Patient:
    """What the checks look at; settings and workspace are opened once, when first asked for.

    Whoever asks for a workspace that does not open gets the error that kept it closed.

    Args:
        call: The call of settee.
    """

    call: Call
    _stack: ExitStack = field(default_factory=ExitStack)
    _settings: Settings | None = None
    _workspace: "Workspace | None" = None

    @property
    def settings(self) -> Settings:
        """The effective settings."""
        if self._settings is None:
            self._settings = self.call.settings()
        return self._settings

    @property
    def workspace(self) -> "Workspace":
        """The open workspace."""
        if self._workspace is None:
            self._workspace = self._stack.enter_context(self.call.workspace(self.settings))
        return self._workspace

    @contextmanager
    def closing(self) -> Iterator["Patient"]:
        """Close what was opened at the end."""
        with self._stack:
            yield self


def counted(n: int, noun: str) -> str:
    """A number and what was counted.

    >>> counted(1, "segment"), counted(1200, "item")
    ('1 segment', '1,200 items')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


Check = Callable[[Patient], Finding]
