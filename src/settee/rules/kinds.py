"""Say of every kind of rule which fields it needs and which it may have besides.

A boost needs a lift and items, a pin an item and a rank. Any kind may have a name, a note, a
priority, and say when and for whom it counts.

Reads / Writes: nothing.
Not here: what the fields accept (rules.fields), what the kinds do (rules.compiled).
"""

from dataclasses import dataclass

from settee.rules.words import Floor, RuleKind


@dataclass(frozen=True)
class Kind:
    """One kind of rule.

    Args:
        floor: hard removes, soft lifts, page places.
        needs: Fields that must be there.
        takes: Fields that may be there besides those of every rule.
        one_of: At least one of these must be there.
        meaning: What it does, for the documentation.
    """

    floor: Floor
    needs: tuple[str, ...]
    takes: tuple[str, ...]
    meaning: str
    one_of: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[str, ...]:
        """All fields of this kind beyond those of every rule."""
        return tuple(dict.fromkeys((*self.needs, *self.one_of, *self.takes)))


COMMON = (
    "name", "kind", "note", "priority", "is_active", "slots", "segments", "devices", "profiles",
    "starts_at", "expires_at", "season",
)  # fmt: skip
"""Fields that any rule may have; `name` and `kind` it must."""

_LEAST = ("min_count", "min_share")
_MOST = ("max_count", "max_share")

KINDS_OF_RULES: dict[RuleKind, Kind] = {
    "block": Kind("hard", ("items",), (), "Never shows these items."),
    "only": Kind("hard", ("items",), (), "Shows these items and no others."),
    "age_limit": Kind(
        "hard", ("max_age",), ("items",), "Shows nothing rated above an age: children's profiles."
    ),
    "language": Kind(
        "hard", (), ("languages", "unknown", "items"), "Shows nothing in other languages."
    ),
    "window": Kind(
        "hard", ("items",), (), "Shows these items only between two instants: rights windows.",
        ("opens_at", "closes_at"),
    ),
    "stock": Kind("hard", ("pieces",), ("items",), "Shows nothing of which too few are left."),
    "boost": Kind("soft", ("lift", "items"), (), "Lifts these items: a lift of 1 to 10."),
    "bury": Kind("soft", ("lift", "items"), (), "Buries these items: a lift of 0.1 to 1."),
    "prefer": Kind("soft", ("lift", "tags"), ("items",), "Lifts what has more of some tags."),
    "prefer_language": Kind(
        "soft", ("lift",), ("languages", "items"), "Lifts what is in some languages."
    ),
    "recency": Kind(
        "soft", ("lift", "half_life_days"), ("items",), "Lifts what came in lately, fading."
    ),
    "margin": Kind(
        "soft", ("lift",), ("items",),
        "Lifts what earns more: the best margin fully, the least not at all.",
    ),
    "overstock": Kind(
        "soft", ("lift", "pieces"), ("items",), "Lifts what there is too much of in stock."
    ),
    "pin": Kind("page", ("item", "rank"), (), "Puts one item at one rank."),
    "quota": Kind(
        "page", (), ("items", "per", "fill"), "Gives these items least or most places in a page.",
        (*_LEAST, *_MOST),
    ),
    "cap": Kind(
        "page", ("times", "days"), ("items",), "Shows an item to one account only so often."
    ),
    "newcomers": Kind(
        "page", ("days",), ("items",), "Gives new titles least places in a page.", _LEAST
    ),
}  # fmt: skip
"""Every kind, in the order of `RULE_KINDS`."""
