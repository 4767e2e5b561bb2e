"""Settings of what follows what.

Reads / Writes: nothing.  Not here: the other sources' (core.sections).
"""

from settee.core.section import Section


class NextSettings(Section):
    """The `next_ridge_*` and `session_knn_*` settings of the sources of those names."""
