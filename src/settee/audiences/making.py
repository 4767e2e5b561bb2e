"""Make an audience: rank everybody, leave out who may not be addressed, choose, hold some out.

Of 10,000 units 9,000 are looked at, 300 of them may not be addressed, 40 have it already, 500 are
worth a contact: those are chosen, and 50 of them are held out, so that the rest can be measured
against them. Who is left out is counted by its first reason, and all counts add up.

Reads: what `prepare` made, a guard.  Writes: nothing.
Not here: the ranking (audiences.reaching), the guard itself (audiences.guard), keeping (app).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from settee.audiences.campaign_trial import uplift_columns
from settee.audiences.definition import (
    Audience,
    AudienceQuery,
    BadAudience,
    How,
    ItemQuery,
    Members,
    ValuedBy,
)
from settee.audiences.guard import MAY, Guard, count_kept_out
from settee.audiences.history import DAY_S, Reach
from settee.audiences.lookalike import lookalikes, seeds_of
from settee.audiences.reaching import Ready, bought, probabilities
from settee.audiences.sizing import Beside, choose
from settee.audiences.targets import Target
from settee.audiences.uplift_order import MovedModel
from settee.core import Item


@dataclass(frozen=True)
class Asked:
    """What an audience is made of.

    Args:
        query: What a marketer asks for.
        target: What people are ranked for; None where they should be like others.
        looked_at: (n_units,) whom to look at; None is everybody.
        guard: Who may be addressed.
        audience_id: Names the audience.
        as_of: The instant, aware.
        holdout: Share that is held out where the query names none.
        moved: Whom a contact moves; needed where the query ranks by uplift.
        order_cents: (n_units,) what the next order of each brings, and what foretold it; needed
            where the query names a `margin_share`.
    """

    query: AudienceQuery
    target: Target | None
    looked_at: NDArray[np.bool_] | None
    guard: Guard
    audience_id: str
    as_of: datetime
    holdout: float
    moved: MovedModel | None = None
    order_cents: tuple[NDArray[np.float64], ValuedBy] | None = None


def make(ready: Ready, asked: Asked) -> Audience:
    """An audience.

    Args:
        ready: From `prepare`.
        asked: What it is made of.

    Raises:
        BadAudience: If likeness is asked to be a probability, or for another horizon; if uplift
            or the worth of orders is asked for and was not learnt.
        BadSeeds: If nobody of those to be like is known.
        NothingKnown: If nothing says who would want the item.
    """
    query, reach = asked.query, ready.reach
    _check(query, ready)
    score, probability, how = _ranked(ready, asked)
    uplift, order_cents = _uplift(ready, asked, probability), _order_cents(asked)
    may = np.ones(reach.n_units, np.bool_) if asked.looked_at is None else asked.looked_at.copy()
    left_out = {"not_looked_at": int((~may).sum())}
    if query.like:
        is_seed = np.zeros(reach.n_units, np.bool_)
        is_seed[seeds_of(reach, query.like)] = True
        may = _less(may, is_seed, "seed", left_out)
        may = _less(may, score <= 0, "unlike", left_out)
    if query.exclude_buyers and asked.target is not None:
        days = query.exclude_buyers_days
        within_s = None if days is None else int(days * DAY_S)
        may = _less(may, bought(reach, asked.target.items, within_s), "bought", left_out)
    places = _allowed(reach, np.flatnonzero(may), asked, left_out)
    accounts = [reach.units.account_ids[place] for place in places]
    beside = Beside(
        None if uplift is None else uplift[places],
        None if order_cents is None else order_cents[places],
    )
    sized = choose(
        score[places], accounts, query,
        salt=query.campaign or asked.audience_id, holdout=asked.holdout, beside=beside,
    )  # fmt: skip
    chosen = places[sized.places]
    members = Members(
        tuple(reach.units.account_ids[place] for place in chosen),
        tuple(reach.units.person_ids[place] for place in chosen),
        probability[chosen],
        sized.held_out,
        None if uplift is None else uplift[chosen],
        None if order_cents is None else order_cents[chosen] * (query.margin_share or 0.0),
    )
    return Audience(
        asked.audience_id,
        query,
        asked.as_of,
        how if uplift is None else "uplift",
        len(places),
        float(members.probability[~sized.held_out].sum())
        if query.like
        else sized.expected_responses,
        sized.expected_profit_cents,
        {reason: n for reason, n in (left_out | sized.left_out).items() if n},
        members,
        None if asked.order_cents is None else asked.order_cents[1],
        ready.model.active.kind,
    )


def matching(items: Iterable[Item], query: ItemQuery) -> list[str]:
    """Ids of the items that have the attributes.

    Args:
        items: Any.
        query: All that it says must hold; an item that does not say does not match.
    """
    return [item.item_id for item in items if _matches(item, query)]


def people_of(reach: Reach, query: AudienceQuery) -> NDArray[np.bool_] | None:
    """(n_units,) whom to look at, as far as a reach tells: how lately, which accounts.

    Args:
        reach: The units.
        query: What is asked.
    """
    people = query.people
    found: NDArray[np.bool_] | None = None
    if people.active_within_days is not None:
        found = reach.last_s >= reach.as_of_s - people.active_within_days * DAY_S
    if people.accounts:
        wanted = set(people.accounts)
        is_one = np.array([one in wanted for one in reach.units.account_ids], np.bool_)
        found = is_one if found is None else found & is_one
    return found


def _check(query: AudienceQuery, ready: Ready) -> None:
    asks = [
        name for name in ("margin_cents", "margin_share", "min_probability") if getattr(query, name)
    ]
    if query.by == "uplift":
        asks.append("by")
    if query.like and asks:
        raise BadAudience(
            f"{asks[0]} is asked of people who should be like others; likeness is no probability "
            "of a response. size and budget_cents are accepted.",
            place=asks[0],
        )
    own = ready.model.horizon_days
    if query.horizon_days is not None and query.horizon_days != own:
        raise BadAudience(
            f"horizon_days is {query.horizon_days:g}; responses were learnt for {own:g} days, and "
            "no other horizon is known.",
            hint="Set response.horizon_days and run settee audience train.",
            place="horizon_days",
        )


def _ranked(ready: Ready, asked: Asked) -> tuple[NDArray[np.float64], NDArray[np.float64], How]:
    """(n_units,) what they are ordered by, (n_units,) what is said of them, and what it rests on.

    Of whoever is only alike it is said how likely they are to come at all.
    """
    if asked.target is None:
        score = lookalikes(ready.reach, seeds_of(ready.reach, asked.query.like))
        return score.astype(np.float64), ready.p_active.astype(np.float64), "lookalike"
    probability, aim = probabilities(ready, asked.target)
    return probability, probability, aim.how


def _uplift(
    ready: Ready, asked: Asked, probability: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """(n_units,) what a contact adds; None where nobody asks."""
    if asked.query.by != "uplift":
        return None
    if asked.moved is None:
        raise BadAudience(
            'by is "uplift", and it was not learnt whom a contact moves; "probability" is '
            "accepted.",
            hint="Run settee audience uplift CAMPAIGN.",
            place="by",
        )
    return asked.moved.score(uplift_columns(probability, ready.reach))


def _order_cents(asked: Asked) -> NDArray[np.float64] | None:
    """(n_units,) what the next order brings; None where nobody asks."""
    if asked.query.margin_share is None:
        return None
    if asked.order_cents is None:
        raise BadAudience(
            "margin_share is asked for, and it was not learnt what an order brings; margin_cents "
            "is accepted.",
            hint="Run settee audience train on a record with revenue_cents.",
            place="margin_share",
        )
    return asked.order_cents[0]


def _less(
    may: NDArray[np.bool_], is_out: NDArray[np.bool_], reason: str, left_out: dict[str, int]
) -> NDArray[np.bool_]:
    left_out[reason] = int((may & is_out).sum())
    return may & ~is_out


def _allowed(
    reach: Reach, places: NDArray[np.int64], asked: Asked, left_out: dict[str, int]
) -> NDArray[np.int64]:
    """Places of those who may be addressed."""
    reasons = asked.guard.look(
        [reach.units.account_ids[place] for place in places],
        [reach.units.person_ids[place] for place in places],
        as_of_s=int(asked.as_of.timestamp()),
        channel=asked.query.channel,
    )
    left_out |= count_kept_out(reasons)
    allowed: NDArray[np.int64] = places[reasons == MAY]
    return allowed


def _matches(item: Item, query: ItemQuery) -> bool:
    tags = set(item.tags)
    holds = [
        not query.tags_any or not tags.isdisjoint(query.tags_any),
        tags.issuperset(query.tags_all),
        query.kind in (None, item.kind),
        query.language in (None, item.language),
    ]
    for reach, value in ((query.year, item.year), (query.price_cents, item.price_cents)):
        if reach is not None:
            holds.append(value is not UNSET and reach[0] <= value <= reach[1])
    return all(holds)
