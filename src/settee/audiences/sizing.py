"""Choose how many to address: until the size, the budget, or the profit of one more contact ends.

A response brings 400 and a contact costs 12: whoever responds with a probability of 0.03 or more is
worth it. People are taken in the order of what they bring, so the first who is not worth it ends
the list: by probability, by what a contact adds to it, or by either times what the next order of
each is worth. Who is held out costs nothing, and is drawn by a hash of the account and the
campaign: the whole household is in or out, and the same campaign draws the same people again.

Reads / Writes: nothing.
Source: Bult & Wansbeek (1995), "Optimal Selection for Direct Mail" (marginal cost and return).
Not here: probabilities (audiences.response), uplift (audiences.uplift_order), worth of orders
(audiences.order_value), who may be addressed (audiences.guard).
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
        places: (chosen,) positions, whoever brings most first.
        held_out: (chosen,) chosen, and not to be addressed.
        left_out: How many were left out by each reason.
        expected_responses: Of those who will be addressed; those that a contact adds, where
            uplift is known.
        expected_profit_cents: The same times the margin, less contacts; None without a margin.
    """

    places: NDArray[np.int64]
    held_out: NDArray[np.bool_]
    left_out: dict[str, int]
    expected_responses: float
    expected_profit_cents: float | None


@dataclass(frozen=True)
class Beside:
    """What may be known beside probabilities.

    Args:
        uplift: (n,) what a contact adds to the probability; it then orders instead.
        order_cents: (n,) what the next order of each brings, for `margin_share`.
    """

    uplift: NDArray[np.float64] | None = None
    order_cents: NDArray[np.float64] | None = None


def choose(
    probability: NDArray[np.float64],
    account_ids: Sequence[str],
    query: AudienceQuery,
    *,
    salt: str,
    holdout: float,
    beside: Beside = Beside(),
) -> Sized:
    """Choose from those who may be addressed.

    Args:
        probability: (n,) of a response; in any order. Ties of what is brought are taken by it, and
            then as they come.
        account_ids: (n,) their accounts, by which they are held out.
        query: Size, budget, cost, margin and least probability.
        salt: Name of the campaign, by which they are held out.
        holdout: Share that is held out where the query names none.
        beside: Uplift and worth of orders, where they are asked for.

    >>> from settee.audiences.definition import AudienceQuery
    >>> ask = AudienceQuery(item_id="m", contact_cost_cents=12, margin_cents=400, holdout=0)
    >>> chosen = choose(np.array([.02, .1, .03]), ["a", "b", "c"], ask, salt="s", holdout=0.1)
    >>> chosen.places.tolist(), chosen.left_out, round(chosen.expected_profit_cents)
    ([1, 2], {'past_profit': 1}, 28)
    """
    moved = probability if beside.uplift is None else beside.uplift
    margin = _margin(query, beside)
    worth = moved if margin is None else moved * margin
    order = np.lexsort((-probability, -worth))
    left: dict[str, int] = {}
    order = _those(order, probability[order] >= query.min_probability, "unlikely", left)
    if beside.uplift is not None:  # whoever a contact keeps away is left alone, whatever the size
        order = _those(order, moved[order] > 0, "unmoved", left)
    if margin is not None:
        is_worth = worth[order] >= query.contact_cost_cents
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
    addressed = order[~held_out]
    profit = None
    if margin is not None:
        profit = float(worth[addressed].sum()) - len(addressed) * query.contact_cost_cents
    return Sized(order, held_out, left, float(moved[addressed].sum()), profit)


def _margin(query: AudienceQuery, beside: Beside) -> NDArray[np.float64] | float | None:
    """What a response brings, cents: alike for all, or (n,) by the order of each."""
    if query.margin_share is not None and beside.order_cents is not None:
        return beside.order_cents * query.margin_share
    return query.margin_cents


def _those(
    order: NDArray[np.int64], keep: NDArray[np.bool_], reason: str, left: dict[str, int]
) -> NDArray[np.int64]:
    """Those that are kept, in their order, and how many that leaves out."""
    if n_out := int((~keep).sum()):
        left[reason] = n_out
    return order[keep]


def _first(
    order: NDArray[np.int64], n: int, reason: str, left: dict[str, int]
) -> NDArray[np.int64]:
    """The first n, and how many that leaves out."""
    if n < len(order):
        left[reason] = len(order) - n
    return order[:n]
