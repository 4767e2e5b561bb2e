"""Name what a rule may say: which items, when and for whom, and what happens to them.

    [[rules]]
    name = "summer-boost"
    kind = "boost"
    lift = 2.0
    items.tags = ["Beach"]
    season = "06-01..08-31"

is one boost, of items with one tag, in three months of every year. A field that is absent asks for
nothing: no `slots` is every slot.

Reads / Writes: nothing.
Not here: reading and checking (rules.parse, rules.fields), what a rule does (rules.compiled).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Self, get_args

import msgspec

Floor = Literal["hard", "soft", "page"]
RuleKind = Literal[
    "block", "only", "age_limit", "language", "window", "stock",
    "boost", "bury", "prefer", "prefer_language", "recency", "margin", "overstock",
    "pin", "quota", "cap", "newcomers",
]  # fmt: skip
RULE_KINDS: tuple[RuleKind, ...] = get_args(RuleKind)
"""Every kind of rule: first those that remove, then those that lift, then those of the page."""
Attribute = Literal["language", "kind", "tag", "age_rating", "year"]


class Selection(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which items a rule is about: all that is said must hold; of a list, any one."""

    ids: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    min_year: int | None = None
    max_year: int | None = None
    min_price_cents: int | None = None
    max_price_cents: int | None = None
    min_margin: float | None = None
    max_margin: float | None = None
    min_stock: int | None = None
    max_stock: int | None = None
    min_age_rating: int | None = None
    max_age_rating: int | None = None
    new_days: float | None = None


EVERYTHING = Selection()
"""The selection that says nothing, and so holds for every item."""


class Rule(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One rule; `docs/rules.md` tells each kind and each field."""

    name: str
    kind: RuleKind
    note: str = ""
    priority: int = 0
    is_active: bool = True
    slots: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    season: str = ""
    items: Selection = EVERYTHING
    lift: float | None = None
    max_age: int | None = None
    languages: tuple[str, ...] = ()
    unknown: Literal["remove", "keep"] = "remove"
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    pieces: int | None = None
    tags: tuple[str, ...] = ()
    half_life_days: float | None = None
    item: str = ""
    rank: int | None = None
    per: Attribute | None = None
    min_count: int | None = None
    max_count: int | None = None
    min_share: float | None = None
    max_share: float | None = None
    fill: bool = False
    times: int | None = None
    days: float | None = None


@dataclass(frozen=True)
class RuleSet:
    """Rules that were read and checked, in the order in which they count.

    Args:
        rules: The higher priority first, of equal ones the one that was written first.
        version: Number that the store gave it; 0 where it was never stored.
    """

    rules: tuple[Rule, ...] = ()
    version: int = 0

    @classmethod
    def empty(cls) -> Self:
        """No rule at all.

        >>> len(RuleSet.empty())
        0
        """
        return cls()

    @classmethod
    def of(cls, rules: tuple[Rule, ...], version: int = 0) -> Self:
        """The rules in the order in which they count; those of equal priority stay as they are."""
        return cls(tuple(sorted(rules, key=lambda rule: -rule.priority)), version)

    def at_version(self, version: int) -> "RuleSet":
        """The same rules under the number that the store gave them."""
        return replace(self, version=version)

    def __len__(self) -> int:
        return len(self.rules)
