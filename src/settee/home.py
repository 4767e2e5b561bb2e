"""Open the parts of one home folder, and keep those that are views up to the record.

Each part opens when it is first needed, and all close together: `settee report` never opens the
journal, and `settee serve` opens it once.

Reads / Writes: the home folder, through the rooms.
Not here: everything else that takes several parts (app).
"""

from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from settee.core import Clock, Settings
from settee.events import LiveQuarantine, Progress, catalogue, no_progress, profile_rows
from settee.govern import DEFAULT_TENANT, Keys, Limits, Tenants, home_of
from settee.people import Generations, HouseholdKeeper, People, Sources
from settee.release import Registry
from settee.rules import Rulebook
from settee.store import (
    AudienceTables,
    ContactView,
    Health,
    History,
    HotState,
    Households,
    Journal,
    Profiles,
    RuleTable,
    Segment,
    SuppressionTable,
    Tables,
    open_state,
    seal_journal,
)

_FOLD_BATCH = 5000


class Home:
    """The parts of one folder.

    Args:
        settings: Effective settings; `home` is made when missing.
        clock: Tells the present instant.
        tenant_id: Whose folder it is: that of the default tenant is `settings.home` itself.

    Raises:
        BadTenant: If no tenant can be called so.
        NotFound: If there is no such tenant.
    """

    def __init__(self, settings: Settings, clock: Clock, tenant_id: str = DEFAULT_TENANT) -> None:
        self.settings = settings
        self.tenant_id = tenant_id
        self.root: Path = settings.home
        self.home: Path = home_of(settings.home, tenant_id)
        self.clock = clock
        self._open = ExitStack()
        self._kept: tuple[object, HouseholdKeeper] | None = None
        self._learnt: tuple[str, ...] = ()
        self._listed: tuple[tuple[int, int], frozenset[str]] | None = None
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        if tenant_id != DEFAULT_TENANT:
            try:
                self.tenants.demand(tenant_id)
            except BaseException:
                self._open.close()
                raise
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)

    @cached_property
    def tables(self) -> Tables:
        """Items, segments, reports and releases."""
        return self._open.enter_context(Tables(self.home / "tables.db"))

    @cached_property
    def root_tables(self) -> Tables:
        """The tables of the default tenant, where keys and tenants of all are."""
        if self.tenant_id == DEFAULT_TENANT:
            return self.tables
        return self._open.enter_context(Tables(self.root / "tables.db"))

    @cached_property
    def journal(self) -> Journal:
        """The log of live facts."""
        path = self.home / "journal.db"
        return self._open.enter_context(Journal(path, self.settings.journal))

    @cached_property
    def state(self) -> HotState:
        """What an answer reads of an account, views of the record."""
        state = open_state(self.home, self.settings.state, self.journal.last_offset())
        state.restore_by(self._load_imports)
        return self._open.enter_context(state)

    @property
    def profiles(self) -> Profiles:
        """What each account did lately."""
        return self.state.profiles

    @cached_property
    def history(self) -> History:
        """The record as Parquet segments."""
        return History(self.home / "history", self.tables, self.settings.imports)

    @cached_property
    def keys(self) -> Keys:
        """API keys of all tenants."""
        return Keys(self.root_tables, self.limits)

    @cached_property
    def tenants(self) -> Tenants:
        """Those who have a folder of their own."""
        return Tenants(self.root, self.root_tables)

    @cached_property
    def limits(self) -> Limits:
        """Where requests are counted."""
        limits = Limits(self.root / "limits.bin", self.settings.access.max_failures)
        self._open.callback(limits.close)
        return limits

    @cached_property
    def rulebook(self) -> Rulebook:
        """The rules of the business, version after version."""
        return Rulebook(RuleTable(self.tables.database))

    @cached_property
    def contact_view(self) -> ContactView:
        """Who may be addressed, a view of the record."""
        view = self._open.enter_context(ContactView(self.home / "contacts.db"))
        if view.offset() > self.journal.last_offset():
            view.clear()  # it followed another journal, as after a restore from a backup
        return view

    @cached_property
    def audience_tables(self) -> AudienceTables:
        """Audiences, and what of them left the house."""
        return AudienceTables(self.tables.database)

    @cached_property
    def suppression(self) -> SuppressionTable:
        """Those who are never addressed."""
        return SuppressionTable(self.tables.database)

    @property
    def bundles(self) -> Path:
        """Folder of all bundles."""
        return self.home / "bundles"

    @cached_property
    def registry(self) -> Registry:
        """Trained and released versions."""
        return Registry(self.bundles, self.tables)

    @cached_property
    def health(self) -> Health:
        """Examinations of the files and the disk."""
        return Health(self.home, self.settings.journal)

    @cached_property
    def generations(self) -> Generations:
        """What is known across households, as it was at one time after another."""
        return Generations(self.home / "populations", self.settings.people)

    @cached_property
    def people(self) -> People:
        """Who lives in each account, a view of the record."""
        households = self._open.enter_context(Households(self.home / "households.db"))
        sources = Sources(
            households, self.journal, self.history, self.settings.people, self._keeper
        )
        people = People(sources)
        self._open.callback(people.close)
        return people

    def _keeper(self) -> HouseholdKeeper:
        """Opens households under the generations that are there now."""
        known = self.generations.all()
        if self._kept is None or self._kept[0] is not known:
            self._kept = known, HouseholdKeeper(known, self.settings.people)
        return self._kept[1]

    @cached_property
    def quarantine(self) -> LiveQuarantine:
        """Where refused live events are kept."""
        return LiveQuarantine(self.home / "quarantine")

    def fold(self, progress: Progress = no_progress) -> None:
        """Bring profiles, populations and households up to the record."""
        self.fold_profiles(progress)
        if self.settings.people.enabled:
            self.learn_people(progress)
            self.people.fold(progress)

    def learn_people(self, progress: Progress = no_progress) -> None:
        """Learn the populations that are due from what is sealed; see `people.Generations`."""
        if not self.settings.people.enabled:
            return
        there = tuple(one.segment_id for one in self.history.segments())
        if there != self._learnt and self.generations.is_due(self.history):
            items = catalogue(self.tables, self.history)
            self.generations.learn(self.history, items, progress)
        self._learnt = there

    def fold_profiles(self, progress: Progress = no_progress) -> None:
        """Bring profiles, what was shown, and preferences up to the record: segments first."""
        self._load_imports(progress)
        while entries := self.journal.read(self.state.offset(), _FOLD_BATCH):
            self.state.apply(entries)
        self.state.flush()

    def _load_imports(self, progress: Progress = no_progress) -> None:
        for segment in self.history.segments():
            if segment.origin == "import":
                rows = profile_rows(self.history, segment, self.profiles)
                progress("profiles", 0, segment.n_rows)
                self.profiles.load_segment(segment.segment_id, rows)

    def seal(self, progress: Progress = no_progress) -> Segment | None:
        """Copy what the journal gained since the last time into a segment of history."""
        return seal_journal(self.history, self.journal, self.clock(), progress)

    def close(self) -> None:
        """Write what waits and let everything go; closing twice is harmless."""
        self._open.close()
