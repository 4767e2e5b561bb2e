"""Settings of the sequence model.

Reads / Writes: nothing.  Not here: the other sources' (core.sections).
"""

from settee.core.section import Section


class SequenceSettings(Section):
    """The `sasrec_*` settings of the source "sasrec"."""
