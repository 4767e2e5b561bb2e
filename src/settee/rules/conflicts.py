"""Find rules that cannot all have their way, before they are in force.

Two pins on rank 1 for the same slot contradict: one of them will not stand there. A boost of what
a block removes is no contradiction and still odd, so it is told and may stay. What hangs on the
catalogue is found where the catalogue is known.

Reads / Writes: nothing.
Not here: what hangs on the catalogue (rules.oddities), wrong rules (rules.parse), what rules change
(rules.compare).
"""

from collections.abc import Iterator
from itertools import combinations, permutations

from settee.rules.compiled import compile_rules
from settee.rules.facts import ItemFacts
from settee.rules.oddities import find_oddities
from settee.rules.overlap import comes_never, may_meet
from settee.rules.told import Conflict, is_over, least_over_most
from settee.rules.when import whole_second
from settee.rules.words import RuleSet, Selection


def find_conflicts(
    rules: RuleSet, facts: ItemFacts | None = None, as_of_s: int | None = None
) -> tuple[Conflict, ...]:
    """What is odd about rules, contradictions first.

    Args:
        rules: The rules; those that are switched off are left out.
        facts: What is known of the items; None leaves out what hangs on them.
        as_of_s: Now, epoch seconds, to find what has expired; None leaves that out.
    """
    active = RuleSet(tuple(rule for rule in rules.rules if rule.is_active))
    found = [*_times(active, as_of_s), *_pins(active), *_blocked_pins(active), *_quotas(active)]
    if facts is not None:
        known = {(one.code, one.rules) for one in found}
        more = find_oddities(compile_rules(active, facts))
        found += [one for one in more if (one.code, one.rules) not in known]
    return tuple(sorted(found, key=lambda one: not one.is_contradiction))


def _times(rules: RuleSet, as_of_s: int | None) -> Iterator[Conflict]:
    for rule in rules.rules:
        if comes_never(rule):
            yield Conflict(
                "never", (rule.name,),
                f'rule "{rule.name}" counts from starts_at to expires_at, and no day between '
                f"them is in its season {rule.season}.",
                "Change the season or the instants.",
            )  # fmt: skip
        elif (
            as_of_s is not None
            and rule.expires_at is not None
            and whole_second(rule.expires_at) <= as_of_s
        ):
            yield Conflict(
                "expired", (rule.name,),
                f'rule "{rule.name}" has expired at {rule.expires_at:%Y-%m-%dT%H:%M:%SZ} and does '
                "nothing.",
                "Take it out, or give it a later expires_at.",
            )  # fmt: skip


def _pins(rules: RuleSet) -> Iterator[Conflict]:
    pins = [rule for rule in rules.rules if rule.kind == "pin"]
    for first, second in combinations(pins, 2):
        if not may_meet(first, second):
            continue
        names = (second.name, first.name)
        if first.item == second.item and first.rank != second.rank:
            yield Conflict(
                "one_item_two_ranks", names,
                f'rules "{first.name}" and "{second.name}" pin item "{first.item}" to ranks '
                f"{first.rank} and {second.rank}; it can stand at one.",
                "Take one out, or let them count in different slots or seasons.",
                is_contradiction=first.priority == second.priority,
            )  # fmt: skip
        elif first.rank == second.rank and first.item != second.item:
            yield Conflict(
                "one_rank_two_items", names,
                f'rules "{first.name}" and "{second.name}" pin two items to rank {first.rank}; '
                "one of them goes to the next free rank.",
                "Give them different ranks or priorities.",
                is_contradiction=first.priority == second.priority,
            )  # fmt: skip


def _blocked_pins(rules: RuleSet) -> Iterator[Conflict]:
    """Pins of what is blocked by nothing but its id, which needs no catalogue."""
    pins = [rule for rule in rules.rules if rule.kind == "pin"]
    for block in rules.rules:
        if block.kind != "block" or block.items != Selection(ids=block.items.ids):
            continue
        for pin in pins:
            if pin.item in block.items.ids and may_meet(pin, block):
                yield Conflict(
                    "pin_of_removed", (pin.name, block.name),
                    f'rule "{pin.name}" pins item "{pin.item}", which rule "{block.name}" blocks; '
                    "what is blocked is never shown.",
                    "Take one of them out.",
                    is_contradiction=True,
                )  # fmt: skip


def _quotas(rules: RuleSet) -> Iterator[Conflict]:
    """Leasts over mosts of the very same items, which needs no catalogue."""
    quotas = [rule for rule in rules.rules if rule.kind == "quota" and rule.per is None]
    for least, most in permutations(quotas, 2):
        if least.items == most.items and is_over(least, most) and may_meet(least, most):
            yield least_over_most(least, most, is_contradiction=True)
