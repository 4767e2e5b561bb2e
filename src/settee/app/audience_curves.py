"""What orders of people were worth on a workspace's own last days.

Reads: the record.  Writes: a report of what was found.
Not here: how it is found (audiences.trial).
"""

from typing import Final

import msgspec

from settee.app.audiences import AudiencesWork
from settee.audiences import AskedCurves, AudienceCurves, response_signals, try_past
from settee.core import NotFound
from settee.events import Progress, interactions, no_progress
from settee.learn import store_report

CURVES: Final = "audience_curves"


class NoCurves(NotFound):
    """It was never tried what orders of people are worth."""

    code = "no_audience_curves"


class AudienceCurvesWork(AudiencesWork):
    """Tries audiences on the past."""

    def try_audiences(
        self,
        asked: AskedCurves,
        horizon_days: float | None = None,
        progress: Progress = no_progress,
    ) -> AudienceCurves:
        """Learn before the last days of the record, judge on them, and keep what was found.

        Nothing that is in use changes: neither the released model nor who is ranked how.

        Args:
            asked: Which items, which sizes, how intervals are drawn.
            horizon_days: Days to judge on; None for response.horizon_days.
            progress: Told what is being done.

        Raises:
            TooShort: If the record is too short for a past, a horizon to learn and one to judge.
            BadTarget: If an item is not known.
            NothingKnown: If nothing before the cut says who would want an item.
        """
        events, items = self.record(progress)
        settings, responses = self.settings, None
        if horizon_days is not None:
            own = settings.response.model_copy(update={"horizon_days": horizon_days})
            settings = settings.model_copy(update={"response": own})
        signals = response_signals(settings)
        if signals != settings.signals:
            responses = interactions(self.history, items, signals)
        found = try_past(events, items, settings, asked, responses=responses, progress=progress)
        store_report(self.tables, CURVES, msgspec.to_builtins(found), self.clock())
        return found

    def audience_curves(self) -> AudienceCurves:
        """The curves that were found last.

        Raises:
            NoCurves: If there are none yet.
        """
        reports = self.tables.reports(CURVES, 1)
        if not reports:
            raise NoCurves(
                "it was never tried what orders of people are worth here.",
                hint="Run settee audience curves.",
            )
        return msgspec.convert(reports[0].body, AudienceCurves)
