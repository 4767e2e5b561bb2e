"""Say what may be shown and where: rules as data, judged, lifted and laid out with a trace.

Pure functions over arrays; every removal, lift and move is told under the rule that caused it.
"""

from settee.rules.book import Change, Put, Rulebook
from settee.rules.compare import Difference, DryRun, Listed, compare_lists
from settee.rules.compiled import Compiled, compile_rules
from settee.rules.conflicts import find_conflicts
from settee.rules.errors import BadFacts, BadRule, NoRulesBefore, NoSuchRules, RulesContradict
from settee.rules.facts import ItemFacts
from settee.rules.forward import put_forward
from settee.rules.lifting import Lifts, lift
from settee.rules.mark import rules_mark
from settee.rules.names import RULES
from settee.rules.page import Page, lay_page
from settee.rules.parse import parse_rules
from settee.rules.shelf import Shelf, shelf_rules, shelf_stable_between
from settee.rules.told import Conflict
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
from settee.rules.write import to_json, to_toml
from settee.store import RuleVersion

__all__ = [
    "RULES",
    "Asking",
    "BadFacts",
    "BadRule",
    "Change",
    "Compiled",
    "Conflict",
    "Difference",
    "DryRun",
    "ItemFacts",
    "Lifted",
    "Lifts",
    "Listed",
    "Moved",
    "NoRulesBefore",
    "NoSuchRules",
    "Page",
    "Put",
    "Removed",
    "Rule",
    "RuleSet",
    "RuleVersion",
    "Rulebook",
    "RulesContradict",
    "Selection",
    "Shelf",
    "Trace",
    "Unmet",
    "Verdict",
    "compare_lists",
    "compile_rules",
    "decide",
    "find_conflicts",
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
    "to_json",
    "to_toml",
    "trace_lifted",
    "trace_removed",
]
