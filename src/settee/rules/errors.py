"""Say what is wrong with rules, with the rule, the field, its value and what would be accepted.

Reads / Writes: nothing.  Not here: the families and their HTTP status (core.errors).
"""

from settee.core import BadInput, Conflict, NotFound


class BadRule(BadInput):
    """A rule cannot be understood."""

    code = "bad_rule"


class BadFacts(BadInput):
    """Columns about items do not fit the item space that rules were compiled for."""

    code = "bad_facts"


class RulesContradict(Conflict):
    """Two rules ask for what cannot both be."""

    code = "rules_contradict"


class NoSuchRules(NotFound):
    """There is no version of the rules with that number."""

    code = "no_such_rules"


class NoRulesBefore(Conflict):
    """There is no earlier version of the rules to go back to."""

    code = "no_rules_before"
