"""Compile, or load from the cache, everything that a request runs through.

The first call of a compiled loop takes seconds on a new machine and milliseconds later; a server
does it before it says that it is ready, so that no request waits for it.

Reads: nothing.  Writes: numba's cache.
Not here: the sources' own loops (candidates).
"""

import numpy as np

from settee.core import RankingSettings
from settee.events import Histories, Interactions
from settee.features import (
    Context,
    ItemColumns,
    ItemStates,
    ItemTimeline,
    Person,
    feature_matrix,
    frozen,
)
from settee.ranking.blend import Blend
from settee.ranking.forest import parse_forest
from settee.ranking.pool import make_pool
from settee.ranking.shap import shap_values
from settee.ranking.variety import diversify
from settee.ranking.walk import score_rows

_TINY = """tree
num_class=1
max_feature_idx={last}
feature_names={names}

Tree=0
num_leaves=2
num_cat=0
split_feature=0
threshold=0.5
decision_type=10
left_child=-1
right_child=-2
leaf_value=0 1
leaf_count=1 1
is_linear=0


end of trees
"""


def warm_up() -> None:
    """Answer a request of a world with one item, from the timeline to the trees."""
    item, at_s = np.zeros(1, np.int32), np.zeros(1, np.int64)
    events = Interactions(("a",), 1, np.zeros(1, np.int32), item, at_s, np.ones(1, np.bool_))
    states = ItemStates(ItemTimeline.from_interactions(events), 1)
    states.extend(item, at_s)
    columns = ItemColumns(
        frozen(np.array([0, 1], np.int64)),
        frozen(item),
        frozen(np.ones(1, np.float32)),
        frozen(np.ones(1, np.float32)),
    )
    one = np.ones(1)
    pool = make_pool(
        [np.ones(1, np.float32)], np.ones(1, np.bool_), RankingSettings(), Blend(one, one, 0.0, 1.0)
    )
    person = Person.of(Histories.of_one(item, at_s))
    rows = feature_matrix(pool, person, states.at(1), columns, Context(1))
    names = " ".join(f"f{place}" for place in range(rows.shape[1]))
    forest = parse_forest(_TINY.format(last=rows.shape[1] - 1, names=names))
    score_rows(forest, rows)
    shap_values(forest, rows)
    for method in ("greedy", "dpp"):
        diversify(np.zeros(2, np.int32), np.zeros(2), columns, 2, 0.5, method)
