"""Name what can go wrong with the state of a household.

Reads / Writes: nothing.
Not here: the families and their HTTP status (core.errors).
"""

from settee.core import Damaged


class HouseholdDamaged(Damaged):
    """The stored state of a household is not what was written."""

    code = "household_damaged"
