"""Pool the sources, order the pool, say why, and keep it all in one bundle."""

from settee.ranking.join import Joined, join_pools
from settee.ranking.model import Model, load_model, save_model
from settee.ranking.order import Ranked, rank, score_sources
from settee.ranking.pool import make_pool
from settee.ranking.ranker import Examples, Ranker
from settee.ranking.reasons import Explanation, explain
from settee.ranking.shap import Attribution, shap_values
from settee.ranking.together import Ordered, suit_all
from settee.ranking.warm import warm_up

__all__ = [
    "Attribution",
    "Examples",
    "Explanation",
    "Joined",
    "Model",
    "Ordered",
    "Ranked",
    "Ranker",
    "explain",
    "join_pools",
    "load_model",
    "make_pool",
    "rank",
    "save_model",
    "score_sources",
    "shap_values",
    "suit_all",
    "warm_up",
]
