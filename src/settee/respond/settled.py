"""Tell up to which offset all views of the journal are that an answer is made of.

Profiles are at 40, the live counts at 40 and the households at 40: the answer is one of offset 40,
and can be computed once more from the first 40 entries. While one of them is at 41 already, no
offset says what the answer knew.

Reads: views.  Writes: nothing.
Not here: computing it once more (respond.replayed).
"""

from settee.respond.keeping import Parts
from settee.respond.serving import Serving
from settee.respond.whom import PEOPLE_FAILED, Whom

IN_BETWEEN = -1
"""Stands for an offset where views are at different ones."""


def settled_offset(parts: Parts, serving: Serving) -> int:
    """The offset of profiles and live counts, or IN_BETWEEN.

    Args:
        parts: Where profiles are.
        serving: Where the live counts are.
    """
    offset = parts.state.offset()
    if serving.stage is not None and serving.stage.living.offset != offset:
        return IN_BETWEEN
    return offset


def answered_at(before: int, after: int, whom: Whom) -> int:
    """The offset of all that an answer is made of, or IN_BETWEEN.

    Args:
        before: The settled offset when it was begun.
        after: The settled offset when it was made.
        whom: For whom it is, and what the households knew when they were asked.
    """
    is_told = whom.offset == before if whom.offset is not None else whom.because != PEOPLE_FAILED
    return before if before == after and is_told else IN_BETWEEN
