"""Pool the sources, order the pool, say why, and keep it all in one bundle."""

from settee.ranking.forest import RankerDamaged
from settee.ranking.model import Model, ModelDamaged, load_model, save_model
from settee.ranking.order import Ranked, rank, score_sources
from settee.ranking.pool import make_pool
from settee.ranking.ranker import Examples, Ranker
from settee.ranking.reasons import Explanation, Forward, Reason, Share, explain

__all__ = [
    "Examples",
    "Explanation",
    "Forward",
    "Model",
    "ModelDamaged",
    "Ranked",
    "Ranker",
    "RankerDamaged",
    "Reason",
    "Share",
    "explain",
    "load_model",
    "make_pool",
    "rank",
    "save_model",
    "score_sources",
]
