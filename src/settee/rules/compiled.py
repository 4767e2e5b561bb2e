"""Turn a rule set into columns over one item space, once, so that a question costs microseconds.

Twenty rules over 4,000 items become twenty rows of yes or no and one table of lifts. What a
question leaves open (its slot, its instant) only chooses among the rows; the choices met so far
are kept, since most questions come from a few slots.

Reads / Writes: nothing.
Not here: what may be shown (rules.verdict), what is lifted (rules.lifting), pages (rules.page).
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from settee.events import NO_END, NO_INSTANT, UNLIMITED
from settee.rules.errors import BadFacts
from settee.rules.facts import ItemFacts
from settee.rules.kinds import KINDS_OF_RULES
from settee.rules.names import RULES
from settee.rules.select import select
from settee.rules.when import When, whole_second
from settee.rules.words import Rule, RuleSet

DAY_S = 86_400
_MAX_KEPT = 64


@dataclass(frozen=True)
class Part:
    """One rule over the item space.

    Args:
        rule: The rule.
        number: Its number in a verdict, from ``len(RULES) + 1`` on; 0 where it removes nothing.
        when: When it counts.
        mask: (n,) bool: which items it is about, newness left aside.
        new_s: Items must have come in less than so many seconds ago; None for any.
        outcome: hard: (n,) bool of what it removes. None where the question decides.
        grade: soft: (n,) float32, what it adds to the log of the odds. None where the question
            decides.
        values: quota with `per`: (n,) int64, the number of the item's value, -1 unknown; for tags
            None, since an item has several.
        n_values: How many values there are.
    """

    rule: Rule
    number: int
    when: When
    mask: NDArray[np.bool_]
    new_s: float | None
    outcome: NDArray[np.bool_] | None = None
    grade: NDArray[np.float32] | None = None
    values: NDArray[np.int64] | None = None
    n_values: int = 0

    def about(self, facts: ItemFacts, as_of_s: int) -> NDArray[np.bool_]:
        """(n,) which items the rule is about at an instant."""
        if self.new_s is None:
            return self.mask
        return self.mask & (facts.since_s > as_of_s - self.new_s)

    def about_these(
        self, facts: ItemFacts, as_of_s: int, items: NDArray[np.int32]
    ) -> NDArray[np.bool_]:
        """(m,) the same for some items."""
        mask = self.mask[items]
        if self.new_s is not None:
            mask &= facts.since_s[items] > as_of_s - self.new_s
        return mask


@dataclass(frozen=True)
class Kept:
    """What hard rules said, and the span of instants for which it holds."""

    first_s: float
    end_s: float
    rule: NDArray[np.uint8]


@dataclass(frozen=True)
class Compiled:
    """A rule set over one item space; safe to use from several threads.

    Args:
        rules: The rules.
        facts: The item space.
        hard: Rules that remove, in the order in which they count.
        soft: Rules that lift, likewise.
        page: Rules of the page, likewise.
        names: Names of all rules that remove, the built-in ones first.
    """

    rules: RuleSet
    facts: ItemFacts
    hard: tuple[Part, ...]
    soft: tuple[Part, ...]
    page: tuple[Part, ...]
    names: tuple[str, ...]
    kept: dict[tuple[object, ...], Kept] = field(default_factory=dict, repr=False, compare=False)

    @property
    def n_items(self) -> int:
        """Size of the item space."""
        return len(self.facts)

    @cached_property
    def grades(self) -> NDArray[np.float32]:
        """(n, n_soft) what each soft rule adds, where that hangs on the item alone; else 0."""
        table = np.zeros((len(self.facts), len(self.soft)), np.float32)
        for place, part in enumerate(self.soft):
            if part.grade is not None:
                table[:, place] = part.grade
        return table

    def keep(self, key: tuple[object, ...], kept: Kept) -> None:
        """Remember an outcome (speed only); of many, all are forgotten at once."""
        if len(self.kept) >= _MAX_KEPT:
            self.kept.clear()
        self.kept[key] = kept


def compile_rules(rules: RuleSet, facts: ItemFacts) -> Compiled:
    """Lay out the rules over an item space.

    Args:
        rules: The rules; those that are switched off are left out.
        facts: What is known of the items.

    >>> compile_rules(RuleSet.empty(), ItemFacts.of_items(["m1"], [])).names == RULES
    True
    """
    by_floor: dict[str, list[Part]] = {"hard": [], "soft": [], "page": []}
    names = list(RULES)
    for rule in rules.rules:
        if not rule.is_active:
            continue
        floor = KINDS_OF_RULES[rule.kind].floor
        number = 0
        if floor == "hard":
            names.append(rule.name)
            number = len(names)
        by_floor[floor].append(_part(rule, number, facts))
    return Compiled(
        rules,
        facts,
        tuple(by_floor["hard"]),
        tuple(by_floor["soft"]),
        tuple(by_floor["page"]),
        tuple(names),
    )


def check_space(compiled: Compiled, n_items: int) -> None:
    """Refuse columns over another item space.

    Raises:
        BadFacts: If the number of items differs.
    """
    if n_items != compiled.n_items:
        raise BadFacts(
            f"the rules were compiled over {compiled.n_items} items, and {n_items} were given; "
            "the same number is accepted.",
            hint="Compile them again where the item space has grown.",
        )


def _part(rule: Rule, number: int, facts: ItemFacts) -> Part:
    days = rule.days if rule.kind == "newcomers" else None
    given = [one for one in (days, rule.items.new_days) if one is not None]
    new_s = min(given) * DAY_S if given else None
    mask = select(rule.items, facts)
    if rule.kind == "pin":
        mask = np.zeros(len(facts), np.bool_)
        mask[facts.positions([rule.item])] = True
    values, n_values = _values(rule, facts)
    outcome = None if new_s is not None else removed(rule, mask, facts)
    return Part(
        rule, number, When.of(rule), mask, new_s, outcome, _grade(rule, mask, new_s, facts),
        values, n_values,
    )  # fmt: skip


def removed(rule: Rule, about: NDArray[np.bool_], facts: ItemFacts) -> NDArray[np.bool_] | None:
    """(n,) what a hard rule removes; None where the languages of the question decide.

    Args:
        rule: The rule; one of another floor removes nothing.
        about: (n,) which items it is about.
        facts: What is known of the items.
    """
    if rule.kind in ("block", "window"):
        return about
    if rule.kind == "only":
        return ~about
    if rule.kind == "age_limit":
        assert rule.max_age is not None  # noqa: S101 -- rules.parse asks for it
        return about & (facts.age > rule.max_age)
    if rule.kind == "stock":
        assert rule.pieces is not None  # noqa: S101 -- rules.parse asks for it
        return about & (facts.stock < rule.pieces)  # not counted is the greatest int64
    if rule.kind == "language":
        return in_other_languages(rule, rule.languages, about, facts) if rule.languages else None
    return np.zeros(len(facts), np.bool_)


def in_other_languages(
    rule: Rule, languages: tuple[str, ...], about: NDArray[np.bool_], facts: ItemFacts
) -> NDArray[np.bool_]:
    """(n,) what a language rule removes, given the languages that may be shown."""
    others = ~facts.is_in_language(languages)
    if rule.unknown == "keep":
        others &= facts.language >= 0
    return about & others


def is_open(rule: Rule, as_of_s: int) -> bool:
    """Is a rights window open? A window that is open removes nothing.

    >>> from datetime import UTC, datetime
    >>> is_open(Rule(name="w", kind="window", closes_at=datetime(1970, 1, 2, tzinfo=UTC)), 86_400)
    False
    """
    first_s = NO_INSTANT if rule.opens_at is None else whole_second(rule.opens_at)
    end_s = NO_END if rule.closes_at is None else whole_second(rule.closes_at)
    return first_s <= as_of_s < end_s


def _grade(
    rule: Rule, mask: NDArray[np.bool_], new_s: float | None, facts: ItemFacts
) -> NDArray[np.float32] | None:
    """(n,) what a soft rule adds to the log of the odds, where that hangs on the item alone."""
    if rule.lift is None or new_s is not None or rule.kind == "recency":
        return None
    if rule.kind == "prefer_language" and not rule.languages:
        return None
    grade: NDArray[np.float32] = (np.log(rule.lift) * degree(rule, facts) * mask).astype(np.float32)
    return grade


def degree(rule: Rule, facts: ItemFacts) -> NDArray[np.float64]:
    """(n,) how far a soft rule lifts each item, 0 to 1: its power in the lift.

    Args:
        rule: A soft rule; of `recency` and of languages that the question names, 1.
        facts: What is known of the items.
    """
    n = len(facts)
    if rule.kind == "prefer":
        sizes = np.maximum(np.diff(facts.tag_indptr), 1)
        share: NDArray[np.float64] = facts.n_tags_among(rule.tags) / sizes
        return share
    if rule.kind == "prefer_language" and rule.languages:
        return facts.is_in_language(rule.languages).astype(np.float64)
    if rule.kind == "margin":
        return _percentile(facts.margin)
    if rule.kind == "overstock":
        is_much = (facts.stock >= (rule.pieces or 0)) & (facts.stock != UNLIMITED)
        return np.where(is_much, 1.0, 0.0)
    return np.ones(n)


def _percentile(column: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n,) the part of the distinct known values below each: 0 for the least, 1 for the greatest.

    >>> _percentile(np.array([5, np.nan, 1, 3], np.float32)).tolist()
    [1.0, 0.0, 0.0, 0.5]
    """
    is_known = ~np.isnan(column)
    values = np.unique(column[is_known])
    below = np.searchsorted(values, column[is_known])
    found = np.zeros(len(column))
    found[is_known] = below / max(len(values) - 1, 1)
    return found


def _values(rule: Rule, facts: ItemFacts) -> tuple[NDArray[np.int64] | None, int]:
    """The number of each item's value of the attribute that a quota counts per, and how many."""
    if rule.per == "tag":
        return None, len(facts.tag_names)
    if rule.per == "language":
        return facts.language.astype(np.int64), len(facts.language_names)
    if rule.per == "kind":
        return facts.kind.astype(np.int64), len(facts.kind_names)
    if rule.per == "age_rating":
        return facts.age.astype(np.int64), int(facts.age.max(initial=0)) + 1
    if rule.per == "year":
        years = np.where(facts.year > 0, facts.year.astype(np.int64), -1)
        return years, int(years.max(initial=-1)) + 1
    return None, 0
