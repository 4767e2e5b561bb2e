"""Read from a holdout what contacts really added, to stand beside what paths credit.

Of 900 accounts that might be contacted each converted .30 times, of 100 held out by chance .25
times: .05 of each was added, 45 conversions in all, whatever 200 credited ones say. Credit scaled
to 45 shares out what was added. Everybody who might have been contacted counts, contacted or not.

Reads / Writes: nothing.
Source: Gordon et al. (2019), "A Comparison of Approaches to Advertising Measurement".
Not here: one campaign's audience (measure.campaign), the interval (measure.effects).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput
from settee.events import Contacts
from settee.measure.effects import Estimate, Lift, lift
from settee.measure.gather import Span
from settee.measure.outcomes import Outcomes


class BadHoldout(BadInput):
    """A holdout names nobody, or everybody."""

    code = "bad_holdout"


@dataclass(frozen=True)
class Experiment:
    """What contacts added, by the holdout.

    Args:
        lift: Conversions an account, those who might be contacted against those held out.
        added: Conversions that were added in all; None where there is no answer.
        n_leaked: Accounts held out that were contacted all the same.
    """

    lift: Lift
    added: Estimate | None
    n_leaked: int

    def factor(self, n_credited: float) -> Estimate | None:
        """What to multiply credit by so that it sums to what was added."""
        if self.added is None or not n_credited > 0:
            return None
        added = self.added
        return Estimate(*(one / n_credited for one in (added.value, added.low, added.high)))


def read_holdout(
    contacts: Contacts,
    account_ids: Sequence[str],
    is_held_out: NDArray[np.bool_],
    span: Span | None = None,
) -> Experiment:
    """Compare accounts that might be contacted with those that were held out.

    Args:
        contacts: Contacts and conversions of the record.
        account_ids: (n,) every account, also those that never did anything of the kind.
        is_held_out: (n,) who was held out by chance.
        span: When conversions count; always by default.

    Raises:
        BadHoldout: If nobody or everybody is held out.
    """
    n_held_out = int(np.count_nonzero(is_held_out))
    if not 0 < n_held_out < len(account_ids):
        raise BadHoldout(
            f"{n_held_out:,} of {len(account_ids):,} accounts of the record are held out; both "
            "sides need some.",
            hint="Name the accounts by the ids under which their events were sent.",
        )
    span = span or Span()
    counts = np.ones(len(contacts), np.bool_)
    if span.since_us is not None:
        counts &= contacts.at_us >= span.since_us
    if span.until_us is not None:
        counts &= contacts.at_us < span.until_us
    place = {name: number for number, name in enumerate(account_ids)}
    number = np.array([place.get(name, -1) for name in contacts.account_ids], np.int64)
    account = number[contacts.account]
    counts &= account >= 0
    bought = counts & contacts.is_conversion
    conversions = np.bincount(account[bought], minlength=len(account_ids)).astype(np.float64)
    met = np.bincount(account[counts & ~contacts.is_conversion], minlength=len(account_ids))
    found = lift(
        *(Outcomes.of(conversions[arm], kind="amount") for arm in (~is_held_out, is_held_out))
    )
    added = None
    if found.difference is not None:
        one, n = found.difference, len(account_ids) - n_held_out
        added = Estimate(one.value * n, one.low * n, one.high * n)
    return Experiment(found, added, int(np.count_nonzero(met[is_held_out])))
