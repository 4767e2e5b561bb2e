"""Say how far each utility of a pool may be off, by whatever made the order.

Reads: a pool in its first order.  Writes: nothing.
Not here: where the doubt comes from (ranking.doubt).
"""

import numpy as np
from numpy.typing import NDArray

from settee.ranking import spread, uncertainty
from settee.respond.base import Base
from settee.respond.serving import Serving


def doubt_of(serving: Serving, base: Base) -> NDArray[np.float64]:
    """(m,) float64 standard deviations on the scale of the utility.

    What the ranker never saw is as doubtful as the most doubtful of what it did see; where no
    model orders, nothing is known and all are 0.

    Args:
        serving: What answers.
        base: A pool in its first order.
    """
    stage = serving.stage
    found = np.zeros(len(base.pool), np.float64)
    if stage is None or base.rung == "catalogue":
        return found
    ranker = stage.model.ranker
    if base.rows is None or ranker is None:
        ranking = stage.model.ranking
        return spread(base.pool, ranking.rrf_constant, ranking.per_source)
    found[: len(base.rows)] = uncertainty(ranker.forest, base.rows)
    found[len(base.rows) :] = found.max(initial=0.0)
    return found
