"""Say what may be shown: seen, excluded, outside its window or out of stock may not.

Pure functions over arrays; every removal is counted under the rule that caused it.
"""

from settee.rules.shelf import Shelf, shelf_rules, shelf_stable_between
from settee.rules.verdict import RULES, BadRule, Verdict, decide, keep, kinds_that_hide

__all__ = [
    "RULES",
    "BadRule",
    "Shelf",
    "Verdict",
    "decide",
    "keep",
    "kinds_that_hide",
    "shelf_rules",
    "shelf_stable_between",
]
