"""Choose how many to address: until the size, the budget, or the profit of one more contact ends.

A response brings 400 and a contact costs 12: whoever responds with a probability of 0.03 or more is
worth it. People are taken in the order of probability, so the first who is not worth it ends the
list. Who is held out costs nothing, and is drawn by a hash of the account and the campaign: the
whole household is in or out, and the same campaign draws the same people again.

Reads / Writes: nothing.
Source: Bult & Wansbeek (1995), "Optimal Selection for Direct Mail" (marginal cost and return).
Not here: the probabilities (audiences.response), who may be addressed (audiences.guard).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settee.audiences.definition import AudienceQuery
from settee.measure import in_holdout


@dataclass(frozen=True)
class Sized:
    """Who was chosen.

    Args:
        places: (chosen,) positions, the likeliest first.
        held_out: (chosen,) chosen, and not to be addressed.
        left_out: How many were left out by each reason.
        expected_responses: Of those who will be addressed.
        expected_profit_cents: The same times the margin, less contacts; None without a margin.
    """

    places: NDArray[np.int64]
    held_out: NDArray[np.bool_]
    left_out: dict[str, int]
    expected_responses: float
    expected_profit_cents: float | None


def choose(
    probability: NDArray[np.float64],
    account_ids: Sequence[str],
    query: AudienceQuery,
    *,
    salt: str,
    holdout: float,
) -> Sized:
    """Choose from those who may be addressed.

    Args:
        probability: (n,) of a response; in any order, ties are taken as they come.
        account_ids: (n,) their accounts, by which they are held out.
        query: Size, budget, cost, margin and least probability.
        salt: Name of the campaign, by which they are held out.
        holdout: Share that is held out where the query names none.

    >>> from settee.audiences.definition import AudienceQuery
    >>> ask = AudienceQuery(item_id="m", contact_cost_cents=12, margin_cents=400, holdout=0)
    >>> chosen = choose(np.array([.02, .1, .03]), ["a", "b", "c"], ask, salt="s", holdout=0.1)
    >>> chosen.places.tolist(), chosen.left_out, round(chosen.expected_profit_cents)
    ([1, 2], {'past_profit': 1}, 28)
    """
    order = np.argsort(-probability, kind="stable")
    left: dict[str, int] = {}
    order = _first(order, int((probability >= query.min_probability).sum()), "unlikely", left)
    if query.margin_cents is not None:
        is_worth = probability[order] * query.margin_cents >= query.contact_cost_cents
        order = _first(order, int(is_worth.sum()), "past_profit", left)
    if query.size is not None:
        order = _first(order, query.size, "past_size", left)
    share = holdout if query.holdout is None else query.holdout
    held_out = in_holdout([account_ids[place] for place in order], salt, share)
    if query.budget_cents is not None:
        spent = np.cumsum(~held_out) * query.contact_cost_cents
        affordable = int((spent <= query.budget_cents).sum())
        order = _first(order, affordable, "past_budget", left)
        held_out = held_out[:affordable]
    expected = float(probability[order[~held_out]].sum())
    profit = None
    if query.margin_cents is not None:
        profit = expected * query.margin_cents - int((~held_out).sum()) * query.contact_cost_cents
    return Sized(order, held_out, left, expected, profit)


def _first(
    order: NDArray[np.int64], n: int, reason: str, left: dict[str, int]
) -> NDArray[np.int64]:
    """The first n, and how many that leaves out."""
    if n < len(order):
        left[reason] = len(order) - n
    return order[:n]
