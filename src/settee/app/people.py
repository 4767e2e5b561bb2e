"""The people of a workspace: who is there, who lives there, what somebody told of them.

Reads: households.  Writes: corrections, as facts.
Not here: how persons are told apart (people).
"""

from settee.app.answers import AnswersWork
from settee.core import new_id
from settee.people import Correction, Moment, PersonEvent, Who, correction_record
from settee.respond import Corrected, HouseholdView, UnknownAccount


class PeopleWork(AnswersWork):
    """Tells who is there, and learns from whoever knows."""

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
