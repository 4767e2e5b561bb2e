"""Put settee together: settings in, a wired workspace out; nothing is built elsewhere.

A workspace is one folder (`settings.home`) with everything in it, and the verbs that take several
of its parts: what was imported is folded, what was trained is released, who is there is asked.

Reads / Writes: the home folder, through the rooms.
Not here: opening the parts (home), what a part does (its room), how people call it (cli, web).
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Literal

from settee.core import Clock, SetteeError, Settings, new_id, system_clock
from settee.events import (
    Catalogue,
    ImportReport,
    Interactions,
    Progress,
    Rejected,
    accept_batch,
    catalogue,
    import_path,
    interactions,
    no_progress,
    write_splits,
)
from settee.govern import NewKey
from settee.home import Home
from settee.learn import EVALUATION, TRAINING, Evaluation, Training, evaluate, store_report, train
from settee.people import Correction, Moment, PersonEvent, Who, correction_record
from settee.ranking import Model
from settee.release import Decision
from settee.respond import (
    Answer,
    Corrected,
    HouseholdView,
    Parts,
    Request,
    Responder,
    UnknownAccount,
)
from settee.store import (
    Appended,
    Key,
    Release,
    Report,
)

_START_S = 2.0  # for households before the first answer


class Workspace(Home):
    """Everything that works on one home folder.

    Args:
        settings: Effective settings; `home` is made when missing.
        clock: Tells the present instant.
    """

    # -- the record ----------------------------------------------------------------------------

    def _lineage(self) -> dict[str, list[str] | int]:
        """What the record is made of: hashes of its segments, and how far the journal is in it."""
        segments = self.history.segments()
        return {
            "segments": [one.sha256 for one in segments],
            "journal_offset": max((one.journal_offset or 0 for one in segments), default=0),
        }

    def import_path(self, path: Path, progress: Progress = no_progress) -> ImportReport:
        """Bring a file, folder or archive into the record, and its events into the profiles.

        Raises:
            BadInput: If nothing there can be understood.
            ChecksFailed: If a threshold of `settings.checks` stops it; nothing is stored.
        """
        if self.journal.last_offset():
            self.seal(progress)  # what was lived before stands before it in the record
        report = import_path(
            path,
            self.history,
            self.tables,
            self.settings,
            as_of=self.clock(),
            home=self.home,
            progress=progress,
        )
        self.fold_profiles(progress)
        return report

    def split(
        self,
        folder: Path,
        how: Literal["time", "account"],
        valid_share: float,
        test_share: float,
        progress: Progress = no_progress,
    ) -> dict[str, int]:
        """Write the whole record, live events included, as train, valid and test in Parquet.

        Args:
            folder: Where the three files go; those of an earlier split are replaced.
            how: By the same two instants for everybody, or by each account's newest events.
            valid_share: Share of the events that tune, 0 to 1.
            test_share: Share of the events that judge, 0 to 1.
            progress: Told how far each file is.

        Returns:
            Rows of each file, by name.

        Raises:
            CannotSplit: If there is no event, or the shares leave nothing to train on.
            SetteeError: If the disk is full, or a segment is damaged.
        """
        self.seal(progress)
        return write_splits(self.history, folder, how, valid_share, test_share, progress)

    def accept(self, raw_events: Sequence[bytes]) -> Appended:
        """Store live events durably and fold them into the profiles; all of them, or none.

        Args:
            raw_events: One JSON object each, in the wire format.

        Raises:
            BadEvent: If one of them breaks the wire format.
        """
        records, rejected = accept_batch(raw_events, self.clock(), self.settings.checks)
        if rejected:
            self.refuse(rejected)
            raise rejected[0].error
        appended = self.journal.append(records)
        self.fold_profiles()
        return appended

    def refuse(self, rejected: Sequence[Rejected]) -> None:
        """Keep refused live events in quarantine, with the reason.

        Raises:
            QuarantineFailed: If they cannot be kept.
        """
        self.quarantine.add(rejected, self.clock())

    def reports(self, kind: str | None = None, limit: int = 20) -> list[Report]:
        """What imports, trainings and evaluations found, newest first."""
        return self.tables.reports(kind, limit)

    # -- models --------------------------------------------------------------------------------

    def record(self, progress: Progress = no_progress) -> tuple[Interactions, Catalogue]:
        """The whole record as columns, live events included."""
        self.seal(progress)
        items = catalogue(self.tables, self.history)
        progress("read", 0, 0)
        return interactions(self.history, items, self.settings.signals), items

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

    def load_model(self, version: str) -> Model:
        """A trained model, every byte checked.

        Raises:
            NoSuchVersion: If no bundle has that version.
            Damaged: If a byte differs from what was written.
        """
        return self.registry.load(version)

    # -- answers -------------------------------------------------------------------------------

    def responder(self) -> Responder:
        """What answers requests, the same one at each call."""
        return self._responder

    @cached_property
    def _responder(self) -> Responder:
        self.fold_profiles()
        until_s = time.monotonic() + _START_S
        while self.people.step() and time.monotonic() < until_s:
            pass  # the rest comes while answers are given
        return Responder(
            Parts(
                self.profiles,
                self.tables,
                self.journal,
                self.settings,
                self.clock,
                self.bundles,
                people=self.people,
            )
        )

    def recommend(
        self,
        account_id: str,
        *,
        k: int | None = None,
        exclude: Sequence[str] = (),
        device_type: str | None = None,
        slot: str | None = None,
    ) -> Answer:
        """Items for an account, with rung, sources and reasons; journalled as an exposure.

        Raises:
            BadQuestion: If an argument is out of range.
            NothingToShow: If not even the catalogue has an item.
        """
        return self.responder().recommend(
            Request(
                account_id,
                k if k is not None else self.settings.respond.k,
                self.clock(),
                tuple(exclude),
                device_type,
                slot,
            )
        )

    # -- people --------------------------------------------------------------------------------

    def who(self, moment: Moment) -> Who:
        """Who is on the screen, as far as one can tell.

        Args:
            moment: Account, instant, device, and what else is known of the running session.
        """
        self.fold()
        found: Who = self.people.who(moment)
        return found

    def household(self, account_id: str) -> HouseholdView:
        """Everybody of an account: hours, devices, tastes, changes, what was last said.

        Raises:
            UnknownAccount: If nothing was ever recorded of it.
        """
        self.fold()
        return self.responder().household(account_id)

    def person_events(self, account_id: str) -> list[PersonEvent]:
        """What happened to the persons of an account, oldest first."""
        self.fold()
        return self.people.events(account_id)

    def correct(
        self, account_id: str, correction: Correction, event_id: str | None = None
    ) -> Corrected:
        """Take in what somebody who knows told of the persons of an account.

        It is a fact: on disk before this returns, and part of every replay.

        Args:
            account_id: Whose persons.
            correction: What was told.
            event_id: Makes a repeat harmless; made up where it is None.

        Raises:
            UnknownAccount: If nothing is known of persons of that account.
            NoSuchPerson: If it names a person whom the account does not have.
            CannotMerge: If persons cannot be merged or parted as they stand.
        """
        at = self.clock()
        event_id = event_id or new_id("cor", at)
        if self.journal.has(event_id):
            return Corrected(event_id, is_new=False)
        self.people.step()  # the journal, and no more of an import than it must
        if self.people.household(account_id) is None:
            raise UnknownAccount(f'No person of the account "{account_id}" is known yet.')
        self.people.try_correction(account_id, correction, int(at.timestamp()))
        appended = self.journal.append([correction_record(correction, account_id, event_id, at)])
        self.people.step()
        return Corrected(event_id, is_new=bool(appended.n_new))

    # -- keys ----------------------------------------------------------------------------------

    def issue_key(self, name: str) -> NewKey:
        """Make an API key; its secret is in the result and nowhere else.

        Raises:
            Conflict: If a working key has that name.
        """
        return self.keys.create(name, self.clock())

    def list_keys(self) -> list[Key]:
        """All API keys, revoked ones included."""
        return self.keys.all()

    def revoke_key(self, name: str) -> Key:
        """Let a key work no longer, by its name or id.

        Raises:
            NotFound: If no key has that name or id.
        """
        return self.keys.revoke(name, self.clock())

    # -- the folder ----------------------------------------------------------------------------

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
def open_workspace(settings: Settings, clock: Clock = system_clock) -> Iterator[Workspace]:
    """A workspace, closed at the end of the ``with``.

    Args:
        settings: Effective settings.
        clock: Tells the present instant.

    Raises:
        Unavailable: If the home folder cannot be made.
    """
    workspace = Workspace(settings, clock)
    try:
        yield workspace
    finally:
        workspace.close()
