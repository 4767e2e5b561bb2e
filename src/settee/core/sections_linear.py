"""Settings of sparse linear item models.

Reads / Writes: nothing.  Not here: the other sources' (core.sections).
"""

from settee.core.section import Section


class LinearSettings(Section):
    """The `slim_*` settings of the source "slim", and how EASE fits large catalogues."""
