"""Search better settings for the sources of a workspace, and say them as a preset.

Reads: the record.  Writes: the trials under ``tuning/`` in the home folder, and a report.
Not here: the search (learn.tuning), presets (core.presets).
"""

from settee.app.models import ModelsWork
from settee.core import sections_toml
from settee.events import Progress, no_progress
from settee.learn import TUNING, Tuned, TuningPlan, store_report, tune

_FOLDER = "tuning"


class TuningWork(ModelsWork):
    """Searches settings."""

    def tune(self, plan: TuningPlan, progress: Progress = no_progress) -> Tuned:
        """Search; trials that were made before on the same record are not made again.

        Raises:
            NothingToTune: If a source is not known or cannot be fitted at all.
            TooLittle: If the record has no three later windows with people in them.
        """
        events, items = self.record(progress)
        folder = self.settings.home / _FOLDER
        tuned = tune(events, items, self.settings, plan, folder, progress)
        store_report(self.tables, TUNING, tuned.as_dict(), self.clock())
        return tuned


def preset_of(tuned: Tuned) -> str:
    """What was adopted as the text of a preset, its evidence as remarks above."""
    searched, confirmed, judged = tuned.n_requests
    remarks = [
        f"searched by {tuned.metric} on {searched:,} questions, confirmed on {confirmed:,} later "
        f"ones, judged on {judged:,} after those",
    ]
    for one in tuned.outcomes:
        before, after, gain = one.judged
        span = "" if gain.low is None else f" [{gain.low:+.4f}, {gain.high:+.4f}]"
        word = "adopted" if one.is_adopted else "kept as it was"
        remarks.append(
            f"{one.source}: {word} after {one.n_trials} trials; "
            f"{before.value:.4f} to {after.value:.4f}, {gain.value:+.4f}{span}"
        )
    return sections_toml({"sources": tuned.values}, remarks)
