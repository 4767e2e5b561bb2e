"""Make a question for people of what was typed, and say of each box what is wrong with it.

4.50 and 20 % are typed, 450 cents and .2 are asked. What is blank is not asked; what does not go
with the kind of question (a margin where people should be like others) is hidden and not asked.

Reads / Writes: nothing.
Source: docs/audiences.md for each field.
Not here: the boxes (console.pages.audience_form), who is ranked how (POST /v1/audiences).
"""

from collections.abc import Mapping
from typing import Any

from settee.client.errors import Refused

KINDS = {
    "item": "A title", "tag": "A tag", "attributes": "Titles with attributes",
    "like": "People like some accounts",
}  # fmt: skip
_OF_KIND = {
    "item": frozenset({"item_id"}), "tag": frozenset({"tag"}), "like": frozenset({"like"}),
    "attributes": frozenset({"tags", "item_kind", "language", "from_year", "to_year"}),
}  # fmt: skip
_NOT_FOR_LIKE = frozenset(
    {"margin", "share", "by", "learnt_from", "least", "is_new_only", "new_days"}
)
MOST_SEEDS = 10_000
_CENTS = 100
_PERCENT = 0.01
_MOST_DAYS = 36_500
_FIRST_YEAR, _LAST_YEAR = 1000, 3000
_NEEDED = {
    "item": ("item_id", "Write a title, or its id."),
    "tag": ("tag", "Write a tag."),
    "attributes": ("tags", "Write at least one attribute."),
    "like": ("like", "Write at least one account."),
}
_RANGES = {
    "size": (1, 10_000_000), "margin": (0, 1e10), "share": (0, 100), "cost": (0, 1e10),
    "budget": (0, 1e10), "holdout": (0, 90), "least": (0, 100), "purchases": (0, 10**6),
    "spent": (0, 1e10), "from_year": (_FIRST_YEAR, _LAST_YEAR),
    "to_year": (_FIRST_YEAR, _LAST_YEAR),
}  # fmt: skip
_DAYS = ("active_days", "new_days")
_ENDING = ("contact_cost_cents", "budget_cents")
_WHOLE = ("size", "purchases", "from_year", "to_year")
_BOXES = {
    "item_id": "item_id", "tag": "tag", "items": "tags", "items.year": "from_year", "like": "like",
    "contact_cost_cents": "cost", "margin_cents": "margin", "margin_share": "share", "by": "by",
    "learnt_from": "learnt_from", "min_probability": "least", "exclude_buyers_days": "new_days",
    "size": "size", "budget_cents": "budget", "holdout": "holdout",
}  # fmt: skip


def counts(name: str, kind: str) -> bool:
    """Does an input count for a kind of question? Likeness is no probability and for no title.

    >>> counts("tag", "tag"), counts("tag", "item"), counts("margin", "like")
    (True, False, False)
    """
    if kind == "like" and name in _NOT_FOR_LIKE:
        return False
    return not any(name in names for other, names in _OF_KIND.items() if other != kind)


def question(kind: str, typed: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What is asked, and what is wrong with which input.

    Args:
        kind: One of `KINDS`.
        typed: Inputs by name that count for it; None or "" where they are blank.

    >>> question("item", {"item_id": "m318", "size": 1000, "margin": 4})
    ({'item_id': 'm318', 'size': 1000, 'margin_cents': 400}, {})
    """
    wrong = _out_of_range(typed)
    asked = {} if wrong else _for(kind, typed)
    if not wrong and not asked:
        name, says = _NEEDED[kind]
        wrong[name] = says
    wrong |= _contradictions(kind, typed)
    if wrong:
        return {}, wrong
    people = _people(typed)
    return asked | ({"people": people} if people else {}) | _bounds(typed), {}


def beyond(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The same question as if a contact cost nothing, to see what further ones would bring.

    The order is the same, and nobody is left out for the money.

    Args:
        asked: From `question`.

    >>> beyond({"item_id": "m1", "margin_cents": 400, "contact_cost_cents": 12, "size": 90})
    {'item_id': 'm1', 'margin_cents': 400, 'size': 90}
    """
    return {name: value for name, value in asked.items() if name not in _ENDING}


def box_of(error: Refused, kind: str) -> str:
    """Beside which box a refusal of the service belongs; "" where it is about none.

    Args:
        error: From the service.
        kind: One of `KINDS`.
    """
    if error.code in ("bad_target", "bad_seeds", "nothing_known_of_item"):
        return _NEEDED[kind][0]
    if error.code == "no_uplift":
        return "by"
    return _BOXES.get(error.place, "")


def seeds_in(text: str) -> list[str]:
    r"""Accounts that were typed, each once; commas, semicolons and new lines part them.

    >>> seeds_in("a7, a8;\n a7\n")
    ['a7', 'a8']
    """
    parts = text.replace(",", "\n").replace(";", "\n").splitlines()
    return list(dict.fromkeys(one.strip() for one in parts if one.strip()))


def _out_of_range(typed: Mapping[str, Any]) -> dict[str, str]:
    wrong = {}
    for name, (low, high) in _RANGES.items():
        value = typed.get(name)
        if value is not None and not low <= value <= high:
            wrong[name] = f"Write a number from {low:,} to {high:,.0f}."
        elif value is not None and name in _WHOLE and value != int(value):
            wrong[name] = "Write a whole number."
    for name in _DAYS:
        value = typed.get(name)
        if value is not None and not 0 < value <= _MOST_DAYS:
            wrong[name] = f"Write days, more than 0 and at most {_MOST_DAYS:,}."
    return wrong


def _contradictions(kind: str, typed: Mapping[str, Any]) -> dict[str, str]:
    """What no single box can tell."""
    wrong = {}
    if typed.get("budget") is not None and not typed.get("cost"):
        wrong["cost"] = "A budget needs what a contact costs."
    if typed.get("margin") is not None and typed.get("share") is not None:
        wrong["share"] = "Write this, or what a response brings; not both."
    if _text(typed, "learnt_from") and typed.get("by") != "uplift":
        wrong["learnt_from"] = "It counts where people are ranked by what a contact adds."
    if typed.get("new_days") is not None and not typed.get("is_new_only"):
        wrong["new_days"] = "It counts where those who bought it are left out."
    first, last = typed.get("from_year"), typed.get("to_year")
    if kind == "attributes" and first is not None and last is not None and first > last:
        wrong["to_year"] = "The last year is before the first."
    if kind == "like" and len(seeds_in(str(typed.get("like") or ""))) > MOST_SEEDS:
        wrong["like"] = f"At most {MOST_SEEDS:,} accounts are accepted."
    return wrong


def _for(kind: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What people are ranked for; empty where nothing was typed."""
    if kind == "item":
        return _given({"item_id": _text(typed, "item_id")})
    if kind == "tag":
        return _given({"tag": _text(typed, "tag")})
    if kind == "like":
        return _given({"like": seeds_in(str(typed.get("like") or "")) or None})
    tags = [one.strip() for one in (_text(typed, "tags") or "").split(",") if one.strip()]
    first, last = typed.get("from_year"), typed.get("to_year")
    is_timeless = first is None and last is None
    years = None if is_timeless else [int(first or _FIRST_YEAR), int(last or _LAST_YEAR)]
    items = _given(
        {
            "tags_any": tags or None, "kind": _text(typed, "item_kind"),
            "language": _text(typed, "language"), "year": years,
        }
    )  # fmt: skip
    return {"items": items} if items else {}


def _people(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Whom to look at; empty where everybody is."""
    least = typed.get("purchases")
    spent = _scaled(typed, "spent", _CENTS)
    return _given(
        {
            "active_within_days": typed.get("active_days"),
            "min_purchases": int(least) if least else None,
            "min_value_cents": round(spent) if spent else None,
            "device_types": list(typed.get("devices") or ()) or None,
        }
    )


def _bounds(typed: Mapping[str, Any]) -> dict[str, Any]:
    size, budget = typed.get("size"), _scaled(typed, "budget", _CENTS)
    found = {
        "size": None if size is None else int(size),
        "margin_cents": _scaled(typed, "margin", _CENTS),
        "margin_share": _scaled(typed, "share", _PERCENT),
        "contact_cost_cents": _scaled(typed, "cost", _CENTS),
        "budget_cents": None if budget is None else int(budget),
        "holdout": _scaled(typed, "holdout", _PERCENT),
        "min_probability": _scaled(typed, "least", _PERCENT),
        "exclude_buyers": True if typed.get("is_new_only") else None,
        "exclude_buyers_days": typed.get("new_days"),
    }
    words = ("by", "learnt_from", "campaign", "channel", "unit", "name")
    return _given(found | {name: _text(typed, name) for name in words})


def _scaled(typed: Mapping[str, Any], name: str, scale: float) -> float | None:
    value = typed.get(name)
    return None if value is None else round(value * scale, 9)


def _text(typed: Mapping[str, Any], name: str) -> str | None:
    return str(typed.get(name) or "").strip() or None


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
