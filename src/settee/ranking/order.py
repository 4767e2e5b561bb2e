"""Order a pool: by the ranker when it earned its place, by fusion otherwise.

Reads: a model, a pool, a history.  Writes: nothing.
Not here: what may be shown (rules), budgets and fallbacks (respond).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from settee.events import Histories
from settee.features import Context, ItemState, Person, Pool, feature_matrix
from settee.ranking.model import Model

OrderedBy = Literal["ranker", "fusion"]


@dataclass(frozen=True)
class Ranked:
    """A pool in order.

    Args:
        places: (m,) int64 rows of the pool, best first; ties keep the fused order.
        scores: (m,) float64 in that order; they compare within one answer only.
        by: What ordered it.
        rows: (m, F) float32 what the ranker saw, by row of the pool; None where it did not order.
    """

    places: NDArray[np.int64]
    scores: NDArray[np.float64]
    by: OrderedBy
    rows: NDArray[np.float32] | None = None


def score_sources(model: Model, histories: Histories) -> list[NDArray[np.float32]]:
    """Scores by every source, in the order of ``model.sources``: each (n_people, n_items).

    Raises:
        BadInput: If a history names a position outside the item space.
    """
    return [source.score(histories) for source in model.sources.values()]


def rank(
    model: Model,
    pool: Pool,
    person: Person,
    state: ItemState,
    context: Context,
    *,
    with_ranker: bool | None = None,
) -> Ranked:
    """Order the pool of one request.

    Args:
        model: The model whose sources scored the pool.
        pool: From make_pool.
        person: History of the person; items at or after the request are left out.
        state: Item counters as of the request, from an ItemStates over the model's timeline.
        context: Instant and circumstances.
        with_ranker: Force the ranker or the fusion; None follows ``model.is_promoted``.

    Raises:
        FeaturesMismatch: If state and model differ in their number of items.
        BadRows: If the pool has other sources than the ranker was trained on.
    """
    use = model.is_promoted if with_ranker is None else with_ranker
    if model.ranker is None or not use:
        return Ranked(np.arange(len(pool)), pool.fused.astype(np.float64), "fusion")
    rows = feature_matrix(pool, person, state, model.columns, context)
    scores = model.ranker.score(rows)
    places = np.argsort(-scores, kind="stable")
    return Ranked(places, scores[places], "ranker", rows)
