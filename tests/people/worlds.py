"""A record with a people room over it, in one folder."""

import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from settee.core import JournalSettings, PeopleSettings, from_epoch_s, instant_text
from settee.events import accept_batch
from settee.people import People, Sources
from settee.people.corrections import Correction, to_record
from settee.store import Households, Journal, seal_journal
from tests.events.worlds import NOW, Home
from tests.people.activities import Act
from tests.people.fakes import FakeKeeper

LOOSE = tuple(
    f"checks.{name}=1"
    for name in (
        "max_bad_share", "max_duplicate_share", "max_missing_share", "max_unknown_item_share",
        "max_disorder_share", "max_before_item_share",
    )
)  # fmt: skip


class Place:
    """A home folder; `people` may be closed and opened anew."""

    def __init__(self, path: Path, people: PeopleSettings | None = None) -> None:
        self.home = Home(path)
        self.path = path
        self.settings = people or PeopleSettings()
        self.keeper: Any = FakeKeeper()
        self.journal = Journal(path / "journal.db", JournalSettings(synchronous="normal"))
        self._stack = ExitStack()
        self._stack.callback(self.home.tables.close)
        self._stack.enter_context(self.journal)
        self._n_files = 0
        self.people = self.another()

    def another(self, name: str = "households.db", cached: int = 1 << 26) -> People:
        """Another view of the same record."""
        households = self._stack.enter_context(Households(self.path / name))
        sources = Sources(
            households, self.journal, self.home.history, self.settings, lambda: self.keeper
        )
        return People(sources, max_cached_bytes=cached)

    def live(self, acts: Iterable[Act]) -> None:
        """Send events to the journal, without folding them."""
        records, rejected = accept_batch([wire(one) for one in acts], NOW, _CHECKS)
        assert not rejected, rejected
        self.journal.append(records)

    def tell(self, account_id: str, correction: Correction, event_id: str, at_s: int) -> None:
        self.journal.append([to_record(correction, account_id, event_id, from_epoch_s(at_s))])

    def bring(self, acts: Sequence[Act], *, is_sealed: bool = True) -> None:
        """Import events from a file."""
        if is_sealed:
            self.seal()
        self._n_files += 1
        raw = b"\n".join(wire(one) for one in acts)
        self.home.take(self.home.text(f"events{self._n_files}.jsonl", raw), *LOOSE)

    def seal(self) -> None:
        seal_journal(self.home.history, self.journal, NOW)

    def close(self) -> None:
        self._stack.close()


_CHECKS = Home.settings(Home.__new__(Home)).checks


def wire(act: Act) -> bytes:
    fields: dict[str, Any] = {
        "event_id": act.event_id, "account_id": act.account_id, "kind": act.kind,
        "at": instant_text(from_epoch_s(act.at)), "item_id": act.item_id,
        "device_id": act.device_id, "device_type": act.device_type, "platform": act.platform,
        "profile_id": act.profile_id, "duration_s": act.duration_s,
    }  # fmt: skip
    return json.dumps({name: value for name, value in fields.items() if value is not None}).encode()


def state_of(people: People) -> dict[str, Any]:
    """Everything that a view holds, apart from numbers of transactions."""
    households = people._sources.households
    found: dict[str, Any] = {}
    for account_id in people.account_ids():
        state = households.get(account_id)
        assert state is not None
        found[account_id] = (state.passed_us, state.running, state.persons)
    return {"accounts": found, "answers": list(people.export("as_known"))}
