"""Put settee together: settings in, a wired workspace out; nothing is built elsewhere.

A workspace is one folder (`settings.home`) with everything in it, and the verbs that take several
of its parts: what was imported is folded, what was trained is released, who is there is asked. Each
topic has its module; a workspace is all of them.

Reads / Writes: the home folder, through the rooms.
Not here: opening the parts (home), what a part does (its room), how people call it (cli, web).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from settee.app.accounts import AccountsWork
from settee.app.attribution import AttributionWork
from settee.app.audience_curves import AudienceCurvesWork
from settee.app.federating import FederatingWork
from settee.app.keys import KeysWork
from settee.app.lists import ListsWork
from settee.app.overviews import OverviewsWork
from settee.app.reach import ReachWork
from settee.app.rules import RulesWork
from settee.app.skew import SkewWork
from settee.app.tuning import TuningWork
from settee.app.uplifts import UpliftsWork
from settee.core import Clock, SetteeError, Settings, system_clock
from settee.govern import DEFAULT_TENANT


class Workspace(
    ReachWork,
    UpliftsWork,
    TuningWork,
    AudienceCurvesWork,
    AccountsWork,
    ListsWork,
    SkewWork,
    RulesWork,
    KeysWork,
    AttributionWork,
    FederatingWork,
    OverviewsWork,
):
    """Everything that works on one home folder.

    Args:
        settings: Effective settings; `home` is made when missing.
        clock: Tells the present instant.
        tenant_id: Whose folder it is.
    """

    def damaged_segments(self) -> list[str]:
        """What is wrong with the history's files, in words; empty when every byte is right."""
        try:
            self.history.verify()
        except SetteeError as error:
            return [error.message]
        return []

    def close(self) -> None:
        """Write what waits and let everything go; closing twice is harmless."""
        if "_responder" in self.__dict__:
            self._responder.stop()
        super().close()


@contextmanager
def open_workspace(
    settings: Settings, clock: Clock = system_clock, tenant_id: str = DEFAULT_TENANT
) -> Iterator[Workspace]:
    """A workspace, closed at the end of the ``with``.

    Args:
        settings: Effective settings.
        clock: Tells the present instant.
        tenant_id: Whose folder it is.

    Raises:
        Unavailable: If the home folder cannot be made.
    """
    workspace = Workspace(settings, clock, tenant_id)
    try:
        yield workspace
    finally:
        workspace.close()
