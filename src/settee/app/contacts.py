"""The contacts of a workspace: who may be addressed, who said so, and who never is.

Reads: the record, rules, the suppression list.  Writes: facts, the suppression list, its log.
Not here: what follows from it for a person (audiences.guard), exports (app.exports).
"""

from collections.abc import Callable, Mapping, Sequence

from settee.app.people import PeopleWork
from settee.audiences import Guard, child_pattern, entries_of
from settee.core import check_id, new_id
from settee.events import (
    Contacted,
    ContactState,
    ContactWord,
    Progress,
    check_contact,
    contact_record,
    no_progress,
    past_contacts,
)
from settee.store import CHILD, CONSENT

_FOLD_BATCH = 5000
_SALT = "suppressions"


class ContactsWork(PeopleWork):
    """Knows who may be addressed."""

    _children: tuple[tuple[int, tuple[str, ...]], Mapping[str, bool]] | None = None
    _listed_at: tuple[int, tuple[int, int, int]] | None = None

    def put_contact(self, account_id: str, word: ContactWord) -> Contacted:
        """Take in what an account, or a person in it, says about being contacted.

        It is on disk before this returns, part of every replay, and counts for every audience that
        is read or leaves the house from now on.

        Args:
            account_id: Whose.
            word: Consent by channel, or whether they are a child.

        Raises:
            BadId: If `account_id` can be no id.
            BadContact: If nothing is said.
        """
        check_id(account_id, "account_id")
        check_contact(word)
        at = self.clock()
        event_id = word.event_id or new_id("con", at)
        appended = self.journal.append([contact_record(word, account_id, event_id, at)])
        return Contacted(event_id, is_new=bool(appended.n_new))

    def contact(self, account_id: str) -> ContactState:
        """What an account and its persons said about being contacted.

        Args:
            account_id: Whose; one that is unknown said nothing.

        Raises:
            BadId: If it can be no id.
        """
        check_id(account_id, "account_id")
        self.fold_contacts()
        said = self.contact_view.said(account_id)
        whole = _word(said.pop("", {}))
        persons = {person_id: _word(words) for person_id, words in sorted(said.items())}
        return ContactState(account_id, whole.consent, whole.child, persons)

    def fold_contacts(self, progress: Progress = no_progress) -> None:
        """Bring the view of contacts up to the record: segments first."""
        view = self.contact_view
        for segment in self.history.segments():
            if segment.origin == "import" and not view.has_segment(segment.segment_id):
                progress("contacts", 0, segment.n_rows)
                view.load_segment(segment.segment_id, past_contacts(self.history, segment))
        self._fold_journalled()

    def _fold_journalled(self) -> None:
        view = self.contact_view
        while entries := self.journal.read(view.offset(), _FOLD_BATCH):
            view.apply(entries)

    def guard(self, account_ids: Sequence[str] | None = None) -> Guard:
        """Everything that decides who may be addressed, as the record says now.

        Args:
            account_ids: Whom it will be asked about, where they are few: then their touches and
                purchases are not looked at, only what was said; None for anybody.
        """
        self.fold_contacts()
        mark = self.suppression.mark()
        if self._listed is None or self._listed[0] != mark:
            self._listed = mark, self.suppression.entries()
        rules = self.rulebook.current().rules
        profiles = [
            one
            for rule in rules
            if rule.kind == "age_limit" and rule.is_active
            for one in rule.profiles
        ]
        profiled = self._profiled(profiles, account_ids)
        if profiled and account_ids is None and self.settings.people.enabled:
            self.people.step()  # a service keeps persons up beside answering, others do it here
        return Guard(
            self.contact_view.contacts()
            if account_ids is None
            else self.contact_view.contacts_of(account_ids),
            self.settings.audiences,
            self._listed[1],
            self.audience_tables.salt(_SALT),
            tuple(profiles),
            profiled,
            lambda account_id: self._child_persons(account_id, profiles),
        )

    def _profiled(
        self, profiles: Sequence[str], account_ids: Sequence[str] | None
    ) -> Mapping[str, bool]:
        """Accounts that picked a child's profile, and whether they picked no other."""
        matches = self._names_child(profiles)
        if matches is None:
            return {}
        if account_ids is not None:
            return self.contact_view.profiled(matches, account_ids)
        of = self.contact_view.version(), tuple(profiles)
        if self._children is None or self._children[0] != of:
            self._children = of, self.contact_view.profiled(matches)
        return self._children[1]

    def _child_persons(self, account_id: str, profiles: Sequence[str]) -> frozenset[str]:
        """Persons of an account whose sessions with a profile were mostly under a child's."""
        matches = self._names_child(profiles)
        if matches is None or not self.settings.people.enabled:
            return frozenset()
        household = self.people.household(account_id)
        if household is None:
            return frozenset()
        found = set[str]()
        for person_id, picked in household.picks().items():
            by_child = sum(n for profile_id, n in picked.items() if matches(profile_id))
            if by_child > 0 and 2 * by_child >= sum(picked.values()):
                found.add(person_id)
        return frozenset(found)

    def _names_child(self, profiles: Sequence[str]) -> Callable[[str], bool] | None:
        """Is a profile a child's, by its id? None where nothing says what one is called."""
        pattern = child_pattern((*self.settings.audiences.child_profiles, *profiles))
        return None if pattern is None else lambda name: pattern.match(name.lower()) is not None

    def contact_mark(self) -> tuple[int, int, int, int]:
        """Another one once anybody may be addressed who might not, or the other way round.

        Time is not in it: caps and quiet days end by themselves. It is asked 50 times a second
        while answers go out, so the tables are read only where somebody wrote to them.
        """
        changes = self.tables.database.changes()
        if self._listed_at is None or self._listed_at[0] != changes:
            self.fold_contacts()
            listed = (*self.suppression.mark(), self.rulebook.current().version)
            self._listed_at = changes, listed
        else:
            self._fold_journalled()
        return (self.contact_view.version(), *self._listed_at[1])

    def suppress(self, raw: bytes, who: str, why: str = "") -> int:
        """Never address whom a list names.

        Args:
            raw: One a line: an account, account and person behind a comma, or sha256: and a hash.
            who: Who does it.
            why: Why, for people.

        Returns:
            How many were not on it before.

        Raises:
            BadSuppression: If the list cannot be understood.
            BadId: If a line names what can be no id.
        """
        at, salt = self.clock(), self.audience_tables.salt(_SALT)
        n_new = self.suppression.suppress(list(entries_of(raw, salt)), at=at, who=who, why=why)
        self.audience_tables.log("suppressed", at=at, who=who, n=n_new, why=why)
        return n_new

    def free(self, raw: bytes, who: str, why: str = "") -> int:
        """Take whom a list names from the suppression list; see `suppress`.

        Returns:
            How many were on it.

        Raises:
            BadSuppression: If the list cannot be understood.
            BadId: If a line names what can be no id.
        """
        at, salt = self.clock(), self.audience_tables.salt(_SALT)
        n_freed = self.suppression.free(list(entries_of(raw, salt)))
        self.audience_tables.log("freed", at=at, who=who, n=n_freed, why=why)
        return n_freed


def _word(said: dict[str, bool]) -> ContactWord:
    consent = {
        about.removeprefix(CONSENT): is_so
        for about, is_so in sorted(said.items())
        if about.startswith(CONSENT)
    }
    return ContactWord(consent, said.get(CHILD))
