"""Say which version is in use, and let a better one take over.

The pointer is the newest row of an append-only table: it moves in one transaction or not at all,
and every earlier position stays readable. After releases a, b and a rollback the history reads
a, b, a, and a second rollback has nothing before a to go back to.

Reads: bundles, the tables.  Writes: one row per decision.
Not here: what a version is worth (learn), how it serves (respond).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from settee.core import Conflict, NotFound, Settings, instant_text
from settee.events import Progress, no_progress
from settee.learn import (
    CARD_FACTS,
    TRAINING,
    Card,
    GateFailed,
    ReadRecord,
    Verdict,
    compare,
    facts_of,
    refusal,
)
from settee.ranking import Model, load_model
from settee.store import Release, Tables, list_bundles, open_bundle

_ROLLBACK = "rolled_back_from"
_HOW = "Run settee train, then settee release."


class NoSuchVersion(NotFound):
    """There is no bundle of that name, or none at all."""

    code = "no_such_version"


class NothingBefore(Conflict):
    """There is no earlier version to go back to."""

    code = "nothing_before"


@dataclass(frozen=True)
class Decision:
    """A pointer that moved.

    Args:
        version: In use from now on.
        previous: In use until now, None before the first release.
        at: When.
        reason: Why, for people.
        verdict: What the gate found; None for a rollback and where it could not compare.
    """

    version: str
    previous: str | None
    at: datetime
    reason: str
    verdict: Verdict | None = None

    def as_dict(self) -> dict[str, Any]:
        """The decision as JSON."""
        return {
            "version": self.version,
            "previous": self.previous,
            "at": instant_text(self.at),
            "reason": self.reason,
            "verdict": None if self.verdict is None else self.verdict.as_dict(),
        }


class Registry:
    """Trained versions, and which of them is in use.

    Args:
        bundles: Folder of all bundles; need not exist yet.
        tables: Where releases and trainings are written down.
    """

    def __init__(self, bundles: Path, tables: Tables) -> None:
        self.bundles = bundles
        self._tables = tables

    def versions(self) -> list[str]:
        """Every version on disk, by name."""
        return list_bundles(self.bundles)

    def current(self) -> str | None:
        """The version in use, None before the first release."""
        return self._tables.current_release()

    def history(self) -> list[Release]:
        """Every move of the pointer, newest first."""
        return self._tables.releases()

    def newest(self) -> str | None:
        """The version trained last, None when none was."""
        reports = self._tables.reports(TRAINING, 1)
        return str(reports[0].body["version"]) if reports else None

    def load(self, version: str | None = None) -> Model:
        """Open a version, or the one in use; every byte is checked against its hash.

        Raises:
            NoSuchVersion: If there is no such version, or none is in use.
            Damaged: If its bundle is not what was written.
        """
        return load_model(self.bundles / self._name(version))

    def card(self, version: str | None = None) -> Card:
        """What the bundle of a version says of itself, without loading its model.

        Raises:
            NoSuchVersion: If there is no such version, or none is in use.
            Damaged: If its bundle is not what was written.
        """
        name = self._name(version)
        bundle = open_bundle(self.bundles / name)
        if CARD_FACTS not in bundle.texts:  # written before bundles held one
            return Card(facts_of(self.load(name)), name)
        return Card(json.loads(bundle.text(CARD_FACTS)), name)

    def _name(self, version: str | None) -> str:
        name = version or self.current()
        if name is None:
            raise NoSuchVersion("no version is in use.", hint=_HOW)
        if name not in self.versions():
            raise NoSuchVersion(
                f'there is no version "{name}"; there are {_listed(self.versions())}.',
                hint=_HOW,
            )
        return name

    def release(
        self,
        version: str | None,
        at: datetime,
        settings: Settings,
        read: ReadRecord,
        *,
        force_reason: str = "",
        progress: Progress = no_progress,
    ) -> Decision:
        """Put a version to use when it passes the gate.

        Args:
            version: Which; None is the one trained last.
            at: When, aware.
            settings: Metric and tolerance of the gate.
            read: Reads the record; called only when the gate has to judge anew.
            force_reason: Why it is to be released although it fails the gate; "" for never. It
                is written down.
            progress: Told what the gate is doing.

        Returns:
            The decision; releasing the version in use again moves nothing.

        Raises:
            NoSuchVersion: If there is no such version.
            GateFailed: If it is worse than the one in use, or cannot be compared.
            Damaged: If its bundle is not what was written.
        """
        name = version or self.newest()
        if name is None:
            raise NoSuchVersion("no version was trained yet.", hint=_HOW)
        candidate = self.load(name)
        previous = self.current()
        if previous == name:
            return Decision(name, previous, self.history()[0].at, "it is in use already.")
        verdict: Verdict | None
        try:
            champion = None if previous is None else self.load(previous)
            verdict = compare(candidate, champion, settings, read, progress)
            if not verdict.passes:
                raise refusal(candidate, verdict)
            reason = verdict.reason
        except (GateFailed, NoSuchVersion) as error:
            if not force_reason:
                raise
            verdict = None
            reason = f"forced: {force_reason} (the gate said: {error.message})"
        metrics: dict[str, Any] = {} if verdict is None else verdict.as_dict()
        if force_reason and verdict is None:
            metrics = {"forced": force_reason}
        return self._move(name, previous, at, reason, metrics, verdict)

    def rollback(self, at: datetime, reason: str = "") -> Decision:
        """Go back to the version before the one in use; no gate is asked.

        Args:
            at: When, aware.
            reason: Why, for people.

        Raises:
            NothingBefore: If there is none.
            NoSuchVersion: If its bundle is gone.
            Damaged: If its bundle is not what was written.
        """
        stack = _standing(self.history())
        if len(stack) < 2:
            raise NothingBefore(
                f"there is no version before {stack[0] if stack else 'the first release'} to go "
                "back to.",
                hint="settee release VERSION puts any version to use.",
            )
        now, before = stack[-1], stack[-2]
        self.load(before)
        told = f"rolled back from {now}" + (f": {reason}" if reason else ".")
        return self._move(before, now, at, told, {_ROLLBACK: now}, None)

    def _move(
        self,
        version: str,
        previous: str | None,
        at: datetime,
        reason: str,
        metrics: dict[str, Any],
        verdict: Verdict | None,
    ) -> Decision:
        self._tables.add_release(version, at, reason, metrics)
        return Decision(version, previous, at, reason, verdict)


def _standing(history: Sequence[Release]) -> list[str]:
    """The versions that a rollback walks back through, the one in use last."""
    stack: list[str] = []
    for release in reversed(history):
        if _ROLLBACK in release.metrics:
            while stack and stack[-1] != release.version:
                stack.pop()
        if not stack or stack[-1] != release.version:
            stack.append(release.version)
    return stack


def _listed(versions: Sequence[str]) -> str:
    return ", ".join(versions) if versions else "none"
