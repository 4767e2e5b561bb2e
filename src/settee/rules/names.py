"""Number the rules, so that "which rule removed this item" is one byte an item.

0 means that the item may be shown. Where several rules remove an item, the lowest number is
written down: an item that was both excluded by the caller and seen counts as excluded, so the
counts of all rules add up to the number of removed items. Rules of a rule set are numbered on from
these, in the order in which they count.

Reads / Writes: nothing.
"""

from typing import Final

RULES: Final = (
    "excluded", "seen", "disliked", "unavailable", "out_of_stock", "age_limit", "language",
)  # fmt: skip
"""Names of the built-in rules; the rule with number n is ``RULES[n - 1]``."""

ALLOWED: Final = 0
EXCLUDED: Final = 1
SEEN: Final = 2
DISLIKED: Final = 3
UNAVAILABLE: Final = 4
OUT_OF_STOCK: Final = 5
AGE_LIMIT: Final = 6
LANGUAGE: Final = 7
