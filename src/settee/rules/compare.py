"""Say what other rules would have changed: which lists, by how much, which items in and out.

Two lists, a b c d and a c b e, agree at depth 1 wholly, at 2 by half, at 3 wholly, at 4 by three
quarters: their overlap is the mean, 0.8125. It weighs the top most, as those who look do.

Reads / Writes: nothing.
Source: Webber, Moffat & Zobel (2010), "A similarity measure for indefinite rankings", section 3
(average overlap).
Not here: how the lists were answered again (respond).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from settee.rules.errors import BadFacts
from settee.rules.names import RULES
from settee.rules.told import Conflict
from settee.rules.trace import Trace

_MOST_ITEMS = 20
_MOST_LISTS = 10
_DIGITS = 4


@dataclass(frozen=True)
class Listed:
    """One answer, as far as it is compared.

    Args:
        exposure_id: Which answer.
        account_id: For whom.
        slot: Where it was shown, None where unknown.
        item_ids: What it showed, the top first; none where nothing could be shown.
        trace: What rules did to it, None where that is not known.
    """

    exposure_id: str
    account_id: str
    slot: str | None
    item_ids: tuple[str, ...]
    trace: Trace | None = None


class ItemChange(msgspec.Struct, frozen=True):
    """An item, and in how many lists it comes in and out of how many it leaves."""

    item_id: str
    n_in: int
    n_out: int


class ListChange(msgspec.Struct, frozen=True):
    """One list that changed, before and after; `overlap` is 1 for the same list.

    `came_in` are the items of it that were not there before, `left` those that are there no more.
    """

    exposure_id: str
    account_id: str
    slot: str | None
    overlap: float
    came_in: list[str]
    left: list[str]
    before: list[str]
    after: list[str]


class SlotChange(msgspec.Struct, frozen=True):
    """How many lists of a slot changed; the slot is null where it is not known."""

    slot: str | None
    n_lists: int
    n_changed: int


class RuleEffect(msgspec.Struct, frozen=True):
    """In how many lists a rule removed, lifted or moved anything, or could not have its way."""

    rule: str
    n_removed: int
    n_lifted: int
    n_moved: int
    n_unmet: int


class Difference(msgspec.Struct, frozen=True):
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


class DryRun(msgspec.Struct, frozen=True):
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


def compare_lists(before: Sequence[Listed], after: Sequence[Listed]) -> Difference:
    """What changes from some lists to others.

    Args:
        before: The lists under one set of rules.
        after: The same answers, in the same order, under another.

    Raises:
        BadFacts: If they are not the same answers.

    >>> one = Listed("e1", "a7", "home", ("m1", "m2"))
    >>> other = Listed("e1", "a7", "home", ("m1", "m3"))
    >>> found = compare_lists([one], [other])
    >>> found.n_changed, found.overlap, found.lists[0].came_in
    (1, 0.75, ['m3'])
    """
    if [one.exposure_id for one in before] != [one.exposure_id for one in after]:
        raise BadFacts("the two lists of answers are not about the same requests.")
    pairs = list(zip(before, after, strict=True))
    changed = [(one, other) for one, other in pairs if one.item_ids != other.item_ids]
    lists = sorted(
        (_list_change(one, other) for one, other in changed),
        key=lambda change: (change.overlap, change.exposure_id),
    )
    overlaps = [overlap(one.item_ids, other.item_ids) for one, other in pairs]
    kept = [_kept(one.item_ids, other.item_ids) for one, other in pairs if one.item_ids]
    return Difference(
        n_lists=len(pairs),
        n_changed=len(changed),
        n_reordered=sum(set(one.item_ids) == set(other.item_ids) for one, other in changed),
        n_shorter=sum(len(other.item_ids) < len(one.item_ids) for one, other in changed),
        n_empty=sum(not other.item_ids for _, other in changed),
        overlap=_mean(overlaps),
        kept=_mean(kept),
        slots=_slots(pairs),
        items=_items(lists),
        lists=lists[:_MOST_LISTS],
        rules=_effects([one.trace for one in after if one.trace is not None]),
    )


def overlap(one: Sequence[str], other: Sequence[str]) -> float:
    """Average overlap of two lists over every depth of the longer one; 1 for two empty ones.

    >>> overlap("abcd", "acbe")
    0.8125
    """
    depth = max(len(one), len(other))
    if depth == 0:
        return 1.0
    ours: set[str] = set()
    theirs: set[str] = set()
    total = 0.0
    for rank in range(1, depth + 1):
        ours.update(one[rank - 1 : rank])
        theirs.update(other[rank - 1 : rank])
        total += len(ours & theirs) / rank
    return total / depth


def _list_change(one: Listed, other: Listed) -> ListChange:
    ours, theirs = set(one.item_ids), set(other.item_ids)
    return ListChange(
        one.exposure_id,
        one.account_id,
        one.slot,
        round(overlap(one.item_ids, other.item_ids), _DIGITS),
        [item for item in other.item_ids if item not in ours],
        [item for item in one.item_ids if item not in theirs],
        list(one.item_ids),
        list(other.item_ids),
    )


def _kept(one: Sequence[str], other: Sequence[str]) -> float:
    return len(set(one) & set(other)) / len(set(one))


def _items(lists: Sequence[ListChange]) -> list[ItemChange]:
    came_in = Counter(item for change in lists for item in change.came_in)
    left = Counter(item for change in lists for item in change.left)
    ordered = sorted(
        came_in.keys() | left.keys(),
        key=lambda item: (-max(came_in[item], left[item]), item),
    )
    return [ItemChange(item, came_in[item], left[item]) for item in ordered[:_MOST_ITEMS]]


def _slots(pairs: Sequence[tuple[Listed, Listed]]) -> list[SlotChange]:
    n_lists = Counter(one.slot for one, _ in pairs)
    n_changed = Counter(one.slot for one, other in pairs if one.item_ids != other.item_ids)
    return [
        SlotChange(slot, n_lists[slot], n_changed[slot])
        for slot in sorted(n_lists, key=lambda slot: (slot is None, slot or ""))
    ]


def _effects(traces: Sequence[Trace]) -> list[RuleEffect]:
    """What each rule of the set did, by name."""
    by_deed = [
        Counter(name for names in deed for name in names)
        for deed in (
            [{one.rule for one in trace.removed} for trace in traces],
            [{one.rule for one in trace.lifted} for trace in traces],
            [{one.rule for one in trace.moved} for trace in traces],
            [{one.rule for one in trace.unmet} for trace in traces],
        )
    ]
    rules = {name for deed in by_deed for name in deed} - set(RULES)
    return [RuleEffect(rule, *(deed[rule] for deed in by_deed)) for rule in sorted(rules)]


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), _DIGITS) if values else None
