"""Settings of the graph filter.

Reads / Writes: nothing.  Not here: the other sources' (core.sections).
"""

from settee.core.section import Section


class GraphSettings(Section):
    """The `graph_*` settings of the source "graph"."""
