"""Say what may be shown and where: rules as data, judged, lifted and laid out with a trace.

Pure functions over arrays; every removal, lift and move is told under the rule that caused it.
"""

from settee.rules.compiled import Compiled, compile_rules
from settee.rules.errors import BadFacts, BadRule
from settee.rules.facts import ItemFacts
from settee.rules.forward import put_forward
from settee.rules.lift import Lifts, lift
from settee.rules.mark import rules_mark
from settee.rules.names import RULES
from settee.rules.page import Page, lay_page
from settee.rules.parse import parse_rules
from settee.rules.shelf import Shelf, shelf_rules, shelf_stable_between
from settee.rules.trace import (
    Lifted,
    Moved,
    Removed,
    Trace,
    Unmet,
    trace_lifted,
    trace_removed,
)
from settee.rules.verdict import Verdict, decide, judge, keep, kinds_that_hide
from settee.rules.when import Asking
from settee.rules.words import Rule, RuleSet, Selection

__all__ = [
    "RULES",
    "Asking",
    "BadFacts",
    "BadRule",
    "Compiled",
    "ItemFacts",
    "Lifted",
    "Lifts",
    "Moved",
    "Page",
    "Removed",
    "Rule",
    "RuleSet",
    "Selection",
    "Shelf",
    "Trace",
    "Unmet",
    "Verdict",
    "compile_rules",
    "decide",
    "judge",
    "keep",
    "kinds_that_hide",
    "lay_page",
    "lift",
    "parse_rules",
    "put_forward",
    "rules_mark",
    "shelf_rules",
    "shelf_stable_between",
    "trace_lifted",
    "trace_removed",
]
