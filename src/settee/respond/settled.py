"""Tell up to which offset all views of the journal are that an answer is made of.

Profiles are at 40, the live counts at 40 and the households at 40: the answer is one of offset 40,
and can be computed once more from the first 40 entries. While one of them is at 41 already, no
offset says what the answer knew.

Reads: views.  Writes: nothing.
Not here: computing it once more (respond.replayed).
"""

import logging

from settee.core import SetteeError
from settee.respond.keeping import Parts
from settee.respond.serving import Serving

_log = logging.getLogger("settee.respond")
IN_BETWEEN = -1
"""Stands for an offset where views are at different ones."""


def settled_offset(parts: Parts, serving: Serving) -> int:
    """The offset of all views, or IN_BETWEEN.

    Args:
        parts: Where profiles and households are.
        serving: Where the live counts are.

    Raises:
        SetteeError: If the households cannot be read.
    """
    offset = parts.state.offset()
    if serving.stage is not None and serving.stage.living.offset != offset:
        return IN_BETWEEN
    if parts.people is None:
        return offset
    try:
        return offset if parts.people.offset() == offset else IN_BETWEEN
    except SetteeError:
        raise
    except Exception:  # noqa: BLE001 -- who is there must not cost the answer
        _log.exception("the offset of the households could not be told")
        return IN_BETWEEN
