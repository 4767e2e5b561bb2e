"""The skew of a workspace: is what was served what is computed from the record?

Views of the record are built anew in a folder of their own, and journalled answers are asked for
once more as of the very entry of the journal that they knew.

Reads: the record, tables, bundles.  Writes: a folder that is gone afterwards.
Not here: the comparison (respond.replayed).
"""

import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from settee.app.answers import AnswersWork
from settee.events import profile_rows
from settee.people import People, Sources
from settee.respond import EXPOSURE_KIND, Parts, Skew, replay_skew
from settee.store import Entry, Households, JournalUntil, open_state

_WINDOW = 5000
_SEEN_WITHIN = timedelta(seconds=2)  # in which a change reaches every worker


class SkewWork(AnswersWork):
    """Compares what was served with what is computed anew."""

    def skew(self, n: int = 100) -> Skew:
        """Ask for the last journalled answers once more.

        Args:
            n: How many.

        Raises:
            SetteeError: If the record cannot be read, or there is no room for the views.
        """
        with ExitStack() as stack:
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix=".skew-", dir=self.home))
            )
            journal = stack.enter_context(
                JournalUntil(self.home / "journal.db", self.settings.journal)
            )
            state = stack.enter_context(open_state(folder))
            for segment in self.history.segments():
                if segment.origin == "import":
                    rows = profile_rows(self.history, segment, state.profiles)
                    state.profiles.load_segment(segment.segment_id, rows)
            people = self._people_again(stack, folder, journal)
            parts = Parts(
                state, self.tables, journal, self.settings, self.clock, self.bundles,
                people=people, rules=self.rulebook.current,
            )  # fmt: skip
            return replay_skew(parts, self._last_exposures(n), self._changes())

    def _people_again(self, stack: ExitStack, folder: Path, journal: JournalUntil) -> People | None:
        """Households out of the imports alone; None where persons are not looked for."""
        if not self.settings.people.enabled:
            return None
        households = stack.enter_context(Households(folder / "households.db"))
        people = People(
            Sources(households, journal, self.history, self.settings.people, self._keeper)
        )
        stack.callback(people.close)
        while people.step():
            pass
        return people

    def _last_exposures(self, n: int) -> list[Entry]:
        """The newest exposures of the journal, oldest first."""
        found: list[Entry] = []
        end = self.journal.last_offset()
        while end > 0 and len(found) < n:
            start = max(end - _WINDOW, 0)
            page = [
                entry
                for entry in self.journal.read(start, _WINDOW)
                if entry.offset <= end and entry.record.kind == EXPOSURE_KIND
            ]
            found = page + found
            end = start
        return found[-n:]

    def _changes(self) -> dict[str, datetime]:
        """Until when what the journal does not hold may have been otherwise in some worker."""
        changes: dict[str, datetime] = {}
        item_ids = [item.item_id for item in self.tables.items()]
        put_s = max(self.tables.items_put_s(item_ids).values(), default=None)
        if put_s is not None:
            changes["items"] = datetime.fromtimestamp(put_s, tz=UTC)
        imports = [one.added_at for one in self.history.segments() if one.origin == "import"]
        if imports:
            changes["import"] = max(imports)
        releases = self.tables.releases()
        if releases:
            changes["release"] = releases[0].at
        rules = self.rulebook.history(1)
        if rules:
            changes["rules"] = rules[0].at
        return {name: at + _SEEN_WITHIN for name, at in changes.items()}
