"""Know how settee was called: the options that stand before or after any command.

``settee --home /srv/tv train --json`` and ``settee train --home /srv/tv --json`` are one call. The
workspace, which takes half a second to import, is only opened by commands that need one.

Reads: settings file, environment and the clock, when asked.  Writes: nothing.
Not here: what a call prints (cli.screen).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from settee.cli.screen import Screen
from settee.core import Clock, Settings, load_settings, system_clock

if TYPE_CHECKING:
    from settee.app import Workspace

DEFAULT_FILE = Path("settee.toml")


@dataclass(frozen=True)
class Call:
    """One call of settee.

    Args:
        screen: Where results, remarks and errors go.
        home: Folder of everything stored; None takes the setting.
        config: Settings file; None takes SETTEE_CONFIG, or ./settee.toml where there is one.
        flags: ``section.key=value`` each, stronger than file and environment.
        tenant: Whose folder is meant; "default" is the home itself.
        clock: Tells the present instant.
    """

    screen: Screen
    home: Path | None = None
    config: Path | None = None
    flags: tuple[str, ...] = ()
    tenant: str = "default"
    clock: Clock = field(default=system_clock)

    def now(self) -> datetime:
        """The present instant."""
        return self.clock()

    def settings_file(self) -> Path | None:
        """The settings file of this call, or None where there is none."""
        if self.config is not None:
            return self.config
        named = os.environ.get("SETTEE_CONFIG")
        if named:
            return Path(named)
        return DEFAULT_FILE if DEFAULT_FILE.is_file() else None

    def settings(self, *flags: str) -> Settings:
        """Effective settings.

        Args:
            flags: More ``section.key=value``, weaker than those of the call.

        Raises:
            BadSettings: If a layer cannot be read, or a value is not acceptable.
        """
        settings = load_settings(self.settings_file(), os.environ, (*flags, *self.flags))
        return settings if self.home is None else settings.model_copy(update={"home": self.home})

    @contextmanager
    def workspace(self, settings: Settings | None = None) -> Iterator["Workspace"]:
        """The workspace, open inside the ``with``.

        Args:
            settings: Settings to open it with; None takes those of the call.

        Raises:
            SetteeError: If settings or stored state cannot be used.
        """
        from settee.app import open_workspace  # loads numba and LightGBM: not for `settee --help`

        chosen = settings or self.settings()
        with open_workspace(chosen, self.clock, self.tenant) as workspace:
            yield workspace
