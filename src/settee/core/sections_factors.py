"""Settings of implicit matrix factorisation.

Reads / Writes: nothing.  Not here: the other sources' (core.sections).
"""

from settee.core.section import Section


class FactorSettings(Section):
    """The `als_*` settings of the source "als"."""
