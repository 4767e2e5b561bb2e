"""The rules of the business: what is in force, what was, and what others would change.

Reads / Writes: nothing.
Source: docs/rules.md for each kind and each field.
Not here: what rules did to one answer (client.results.rules).
"""

from datetime import datetime

from msgspec import Struct


class Selection(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Which items a rule is about: all that is said must hold; of a list, any one."""

    ids: list[str] = []
    tags: list[str] = []
    without_tags: list[str] = []
    languages: list[str] = []
    kinds: list[str] = []
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


class Rule(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One rule; `docs/rules.md` tells each kind and each field."""

    name: str
    kind: str
    note: str = ""
    priority: int = 0
    is_active: bool = True
    slots: list[str] = []
    segments: list[str] = []
    devices: list[str] = []
    profiles: list[str] = []
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    season: str = ""
    items: Selection = Selection()
    lift: float | None = None
    max_age: int | None = None
    languages: list[str] = []
    unknown: str = "remove"
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    pieces: int | None = None
    tags: list[str] = []
    half_life_days: float | None = None
    item: str = ""
    rank: int | None = None
    per: str | None = None
    min_count: int | None = None
    max_count: int | None = None
    min_share: float | None = None
    max_share: float | None = None
    fill: bool = False
    times: int | None = None
    days: float | None = None


class RulesInForce(Struct, frozen=True):
    """The rules of one version; `version` is 0 before the first."""

    version: int
    rules: list[Rule]


class Conflict(Struct, frozen=True):
    """Rules that do not go together, or one that does nothing.

    `code` is a stable name of what is the matter; `rules` names them, the one that loses first;
    `is_contradiction` says that not all can be kept, whatever the catalogue holds.
    """

    code: str
    rules: list[str]
    message: str
    hint: str
    is_contradiction: bool = False


class RulesPut(Struct, frozen=True):
    """What was put in force, and what is odd about it; `restored` is the version it came from."""

    version: int
    n_rules: int
    restored: int | None
    conflicts: list[Conflict]


class RulesChecked(Struct, frozen=True):
    """Rules as they were read, and what is odd about them over the catalogue as it is."""

    n_rules: int
    conflicts: list[Conflict]
    rules: list[Rule]


class RulesVersion(Struct, frozen=True):
    """One version of the rules: who made it, when and why, and a seal over it and all before."""

    version: int
    at: datetime
    who: str
    why: str
    restored: int | None
    seal: str


class RulesHistory(Struct, frozen=True):
    """Versions of the rules, newest first; the first is in force."""

    versions: list[RulesVersion]


class SlotChange(Struct, frozen=True):
    """How many lists of a slot changed; the slot is null where it is not known."""

    slot: str | None
    n_lists: int
    n_changed: int


class ItemChange(Struct, frozen=True):
    """An item, and in how many lists it comes in and out of how many it leaves."""

    item_id: str
    n_in: int
    n_out: int


class ListChange(Struct, frozen=True):
    """One list that changed, before and after; `overlap` is 1 for the same list.

    `came_in` are the items of it that were not there before, `left` those that are there no more.
    """

    exposure_id: str
    account_id: str
    slot: str | None
    overlap: float
    came_in: list[str]
    left: list[str]
    before: list[str] = []
    after: list[str] = []


class RuleEffect(Struct, frozen=True):
    """In how many lists a rule removed, lifted or moved anything, or could not have its way."""

    rule: str
    n_removed: int
    n_lifted: int
    n_moved: int
    n_unmet: int


class Difference(Struct, frozen=True):
    """What changes in a number of lists.

    `n_reordered` of the changed lists hold the same items in another order; `n_shorter` lists have
    fewer items than before and `n_empty` none at all, of those that had some. `overlap` and
    `kept` (the part of the items that stay) are means over all lists. `items` are those that come
    in or leave most often, `lists` those that change most; `rules` says what each rule did under
    the new set, the built-in ones left out.
    """

    n_lists: int
    n_changed: int
    n_reordered: int
    n_shorter: int
    n_empty: int
    overlap: float | None
    kept: float | None
    slots: list[SlotChange]
    items: list[ItemChange]
    lists: list[ListChange]
    rules: list[RuleEffect]


class DryRun(Struct, frozen=True):
    """What other rules would have made of recorded requests.

    `version` is the version in force that they are compared with, `n_asked` how many requests were
    answered under both; `passed_over` counts those that could not be, by reason: repeat (an answer
    that was given again) or old (it does not say what was asked).
    """

    version: int
    n_asked: int
    passed_over: dict[str, int]
    conflicts: list[Conflict]
    difference: Difference
