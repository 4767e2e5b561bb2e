"""What the campaigns of a workspace changed: audiences, contacts and conversions brought together.

An account counts from when it was first chosen for the campaign, as chosen or as held out, for the
horizon of its audience: with 28 days, purchases of the 28 days from then on. The account and not
the person is compared, since the holdout is drawn by account and a purchase is the account's.

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
from settee.audiences import Audience, audience_of
from settee.core import NotFound
from settee.events import Contacts, Progress, no_progress, read_contacts, spent_cents
from settee.measure import CampaignReading, Chosen, read_campaign

_PAGE = 200
_DAY_US = 86_400_000_000
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class NoSuchCampaign(NotFound):
    """No audience was made for a campaign of that name."""

    code = "no_such_campaign"


@dataclass(frozen=True)
class _Accounts:
    """Accounts in the order in which they were first chosen, one value each."""

    account_ids: tuple[str, ...]
    from_us: NDArray[np.int64]
    until_us: NDArray[np.int64]
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
        audiences = sorted(self._audiences_for(campaign), key=lambda one: one.as_of)
        if not audiences:
            raise NoSuchCampaign(
                f'no audience was made for campaign "{campaign[:128]}".',
                hint='Make one with campaign = "…"; settee audience list has all.',
            )
        accounts = _accounts(audiences, self.settings.response.horizon_days)
        now = self.clock()
        self.seal(progress)
        from_us, until_us = int(accounts.from_us.min()), _to_us(now)
        contacts = read_contacts(self.history, until_us=until_us)
        chosen = _what_they_did(accounts, contacts, campaign)
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

    def _audiences_for(self, campaign: str) -> Iterator[Audience]:
        for offset in range(0, 10**9, _PAGE):
            page = self.audiences(_PAGE, offset)
            for one in page:
                if one.campaign == campaign:
                    members = self.audience_tables.members(one.audience_id)
                    yield audience_of(one.audience_id, one.body, members)
            if len(page) < _PAGE:
                return


def _accounts(audiences: list[Audience], horizon_days: float) -> _Accounts:
    """Every account once, from when it was first chosen; persons of one account are one."""
    place: dict[str, int] = {}
    rows: list[tuple[int, int, bool]] = []
    none: list[float] = []  # probability that none of the persons responds
    for audience in audiences:
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
                rows.append((at_us, end_us, is_held_out))
                none.append(1.0)
            if row >= n_before:
                none[row] *= 1 - p
    from_us, until_us, is_held_out = (list(column) for column in zip(*rows, strict=True))
    return _Accounts(
        tuple(place),
        np.array(from_us, np.int64),
        np.array(until_us, np.int64),
        np.array(is_held_out, np.bool_),
        1 - np.array(none),
    )


def _what_they_did(accounts: _Accounts, contacts: Contacts, campaign: str) -> Chosen:
    """Contacts of the campaign and conversions of each account within its own time."""
    n = len(accounts.account_ids)
    known = {account_id: row for row, account_id in enumerate(accounts.account_ids)}
    row_of = np.array([known.get(one, -1) for one in contacts.account_ids], np.int64)
    row = row_of[contacts.account] if len(contacts) else np.empty(0, np.int64)
    inside = row >= 0
    inside[inside] &= contacts.at_us[inside] >= accounts.from_us[row[inside]]
    inside[inside] &= contacts.at_us[inside] < accounts.until_us[row[inside]]
    number = {name: at for at, name in enumerate(contacts.campaigns)}.get(campaign, -2)
    is_contact = inside & (contacts.campaign == number)
    is_bought = inside & contacts.is_conversion
    return Chosen(
        accounts.is_held_out,
        np.bincount(row[is_contact], minlength=n),
        np.bincount(row[is_bought], minlength=n) > 0,
        np.bincount(row[is_bought], contacts.cents[is_bought], n).astype(np.float64),
        accounts.promised,
    )


def _to_us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
