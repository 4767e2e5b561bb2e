"""The models of a workspace: trained, judged, released, taken back.

Reads: the record.  Writes: bundles, releases, reports.
Not here: answering with them (app.answers).
"""

from dataclasses import replace

from settee.app.record import RecordWork
from settee.core import instant_text
from settee.events import Progress, no_progress
from settee.learn import (
    EVALUATION,
    TRAINING,
    Card,
    Evaluation,
    Training,
    cost_of,
    evaluate,
    store_report,
    train,
)
from settee.ranking import Model
from settee.release import Decision
from settee.store import Release

_REPORTS = 10_000
"""So many trainings are looked through for what a version cost."""


class ModelsWork(RecordWork):
    """Trains versions and puts them to use."""

    def train(self, progress: Progress = no_progress) -> Training:
        """Train a version on the record, judge it on a later part, and keep both.

        Raises:
            TooLittle: If nothing can be learnt from the record.
        """
        events, items = self.record(progress)
        trained = train(
            events,
            items,
            self.settings,
            self.bundles,
            lineage=self._lineage(),
            progress=progress,
        )
        self.learn_people(progress)
        store_report(self.tables, TRAINING, trained.as_dict(), self.clock())
        return trained

    def evaluate(self, version: str | None = None, progress: Progress = no_progress) -> Evaluation:
        """Judge a version, by default the one in use, and keep what was found.

        A version that was judged on all there is gives its recorded figures; before the first
        release the recipe is tried on the record.

        Raises:
            TooLittle: If there is no version and nothing can be learnt.
            NotFound: If no bundle has that version.
        """
        chosen = version or self.registry.current()
        model = None if chosen is None else self.load_model(chosen)
        events, items = self.record(progress)
        evaluation = evaluate(events, items, self.settings, model, progress)
        store_report(self.tables, EVALUATION, evaluation.as_dict(), self.clock())
        return evaluation

    def release(
        self,
        version: str | None = None,
        *,
        force_reason: str = "",
        progress: Progress = no_progress,
    ) -> Decision:
        """Put a version to use, by default the one trained last, when it passes the gate.

        Raises:
            GateFailed: If it is worse than the version in use, unless `force_reason` says why it
                shall serve all the same.
            NotFound: If there is no such version.
        """
        return self.registry.release(
            version,
            self.clock(),
            self.settings,
            lambda: self.record(progress),
            force_reason=force_reason,
            progress=progress,
        )

    def rollback(self, reason: str = "") -> Decision:
        """Put the version before to use again.

        Raises:
            NothingBefore: If there is none.
        """
        return self.registry.rollback(self.clock(), reason)

    def releases(self) -> list[Release]:
        """Every release, newest first; the first is in use."""
        return self.registry.history()

    def card(self, version: str | None = None) -> Card:
        """What is to be said of a version, by default the one in use or else the newest.

        Raises:
            NoSuchVersion: If no bundle has that version, or none was trained yet.
            Damaged: If a byte differs from what was written.
        """
        card = self.registry.card(version or self.registry.current() or self.registry.newest())
        reports = self.tables.reports(TRAINING, _REPORTS)
        told = [one for one in reports if one.body.get("version") == card.version]
        return replace(card, cost=cost_of(told[0].body, instant_text(told[0].at)) if told else None)

    def load_model(self, version: str | None) -> Model:
        """A trained model, every byte checked.

        Raises:
            NoSuchVersion: If no bundle has that version.
            Damaged: If a byte differs from what was written.
        """
        return self.registry.load(version)
