"""Make a question for people of what was typed, and reckon what each further contact brings.

A response that brings 4.00 at a probability of 0.05 is worth 0.20 before the contact. At 0.12 a
contact, 0.08 is left, and the sum of these over people is the curve that is shown.

Reads / Writes: nothing.
Source: docs/audiences.md, "How many".
Not here: who is ranked how (POST /v1/audiences).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from settee.client.results import AudienceMember

KINDS = {"item": "A title", "tag": "A tag", "attributes": "Titles with attributes"}
_CENTS = 100
_PERCENT = 0.01
_POINTS = 60
_NEEDED = {
    "item": ("item_id", "Write a title, or its id."),
    "tag": ("tag", "Write a tag."),
    "attributes": ("tags", "Write at least one attribute."),
}


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


def question(kind: str, typed: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What is asked, and what is wrong with which input.

    Args:
        kind: One of `KINDS`.
        typed: Inputs by name; None or "" where they are blank.

    >>> question("item", {"item_id": "m318", "size": 1000, "margin": 4})
    ({'item_id': 'm318', 'size': 1000, 'margin_cents': 400}, {})
    """
    asked = _for(kind, typed)
    if not asked:
        name, says = _NEEDED[kind]
        return {}, {name: says}
    wrong = {}
    if typed.get("budget") is not None and not typed.get("cost"):
        wrong["cost"] = "A budget needs what a contact costs."
    return asked | _bounds(typed), wrong


def gained(members: Sequence[AudienceMember], amounts: Amounts) -> list[tuple[int, float]]:
    """What the first n of those who will be addressed bring, for some sixty n.

    Args:
        members: In the order in which they are taken.
        amounts: With a margin, the profit in units of the currency; otherwise responses.

    >>> rows = [AudienceMember("a1", "", 1, 0.5, False), AudienceMember("a2", "", 2, 0.1, False)]
    >>> [(n, round(value, 2)) for n, value in gained(rows, Amounts(400.0, 60.0))]
    [(1, 1.4), (2, 1.2)]
    """
    chances = [
        one.probability if one.uplift is None else one.uplift for one in members if not one.held_out
    ]
    margin, cost = amounts.margin_cents, amounts.cost_cents
    each = chances if margin is None else [(p * margin - cost) / _CENTS for p in chances]
    sums = list(accumulate(each))
    step = max(1, len(sums) // _POINTS)
    places = sorted({*range(0, len(sums), step), len(sums) - 1}) if sums else []
    return [(place + 1, sums[place]) for place in places]


def _for(kind: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What people are ranked for; empty where nothing was typed."""
    if kind == "item":
        return _given({"item_id": _text(typed, "item_id")})
    if kind == "tag":
        return _given({"tag": _text(typed, "tag")})
    tags = [one.strip() for one in (_text(typed, "tags") or "").split(",") if one.strip()]
    first, last = typed.get("from_year"), typed.get("to_year")
    years = None if first is None and last is None else [int(first or 1000), int(last or 3000)]
    items = _given(
        {
            "tags_any": tags or None, "kind": _text(typed, "item_kind"),
            "language": _text(typed, "language"), "year": years,
        }
    )  # fmt: skip
    return {"items": items} if items else {}


def _bounds(typed: Mapping[str, Any]) -> dict[str, Any]:
    size = typed.get("size")
    found = {
        "size": None if size is None else int(size),
        "margin_cents": _scaled(typed, "margin", _CENTS),
        "contact_cost_cents": _scaled(typed, "cost", _CENTS),
        "budget_cents": _scaled(typed, "budget", _CENTS),
        "holdout": _scaled(typed, "holdout", _PERCENT),
        "min_probability": _scaled(typed, "least", _PERCENT),
        "exclude_buyers": True if typed.get("is_new_only") else None,
    }
    if found["budget_cents"] is not None:
        found["budget_cents"] = int(found["budget_cents"])
    words = {name: _text(typed, name) for name in ("campaign", "channel", "unit", "name")}
    return _given(found | words)


def _scaled(typed: Mapping[str, Any], name: str, scale: float) -> float | None:
    value = typed.get(name)
    return None if value is None else round(value * scale, 9)


def _text(typed: Mapping[str, Any], name: str) -> str | None:
    return str(typed.get(name) or "").strip() or None


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
