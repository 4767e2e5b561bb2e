"""Reckon what each further contact of an audience brings.

A response that brings 4.00 at a probability of 0.05 is worth 0.20 before the contact. At 0.12 a
contact, 0.08 is left, and the sum of these over people is the curve that is shown.

Reads / Writes: nothing.
Source: docs/audiences.md, "How many".
Not here: the question (console.audience_question), who is ranked how (POST /v1/audiences).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from settee.client.results import AudienceMember

_CENTS = 100
_POINTS = 60


@dataclass(frozen=True)
class Amounts:
    """What money there is in it.

    Args:
        margin_cents: What a response brings; None where nobody said.
        cost_cents: What a contact costs.
    """

    margin_cents: float | None = None
    cost_cents: float = 0.0

    @classmethod
    def of(cls, typed: Mapping[str, Any]) -> "Amounts":
        """As they were typed, in units of a currency."""
        margin = typed.get("margin")
        cost = float(typed.get("cost") or 0)
        return cls(None if margin is None else float(margin) * _CENTS, cost * _CENTS)


def gained(members: Sequence[AudienceMember], amounts: Amounts) -> list[tuple[int, float]]:
    """What the first n of those who will be addressed bring, for some sixty n.

    Args:
        members: In the order in which they are taken.
        amounts: With a margin, typed or told of each member, the profit in units of the currency;
            otherwise responses.

    >>> rows = [AudienceMember("a1", "", 1, 0.5, False), AudienceMember("a2", "", 2, 0.1, False)]
    >>> [(n, round(value, 2)) for n, value in gained(rows, Amounts(400.0, 60.0))]
    [(1, 1.4), (2, 1.2)]
    """
    is_money = brings_money(members, amounts)
    sums = list(
        accumulate(_brought(one, amounts, is_money=is_money) for one in members if not one.held_out)
    )
    step = max(1, len(sums) // _POINTS)
    places = sorted({*range(0, len(sums), step), len(sums) - 1}) if sums else []
    return [(place + 1, sums[place]) for place in places]


def brings_money(members: Sequence[AudienceMember], amounts: Amounts) -> bool:
    """Is it known what a response of each brings?

    Args:
        members: Any.
        amounts: As they were typed.
    """
    if amounts.margin_cents is not None:
        return True
    return bool(members) and all(one.margin_cents is not None for one in members)


def _brought(member: AudienceMember, amounts: Amounts, *, is_money: bool) -> float:
    chance = member.probability if member.uplift is None else member.uplift
    if not is_money:
        return chance
    typed = amounts.margin_cents
    margin = (member.margin_cents or 0.0) if typed is None else typed
    return (chance * margin - amounts.cost_cents) / _CENTS
