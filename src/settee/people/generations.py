"""Learn populations as the record grows, and keep each with its cutoff.

A record of 90 days has generations after 1, 2, 3, 4, 5, 7, 9 and 12 weeks: each is learnt from what
had happened by then alone, so an answer of the third week never knows the fourth, whenever it is
worked out. A generation stays as it is unless an import changes the past that it was learnt from.

Reads: history, titles.  Writes: bundles in a folder of their own.
Source: Vovk & Dawid on prequential forecasts: Dawid (1984), "Statistical Theory: The Prequential
Approach".
Not here: what is learnt (people.population), who uses it when (people.keeping).
"""

import heapq
import shutil
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from settee.core import PeopleSettings
from settee.events import Catalogue, Progress, activity, no_progress
from settee.people.calm_learning import with_calm
from settee.people.population import GROUP, Population, learn_population
from settee.people.sessions import Sessions, join_sessions, sessions_of
from settee.store import History, Segment, list_bundles, open_bundle, write_bundle

_DAY_S = 86_400
_MICROS = 1_000_000
_GROWTH = 1.25
_MOST_ACCOUNTS = 4000
_SEED = 7


class Generations:
    """The populations of one record.

    Args:
        folder: Where their bundles are.
        settings: How often to learn, and what a session is.
    """

    def __init__(self, folder: Path, settings: PeopleSettings) -> None:
        self._folder = folder
        self._settings = settings
        self._known: tuple[tuple[str, Population], ...] = ()

    def all(self) -> tuple[tuple[str, Population], ...]:
        """Names and populations, oldest cutoff first; the same object until something changes.

        Raises:
            SetteeError: If a bundle is damaged.
        """
        names = list_bundles(self._folder)
        if sorted(name for name, _ in self._known) != names:
            known = dict(self._known)
            found = [(name, known.get(name) or self._load(name)) for name in names]
            self._known = tuple(sorted(found, key=lambda one: (one[1].until_s, one[0])))
        return self._known

    def is_due(self, history: History) -> bool:
        """Is there a generation to be learnt from what is sealed?

        Raises:
            SetteeError: If a bundle is damaged.
        """
        segments = history.segments()
        made_of = {until_s: _made_of(segments, until_s) for until_s in self._due(segments)}
        return bool(made_of.keys() - self._there(made_of))

    def learn(
        self, history: History, catalogue: Catalogue, progress: Progress = no_progress
    ) -> list[str]:
        """Learn the generations that are due and not there; names of the new ones.

        Args:
            history: The record, sealed.
            catalogue: Titles and tags.
            progress: Told how far it is.

        Raises:
            SetteeError: If the record or a bundle cannot be used.
        """
        segments = history.segments()
        if not segments:
            return []
        made_of = {until_s: _made_of(segments, until_s) for until_s in self._due(segments)}
        there = self._there(made_of)
        missing = [until_s for until_s in made_of if until_s not in there]
        if not missing:
            return []
        sessions = _some_sessions(history, self._settings, progress)
        new = []
        for number, until_s in enumerate(missing):
            progress("populations", number, len(missing))
            if (sessions.end_us <= (until_s - self._settings.gap_s) * _MICROS).any():
                known = learn_population(
                    sessions, catalogue, until_s, self._settings, _SEED, self._before(until_s)
                )
                known = with_calm(known, sessions, self._settings)
                about = {"kind": GROUP, "until_s": until_s, "imports": made_of[until_s]}
                new.append(write_bundle(self._folder, about, {GROUP: known.to_arrays()}, {}))
        progress("populations", len(missing), len(missing))
        return new

    def _before(self, until_s: int) -> Population | None:
        """The generation before a cutoff."""
        earlier = [known for _, known in self.all() if known.until_s < until_s]
        return earlier[-1] if earlier else None

    def _due(self, segments: Sequence[Segment]) -> list[int]:
        """Cutoffs that have passed, epoch seconds: further and further apart."""
        if not segments:
            return []
        first_s = min(one.first_at_us for one in segments) // _MICROS
        last_s = max(one.last_at_us for one in segments) // _MICROS
        step_s = self._settings.learn_every_days * _DAY_S
        start_s = first_s - first_s % _DAY_S
        due, times = [], 1
        while (until_s := start_s + int(times * step_s)) <= last_s:
            due.append(until_s)
            times = max(times + 1, int(np.ceil(times * _GROWTH)))
        return due

    def _there(self, made_of: dict[int, list[str]]) -> set[int]:
        """Cutoffs whose generation is there; bundles that nobody asks for any more are removed."""
        there: set[int] = set()
        for name in list_bundles(self._folder):
            about = open_bundle(self._folder / name).manifest
            until_s = int(about["until_s"])
            if made_of.get(until_s) == about["imports"] and until_s not in there:
                there.add(until_s)
            else:
                shutil.rmtree(self._folder / name)
        return there

    def _load(self, name: str) -> Population:
        return Population.from_arrays(open_bundle(self._folder / name).arrays(GROUP))


def _made_of(segments: Sequence[Segment], until_s: int) -> list[str]:
    """Imports that tell of the past before a cutoff."""
    return sorted(
        one.sha256
        for one in segments
        if one.origin == "import" and one.first_at_us < until_s * _MICROS
    )


def _some_sessions(history: History, settings: PeopleSettings, progress: Progress) -> Sessions:
    """Sessions of at most some thousand accounts, the same ones in every replay."""
    kept: list[tuple[int, str, Sessions]] = []
    for part in activity(history):
        progress("sessions", 0, 0)
        sessions = sessions_of(part, settings)
        for number, account_id in enumerate(sessions.account_ids):
            key = -int.from_bytes(blake2b(account_id.encode(), digest_size=8).digest())
            if len(kept) < _MOST_ACCOUNTS:
                heapq.heappush(kept, (key, account_id, sessions.of_account(number)))
            elif key > kept[0][0]:
                heapq.heapreplace(kept, (key, account_id, sessions.of_account(number)))
    return join_sessions([_lean(one) for _, _, one in sorted(kept, key=lambda one: one[1])])


def _lean(sessions: Sessions) -> Sessions:
    """One account without the spaces of all others."""
    lean: dict[str, Any] = {}
    for space, column in (
        ("account_ids", "account"), ("device_ids", "device"), ("platforms", "platform"),
        ("profile_ids", "profile"), ("item_ids", "item"),
    ):  # fmt: skip
        names, values = getattr(sessions, space), getattr(sessions, column)
        used = np.unique(values[values >= 0])
        lean[space] = tuple(names[one] for one in used.tolist())
        lean[column] = np.where(values >= 0, np.searchsorted(used, values), -1).astype(np.int32)
    return replace(sessions, **lean)
