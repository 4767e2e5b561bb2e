"""Find rules that do nothing, or cannot be kept, over the catalogue as it is.

A boost of items that a block removes lifts nothing; a quota of at least 5 Turkish titles cannot be
kept with 3 in the catalogue. Tomorrow's catalogue may be another, so none of it is refused.

Reads / Writes: nothing.
Not here: rules that contradict whatever the catalogue holds (rules.conflicts).
"""

import difflib
from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from settee.rules.compiled import Compiled, Part, degree
from settee.rules.facts import ItemFacts
from settee.rules.overlap import may_meet
from settee.rules.told import Conflict, is_over, least_over_most
from settee.rules.words import Rule

_CONDITIONS = (
    "slots", "segments", "devices", "profiles", "starts_at", "expires_at", "season",
)  # fmt: skip


def find_oddities(compiled: Compiled) -> list[Conflict]:
    """What is odd about rules over a catalogue.

    Args:
        compiled: The rules over its items.
    """
    return [
        *_without_items(compiled),
        *_removed_pins(compiled),
        *_removed_lifts(compiled),
        *_nothing_left(compiled),
        *_quotas(compiled),
        *_too_many_pins(compiled),
        *_too_few_items(compiled),
    ]


def _without_items(compiled: Compiled) -> Iterator[Conflict]:
    facts = compiled.facts
    for part in (*compiled.hard, *compiled.soft, *compiled.page):
        rule = part.rule
        has_any = bool(part.mask.any())
        if has_any and rule.kind in ("prefer", "margin", "overstock"):
            has_any = bool((degree(rule, facts) > 0).any())
        if not has_any:
            yield Conflict(
                "no_items", (rule.name,),
                f'rule "{rule.name}" is about no item of the {len(facts)} in the catalogue.',
                _meant(rule, facts),
            )  # fmt: skip


def _meant(rule: Rule, facts: ItemFacts) -> str:
    """The tag or item that was perhaps meant."""
    asked = [rule.item] if rule.item else [*rule.items.tags, *rule.tags]
    known = facts.item_ids if rule.item else facts.tag_names
    for name in asked:
        near = difflib.get_close_matches(name, known, n=1) if name not in known else []
        if near:
            return f'Did you mean "{near[0]}"?'
    return "Check its items, or put them into the catalogue."


def _removed_pins(compiled: Compiled) -> Iterator[Conflict]:
    for pin, hard in product(_of(compiled.page, "pin"), compiled.hard):
        if may_meet(pin.rule, hard.rule) and bool(_removes(hard, compiled)[pin.mask].any()):
            yield Conflict(
                "pin_of_removed", (pin.rule.name, hard.rule.name),
                f'rule "{pin.rule.name}" pins item "{pin.rule.item}", which rule '
                f'"{hard.rule.name}" removes; what is removed is never shown.',
                "Take one of them out, or let them count in different slots.",
            )  # fmt: skip


def _removed_lifts(compiled: Compiled) -> Iterator[Conflict]:
    for soft, hard in product(compiled.soft, compiled.hard):
        is_gone = _removes(hard, compiled)
        if _covers(hard.rule, soft.rule) and soft.mask.any() and is_gone[soft.mask].all():
            yield Conflict(
                "lift_of_removed", (soft.rule.name, hard.rule.name),
                f'rule "{soft.rule.name}" lifts {int(soft.mask.sum())} items, and rule '
                f'"{hard.rule.name}" removes all of them.',
                "Take one of them out.",
            )  # fmt: skip


def _nothing_left(compiled: Compiled) -> Iterator[Conflict]:
    always = [part for part in compiled.hard if not _has_conditions(part.rule)]
    if always and compiled.n_items and not _is_left(compiled).any():
        yield Conflict(
            "nothing_left", tuple(part.rule.name for part in always),
            f"together these rules remove all {compiled.n_items} items for everybody.",
            "Give one of them a slot or a segment, or fewer items.",
        )  # fmt: skip


def _quotas(compiled: Compiled) -> Iterator[Conflict]:
    quotas = [part for part in _of(compiled.page, "quota", "newcomers") if not part.rule.per]
    for least, most in product(quotas, quotas):
        is_within = bool(least.mask.any()) and not (least.mask & ~most.mask).any()
        meets = most.new_s is None and may_meet(least.rule, most.rule)
        if is_within and meets and is_over(least.rule, most.rule):
            yield least_over_most(least.rule, most.rule, is_contradiction=False)


def _too_many_pins(compiled: Compiled) -> Iterator[Conflict]:
    pins = _of(compiled.page, "pin")
    for quota in _of(compiled.page, "quota"):
        most = quota.rule.max_count
        if most is None or quota.rule.per is not None:
            continue
        held = [pin for pin in pins if quota.mask[pin.mask].any()]
        names = [pin.rule.name for pin in held if may_meet(pin.rule, quota.rule)]
        if len(names) > most:
            yield Conflict(
                "pins_over_most", (quota.rule.name, *names),
                f'rule "{quota.rule.name}" allows at most {most} places, and {len(names)} pins '
                "hold items of it; pins are kept.",
                "Raise the most, or take pins out.",
            )  # fmt: skip


def _too_few_items(compiled: Compiled) -> Iterator[Conflict]:
    is_left = _is_left(compiled)
    for part in _of(compiled.page, "quota", "newcomers"):
        least, n = part.rule.min_count or 0, int((part.mask & is_left).sum())
        if n < least:
            yield Conflict(
                "too_few_items", (part.rule.name,),
                f'rule "{part.rule.name}" wants at least {least} places, and the catalogue has '
                f"{n} such items that may be shown.",
                "Lower the least, or choose its items more widely.",
            )  # fmt: skip


def _of(parts: tuple[Part, ...], *kinds: str) -> list[Part]:
    return [part for part in parts if part.rule.kind in kinds]


def _removes(hard: Part, compiled: Compiled) -> NDArray[np.bool_]:
    """(n,) what a hard rule removes at any time; nothing where clock or question decide."""
    if hard.outcome is None or hard.rule.kind == "window":
        return np.zeros(compiled.n_items, np.bool_)
    return hard.outcome


def _is_left(compiled: Compiled) -> NDArray[np.bool_]:
    """(n,) what no rule without conditions removes."""
    is_left = np.ones(compiled.n_items, np.bool_)
    for part in compiled.hard:
        if not _has_conditions(part.rule):
            is_left &= ~_removes(part, compiled)
    return is_left


def _has_conditions(rule: Rule) -> bool:
    return any(getattr(rule, name) for name in _CONDITIONS)


def _covers(hard: Rule, soft: Rule) -> bool:
    """Does the one count whenever the other does?"""
    return all(
        not getattr(hard, name) or getattr(hard, name) == getattr(soft, name)
        for name in _CONDITIONS
    )
