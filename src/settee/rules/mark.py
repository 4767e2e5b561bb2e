"""Say what of the clock the rules see, so that an answer is kept no longer than it holds.

A boost that ends at midnight counts at 23:59:59 and not a second later; two questions whose marks
are equal are under the same rules.

Reads / Writes: nothing.
Not here: what the rules do with it (rules.verdict, rules.lifting, rules.page).
"""

from settee.rules.compiled import DAY_S, Compiled, is_open
from settee.rules.when import Asking

_MINUTE_S = 60


def rules_mark(compiled: Compiled, asking: Asking) -> tuple[object, ...]:
    """What changes when the rules for a question do, the question itself left aside.

    Args:
        compiled: The rules over the item space.
        asking: The question.

    >>> from settee.rules import ItemFacts, RuleSet, compile_rules
    >>> rules_mark(compile_rules(RuleSet.empty(), ItemFacts.of_items([], [])), Asking(0))
    (0, ())
    """
    parts = (*compiled.hard, *compiled.soft, *compiled.page)
    acting = tuple(
        part.rule.name
        for part in parts
        if part.when.holds(asking)
        and not (part.rule.kind == "window" and is_open(part.rule, asking.as_of_s))
    )
    return asking.as_of_s // _step_s(compiled), acting


def _step_s(compiled: Compiled) -> int:
    """Seconds for which nothing changes that moves with the clock by itself.

    Items cease to be new at any second, what came in lately fades from minute to minute, and the
    new titles that an account is given change by the day.
    """
    parts = (*compiled.hard, *compiled.soft, *compiled.page)
    if any(part.new_s is not None for part in parts):
        return 1
    if any(part.rule.kind == "recency" for part in parts):
        return _MINUTE_S
    return DAY_S
