"""Look over a workspace: its catalogue, its versions, what was refused.

What is dear to find is kept for a while: the stock of the catalogue for half a minute, the four
versions that were looked at last for good, for a bundle never changes.

Reads: every view, bundles, reports, quarantine.  Writes: nothing.
Not here: the figures themselves (respond.inventory, learn.versions, events.refused).
"""

import threading
from datetime import timedelta
from functools import cached_property

from settee.app.answers import AnswersWork
from settee.app.models import ModelsWork
from settee.events import RefusedFiles
from settee.learn import (
    EVALUATION,
    TRAINING,
    VersionList,
    VersionView,
    list_versions,
    show_version,
)
from settee.ranking import Model
from settee.respond import Inventory, take_inventory

_INVENTORY_HOLDS = timedelta(seconds=30)
_REPORTS = 200
"""So many trainings and evaluations are looked through."""
_VERSIONS_KEPT = 4


class _Kept:
    """What was found lately; several threads may ask."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inventory: Inventory | None = None
        self.models: dict[str, Model] = {}


class OverviewsWork(ModelsWork, AnswersWork):
    """Tells what there is."""

    @cached_property
    def refused(self) -> RefusedFiles:
        """The quarantine, to look through."""
        return RefusedFiles(self.home / "quarantine")

    def inventory(self) -> Inventory:
        """The state of the catalogue, at most half a minute old.

        Raises:
            SetteeError: If the journal cannot be read.
        """
        now, kept = self.clock(), self._overview
        with kept.lock:
            found = kept.inventory
            if found is None or now - found.at > _INVENTORY_HOLDS:
                found = take_inventory(self.responder().serving, self.journal, now)
                kept.inventory = found
        return found

    def versions(self) -> VersionList:
        """Every trained version and every release."""
        return list_versions(
            self.registry.versions(),
            self.tables.reports(TRAINING, _REPORTS),
            self.registry.history(),
        )

    def version(self, version: str | None = None) -> VersionView:
        """Everything that was measured of a version, by default the one in use.

        Raises:
            NoSuchVersion: If no bundle has that version, or none is in use.
            Damaged: If a byte differs from what was written.
        """
        return show_version(
            self._model(version),
            self.tables.reports(TRAINING, _REPORTS),
            self.tables.reports(EVALUATION, _REPORTS),
            self.registry.current(),
        )

    def _model(self, version: str | None) -> Model:
        kept = self._overview
        with kept.lock:
            name = version or self.registry.current() or ""
            if name not in kept.models:
                kept.models[name] = self.load_model(version)
                while len(kept.models) > _VERSIONS_KEPT:
                    del kept.models[next(iter(kept.models))]
            return kept.models[name]

    @cached_property
    def _overview(self) -> _Kept:
        return _Kept()
