"""What the campaigns of a workspace changed: audiences, contacts and conversions brought together.

An account counts from when it was first chosen for the campaign, as chosen or as held out, for the
horizon of its audience: with 28 days, purchases of the 28 days from then on. The account and not
the person is compared, since the holdout is drawn by account and a purchase is the account's. What
an audience was for, one item or all of a tag, is what its accounts are looked at for a response to.

Reads: audiences, the record.  Writes: nothing.
Not here: the comparison (measure.campaign), credit by paths (app.attribution).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from settee.app.exports import ExportsWork
from settee.app.record import RecordWork
from settee.audiences import (
    Audience,
    AudienceQuery,
    ItemQuery,
    audience_of,
    matching,
    response_signals,
)
from settee.core import NotFound
from settee.events import (
    Contacts,
    Interactions,
    Progress,
    catalogue,
    interactions,
    no_progress,
    read_contacts,
    spent_cents,
)
from settee.measure import CampaignReading, Chosen, read_campaign

_PAGE = 200
_DAY_US = 86_400_000_000
_SECOND_US = 1_000_000
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class NoSuchCampaign(NotFound):
    """No audience was made for a campaign of that name."""

    code = "no_such_campaign"


@dataclass(frozen=True)
class ChosenAccounts:
    """Accounts in the order in which they were first chosen, one value each.

    Args:
        account_ids: (n,) each once.
        from_us: (n,) when it was first chosen, microseconds since 1970-01-01 UTC.
        until_us: (n,) when its horizon ends.
        audience: (n,) by which of the campaign's audiences it was first chosen, by number.
        is_held_out: (n,) chosen, and not to be addressed.
        promised: (n,) probability of a response then.
    """

    account_ids: tuple[str, ...]
    from_us: NDArray[np.int64]
    until_us: NDArray[np.int64]
    audience: NDArray[np.int64]
    is_held_out: NDArray[np.bool_]
    promised: NDArray[np.float64]


class CampaignsWork(RecordWork, ExportsWork):
    """Reads campaigns."""

    def campaign(
        self,
        campaign: str,
        *,
        margin: float = 1.0,
        confidence: float = 0.95,
        progress: Progress = no_progress,
    ) -> CampaignReading:
        """Compare who was chosen for a campaign with who was held out, by what is on record.

        Args:
            campaign: As on its audiences and its touches.
            margin: Share of revenue that is kept before contacts, 0 to 1.
            confidence: Of the intervals, .5 to .9999.
            progress: Told how far the record was read.

        Raises:
            NoSuchCampaign: If no audience was made for it.
            BadCampaign: If the margin is out of range.
            BadConfidence: If the confidence is.
            SetteeError: If a segment or an audience is damaged.
        """
        audiences = self._audiences_for(campaign)
        accounts = _accounts(audiences, self.settings.response.horizon_days)
        now = self.clock()
        self.seal(progress)
        from_us, until_us = int(accounts.from_us.min()), _to_us(now)
        contacts = read_contacts(self.history, until_us=until_us)
        has_responded = self._responded(accounts, [one.query for one in audiences], until_us)
        chosen = _what_they_did(accounts, contacts, campaign, has_responded)
        spent = spent_cents(self.history, campaign, from_us, until_us)
        return CampaignReading(
            campaign,
            tuple(one.audience_id for one in audiences),
            audiences[0].as_of,
            now,
            bool((accounts.until_us <= until_us).all()),
            len(accounts.account_ids),
            read_campaign(chosen, spent, margin=margin, confidence=confidence),
        )

    def chosen_for(self, campaign: str) -> ChosenAccounts:
        """Who was chosen for a campaign, the held out among them.

        Args:
            campaign: As on its audiences.

        Raises:
            NoSuchCampaign: If no audience was made for it.
            SetteeError: If an audience is damaged.
        """
        return _accounts(self._audiences_for(campaign), self.settings.response.horizon_days)

    def _audiences_for(self, campaign: str) -> list[Audience]:
        """Its audiences, the first first."""
        found = sorted(self._audiences_of(campaign), key=lambda one: one.as_of)
        if not any(len(one.members) for one in found):
            raise NoSuchCampaign(
                f'no audience was made for campaign "{campaign[:128]}".',
                hint='Make one with campaign = "…"; settee audience list has all.',
            )
        return found

    def _responded(
        self, accounts: ChosenAccounts, queries: list[AudienceQuery], until_us: int
    ) -> NDArray[np.bool_] | None:
        """(n,) who responded to what the audience was for; None where one was for no item."""
        if any(query.like for query in queries):
            return None
        known = catalogue(self.tables, self.history)
        events = interactions(
            self.history, known, response_signals(self.settings),
            until_s=-(-until_us // _SECOND_US),
        )  # fmt: skip
        is_for = np.zeros((len(queries), known.n_items), np.bool_)
        for number, query in enumerate(queries):
            items = [known.index[one] for one in self._items_of(query) if one in known.index]
            is_for[number, items] = True
        return _who_responded(accounts, events, is_for)

    def _items_of(self, query: AudienceQuery) -> list[str]:
        if query.item_id is not None:
            return [query.item_id]
        wanted = query.items or ItemQuery(tags_all=(query.tag or "",))
        return matching(self.tables.items(), wanted)

    def _audiences_of(self, campaign: str) -> Iterator[Audience]:
        for offset in range(0, 10**9, _PAGE):
            page = self.audiences(_PAGE, offset)
            for one in page:
                if one.campaign == campaign:
                    members = self.audience_tables.members(one.audience_id)
                    yield audience_of(one.audience_id, one.body, members)
            if len(page) < _PAGE:
                return


def _accounts(audiences: list[Audience], horizon_days: float) -> ChosenAccounts:
    """Every account once, from when it was first chosen; persons of one account are one."""
    place: dict[str, int] = {}
    rows: list[tuple[int, int, int, bool]] = []
    none: list[float] = []  # probability that none of the persons responds
    for number, audience in enumerate(audiences):
        at_us = _to_us(audience.as_of)
        end_us = at_us + int(_DAY_US * (audience.query.horizon_days or horizon_days))
        members, n_before = audience.members, len(rows)
        for account_id, is_held_out, p in zip(
            members.account_ids,
            members.held_out.tolist(),
            members.probability.tolist(),
            strict=True,
        ):
            row = place.setdefault(account_id, len(rows))
            if row == len(rows):
                rows.append((at_us, end_us, number, is_held_out))
                none.append(1.0)
            if row >= n_before:
                none[row] *= 1 - p
    from_us, until_us, number_of, is_held_out = (list(one) for one in zip(*rows, strict=True))
    return ChosenAccounts(
        tuple(place),
        np.array(from_us, np.int64),
        np.array(until_us, np.int64),
        np.array(number_of, np.int64),
        np.array(is_held_out, np.bool_),
        1 - np.array(none),
    )


def _who_responded(
    accounts: ChosenAccounts, events: Interactions, is_for: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(n,) who responded; `is_for` says of each audience which items it was for."""
    row, inside = _within(accounts, events.account_ids, events.account, events.at_s * _SECOND_US)
    inside &= events.is_interest
    inside[inside] = is_for[accounts.audience[row[inside]], events.item[inside]]
    found: NDArray[np.bool_] = np.bincount(row[inside], minlength=len(accounts.account_ids)) > 0
    return found


def _within(
    accounts: ChosenAccounts,
    account_ids: tuple[str, ...],
    account: NDArray[np.int32],
    at_us: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(m,) which of the chosen each row is about, and whether it lies in their own time."""
    known = {account_id: row for row, account_id in enumerate(accounts.account_ids)}
    row_of = np.array([known.get(one, -1) for one in account_ids], np.int64)
    row = row_of[account] if len(account) else np.empty(0, np.int64)
    inside = row >= 0
    inside[inside] &= at_us[inside] >= accounts.from_us[row[inside]]
    inside[inside] &= at_us[inside] < accounts.until_us[row[inside]]
    return row, inside


def _what_they_did(
    accounts: ChosenAccounts,
    contacts: Contacts,
    campaign: str,
    has_responded: NDArray[np.bool_] | None,
) -> Chosen:
    """Contacts of the campaign and conversions of each account within its own time."""
    n = len(accounts.account_ids)
    row, inside = _within(accounts, contacts.account_ids, contacts.account, contacts.at_us)
    number = {name: at for at, name in enumerate(contacts.campaigns)}.get(campaign, -2)
    is_contact = inside & (contacts.campaign == number)
    is_bought = inside & contacts.is_conversion
    return Chosen(
        accounts.is_held_out,
        np.bincount(row[is_contact], minlength=n),
        np.bincount(row[is_bought], minlength=n) > 0,
        np.bincount(row[is_bought], contacts.cents[is_bought], n).astype(np.float64),
        accounts.promised,
        has_responded,
    )


def _to_us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
