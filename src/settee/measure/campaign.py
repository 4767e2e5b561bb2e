"""Read what a campaign did: all who were chosen against all who were held out by chance.

Of 9,000 chosen 270 bought and of 1,000 held out 20: three in a hundred against two, so 90 of the
270 would not have come by themselves. Whoever was chosen counts as chosen, reached or not, for
whoever could not be reached differs from whoever could. What was promised when the audience was
made stands beside what came, so that a model that promises too much is found out.

Reads / Writes: nothing.
Source: Hollis and Campbell (1999), "What is meant by intention to treat analysis?".
Not here: who was chosen (audiences), credit of single contacts (measure.attribution).
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from settee.core import BadInput
from settee.measure.effects import Estimate, Lift, lift
from settee.measure.outcomes import Outcomes

CAMPAIGN_CAUTIONS = {
    "held_out_contacted": "Some who were held out were contacted all the same, so the effect is "
    "read too small.",
    "few_contacted": "Fewer than half of those chosen were contacted, so this is what choosing "
    "them did, not what a contact does.",
    "no_holdout": "Nobody was held out, so nothing can be said of what the campaign changed.",
}
"""What a reading may warn of, by code."""
_FEW = 0.5


@dataclass(frozen=True)
class Chosen:
    """The accounts that a campaign was meant for, one value an account in every column.

    Args:
        is_held_out: (n,) chosen, and by chance not to be addressed.
        n_contacts: (n,) contacts of the campaign that are on record.
        has_converted: (n,) converted within the horizon.
        cents: (n,) revenue within the horizon.
        promised: (n,) probability of a response when the audience was made.
        has_responded: (n,) responded to what the audience was for within the horizon; None where it
            was for no item.
    """

    is_held_out: NDArray[np.bool_]
    n_contacts: NDArray[np.int64]
    has_converted: NDArray[np.bool_]
    cents: NDArray[np.float64]
    promised: NDArray[np.float64]
    has_responded: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class CampaignEffect:
    """What a campaign changed.

    Args:
        conversion: Share that converted, chosen against held out.
        revenue: Cents an account, chosen against held out.
        response: Share that responded to what the campaign was for; None where that is no item.
        added_conversions: Conversions there would not have been; None where there is no answer.
        added_cents: Revenue there would not have been; None where there is no answer.
        added_responses: Accounts that would not have responded; None where there is no answer.
        spent_cents: On contacts that are on record.
        net_cents: Of the added revenue at `margin`, what is left after the contacts.
        n_contacted: Accounts chosen, not held out, that were contacted.
        n_held_out_contacted: Accounts held out that were contacted nevertheless.
        promised: Mean promised probability of those who were not held out.
        came: Share of them that responded, which is what was promised; that converted, where the
            campaign was for no item.
        cautions: Codes of `CAMPAIGN_CAUTIONS`.
    """

    conversion: Lift
    revenue: Lift
    response: Lift | None
    added_conversions: Estimate | None
    added_cents: Estimate | None
    added_responses: Estimate | None
    spent_cents: float
    net_cents: Estimate | None
    n_contacted: int
    n_held_out_contacted: int
    promised: float | None
    came: float | None
    cautions: tuple[str, ...]


@dataclass(frozen=True)
class CampaignReading:
    """What a campaign did, up to now.

    Args:
        campaign: Its name, as on its audiences and its touches.
        audience_ids: Its audiences, the first first.
        from_at: When the first was made.
        until_at: Up to when is read.
        is_over: Has the horizon of every account passed?
        n_accounts: Accounts chosen, the held out among them.
        effect: What the chosen did against the held out.
    """

    campaign: str
    audience_ids: tuple[str, ...]
    from_at: datetime
    until_at: datetime
    is_over: bool
    n_accounts: int
    effect: CampaignEffect


class BadCampaign(BadInput):
    """A campaign cannot be read with that."""

    code = "bad_campaign"


def read_campaign(
    chosen: Chosen, spent_cents: float, *, margin: float = 1.0, confidence: float = 0.95
) -> CampaignEffect:
    """Compare the chosen with the held out.

    Args:
        chosen: All accounts of the audience.
        spent_cents: On all contacts of the campaign, from 0 on.
        margin: Share of revenue that is kept before contacts, 0 to 1; *changes results*.
        confidence: Of the intervals, .5 to .9999; *changes results*.

    Raises:
        BadCampaign: If the margin is out of range.
        BadConfidence: If the confidence is.

    >>> n = np.arange(2000)
    >>> held_out = n < 1000
    >>> bought = np.where(held_out, n % 10 == 0, n % 5 == 0)
    >>> chosen = Chosen(held_out, 1 - held_out, bought, 500.0 * bought, n * 0 + 0.2)
    >>> effect = read_campaign(chosen, 900.0)
    >>> round(effect.added_conversions.value), round(effect.net_cents.value)
    (100, 49100)
    """
    if not 0 <= margin <= 1:
        raise BadCampaign(f"a margin of {margin}; accepted is a share from 0 to 1.", place="margin")
    is_chosen = ~chosen.is_held_out
    n_chosen = int(is_chosen.sum())
    conversion = _shares(chosen.has_converted, is_chosen, confidence)
    response = None
    if chosen.has_responded is not None:
        response = _shares(chosen.has_responded, is_chosen, confidence)
    revenue = lift(
        *(Outcomes.of(chosen.cents[arm], kind="amount") for arm in (is_chosen, ~is_chosen)),
        confidence=confidence,
    )
    added_cents = _times(revenue.difference, n_chosen)
    kept = _times(added_cents, margin)
    net = kept and Estimate(*(edge - spent_cents for edge in (kept.value, kept.low, kept.high)))
    contacted = chosen.n_contacts > 0
    n_contacted = int((contacted & is_chosen).sum())
    n_leaked = int((contacted & ~is_chosen).sum())
    cautions = {
        "no_holdout": n_chosen == len(is_chosen),
        "held_out_contacted": n_leaked > 0,
        "few_contacted": n_contacted < _FEW * n_chosen,
    }
    return CampaignEffect(
        conversion=conversion,
        revenue=revenue,
        response=response,
        added_conversions=_times(conversion.difference, n_chosen),
        added_cents=added_cents,
        added_responses=None if response is None else _times(response.difference, n_chosen),
        spent_cents=spent_cents,
        net_cents=net,
        n_contacted=n_contacted,
        n_held_out_contacted=n_leaked,
        promised=float(chosen.promised[is_chosen].mean()) if n_chosen else None,
        came=(response or conversion).treated,
        cautions=tuple(code for code, holds in cautions.items() if holds),
    )


def _shares(hit: NDArray[np.bool_], is_chosen: NDArray[np.bool_], confidence: float) -> Lift:
    arms = (Outcomes.of(hit[arm], kind="share") for arm in (is_chosen, ~is_chosen))
    return lift(*arms, confidence=confidence)


def _times(one: Estimate | None, factor: float) -> Estimate | None:
    if one is None:
        return None
    return Estimate(one.value * factor, one.low * factor, one.high * factor)
