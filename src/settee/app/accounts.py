"""The accounts of a workspace: what somebody new picked, and who turned out to be one.

Reads: the journal, households.  Writes: facts.
Not here: what a fact looks like (events.onboarding, events.uniting), what views make of it (store).
"""

from settee.app.people import PeopleWork
from settee.core import check_id, new_id
from settee.events import (
    Merged,
    MergedElsewhere,
    Onboarded,
    Onboarding,
    check_merge,
    check_onboarding,
    merge_id,
    merge_record,
    onboarding_records,
)
from settee.people import NoSuchPerson
from settee.store import Preferred


class AccountsWork(PeopleWork):
    """Welcomes accounts, and unites those that are one."""

    def onboard(self, account_id: str, picked: Onboarding) -> Onboarded:
        """Take in what somebody picked: titles count as liked from the next answer on.

        It is on disk before this returns, and part of every replay.

        Args:
            account_id: Whose.
            picked: Titles, tags and languages; a repeat under the same `event_id` changes nothing.

        Raises:
            BadId: If `account_id` can be no id.
            BadOnboarding: If nothing is picked, or something twice.
            NoSuchPerson: If it names a person whom the account does not have.
        """
        check_id(account_id, "account_id")
        check_onboarding(picked)
        responder = self.responder()
        if picked.person_id is not None:
            self._check_person(account_id, picked.person_id)
        at = self.clock()
        event_id = picked.event_id or new_id("onb", at)
        unknown = [one for one in picked.item_ids if not responder.standing_of(one, as_of=at)[0]]
        if self.journal.has(event_id):
            return Onboarded(event_id, is_new=False, n_picks=0, unknown_items=unknown)
        records = onboarding_records(picked, account_id, event_id, at)
        appended = self.journal.append(records)
        responder.look_after(appended.last_offset, {account_id})
        return Onboarded(
            event_id,
            is_new=bool(appended.n_new),
            n_picks=max(appended.n_new - 1, 0),
            unknown_items=unknown,
        )

    def merge_accounts(self, account_id: str, origin: str) -> Merged:
        """Make an account a part of another; what comes under its id later follows.

        It is on disk before this returns, and part of every replay. Repeating it changes nothing.

        Args:
            account_id: The account that stays.
            origin: The one that becomes a part of it.

        Raises:
            BadId: If one of the two can be no id.
            BadMerge: If both are one.
            MergedElsewhere: If `origin` is a part of another account already.
        """
        check_id(account_id, "account_id")
        check_id(origin, "from")
        check_merge(origin, account_id)
        responder = self.responder()
        if self.state.root(account_id) == self.state.root(origin):
            return Merged(account_id, origin, is_new=False)
        appended = self.journal.append([merge_record(origin, account_id, self.clock())])
        if appended.n_new:
            responder.look_after(appended.last_offset, {account_id, origin})
            return Merged(account_id, origin, is_new=True)
        before = self.journal.find(merge_id(origin))
        into = account_id if before is None else before.record.account_id
        if into != account_id:
            raise MergedElsewhere(
                f'account "{origin}" is a part of "{into}" already; an account is merged once.',
                hint=f'Ask for "{into}", or merge that one.',
                place="from",
            )
        return Merged(account_id, origin, is_new=False)

    def preferences(self, account_id: str, person_id: str | None = None) -> Preferred:
        """Tags and languages that an account, or a person of it, said they like.

        Args:
            account_id: Whose.
            person_id: Of whom in it; None for nobody in particular.
        """
        self.fold_profiles()
        return self.state.preferences.get(account_id).of(person_id)

    def _check_person(self, account_id: str, person_id: str) -> None:
        household = self.people.household(account_id)
        known = [] if household is None else [one.person_id for one in household.persons]
        if person_id not in known:
            raise NoSuchPerson(
                f'account "{account_id}" has no person "{person_id}".',
                hint=f"settee people {account_id} lists them.",
                place="person_id",
            )
