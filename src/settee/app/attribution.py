"""The credit of channels in a workspace: contacts read, given to persons, credited, told.

Reads: the record, households, audiences.  Writes: the record, where live events are sealed first.
Not here: paths and methods (measure).
"""

import numpy as np
from numpy.typing import NDArray

from settee.app.campaigns import CampaignsWork
from settee.core import NotFound
from settee.events import (
    Contacts,
    Progress,
    all_accounts,
    no_progress,
    read_contacts,
    spent_by,
)
from settee.measure import (
    Asked,
    CreditQuery,
    CreditReport,
    Experiment,
    PersonsOff,
    Span,
    Worlds,
    drawn,
    gather_paths,
    in_holdout,
    read_holdout,
    report_accounts,
    report_paths,
    report_persons,
    whose_contacts,
)


class NoSuchAccount(NotFound):
    """An account that is asked about has no contact and no conversion."""

    code = "no_such_account"


class AttributionWork(CampaignsWork):
    """Credits channels."""

    def attribute(
        self, query: CreditQuery | None = None, progress: Progress = no_progress
    ) -> CreditReport:
        """The credit of channels for conversions, by every method side by side.

        Args:
            query: What is asked; everything by default.
            progress: Told how far the record was read.

        Raises:
            NoContacts: If the record holds no contact.
            NothingToCredit: If no path ended in a conversion, or a method has no answer.
            NoSuchAccount: If the journey is asked of an account without contacts.
            BadHoldout: If nobody or everybody is held out.
            NoSuchCampaign: If a holdout is named by a campaign that no audience was made for.
            PersonsOff: If persons are asked for and settings turn them off.
            SetteeError: If the record or the households cannot be used.
        """
        query, settings = query or CreditQuery(), self.settings.attribution
        if query.paths:
            return report_paths(
                query.counted(), settings, Asked("path", methods=tuple(query.methods))
            )
        if query.unit == "person" and not self.settings.people.enabled:
            raise PersonsOff(
                "persons are asked for, and people.enabled is false.",
                hint="Set people.enabled = true, or ask for unit account.",
            )
        self.seal(progress)
        found = read_contacts(
            self.history, conversions=settings.conversions, until_us=query.span.until_us
        ).united(settings.dedupe_s)
        experiment = self._experiment(query, found)
        gathered = gather_paths(found, settings, by=query.by, span=query.span)
        spent = spent_by(
            self.history, query.by, since_us=query.span.since_us, until_us=query.span.until_us
        )
        asked = _asked(query, found, spent)
        if query.unit == "account":
            return report_accounts(gathered, settings, asked, experiment)
        self.fold(progress)
        whose = whose_contacts(found, self.history, self.people, self.settings.people, progress)
        rows = drawn(whose, found, settings.imputations, settings.seed)
        of_persons = gather_paths(found, settings, rows, by=query.by, span=query.span)
        worlds = Worlds(whose, rows, of_persons)
        return report_persons(worlds, gathered, settings, asked, experiment)

    def _experiment(self, query: CreditQuery, found: Contacts) -> Experiment | None:
        if not query.held_out and query.holdout is None:
            return None
        if query.holdout is not None and query.holdout.share is None:
            return self._of_campaign(query.holdout.campaign, query.span, found)
        everybody = all_accounts(self.history)
        is_held_out: NDArray[np.bool_]
        if query.holdout is not None and query.holdout.share is not None:
            is_held_out = in_holdout(everybody, query.holdout.campaign, query.holdout.share)
        else:
            is_held_out = np.isin(np.array(everybody), np.array(query.held_out))
        return read_holdout(found, everybody, is_held_out, query.span)

    def _of_campaign(self, campaign: str, span: Span, found: Contacts) -> Experiment:
        """The accounts of its audiences alone, from when the first of them was made."""
        chosen = self.chosen_for(campaign)
        since_us = max(int(chosen.from_us.min()), span.since_us or 0)
        return read_holdout(
            found, chosen.account_ids, chosen.is_held_out, Span(since_us, span.until_us)
        )


def _asked(query: CreditQuery, found: Contacts, spent: dict[str, float]) -> Asked:
    journey = None
    if query.journey is not None:
        if query.journey not in found.account_ids:
            raise NoSuchAccount(
                f'"{query.journey}" has no contact and no conversion on record.',
                hint="Name an account by the id under which its events were sent.",
            )
        journey = found.account_ids.index(query.journey)
    return Asked(
        query.by, query.since, query.until, tuple(query.methods), journey, found.currency,
        found.n_foreign, spent,
    )  # fmt: skip
