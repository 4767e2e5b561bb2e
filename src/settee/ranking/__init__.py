"""Pool the sources, order the pool, say why, and keep it all in one bundle."""

from settee.ranking.addends import Addend, fusion_shares, ranker_addends
from settee.ranking.blend import PAUSE_S, Blend
from settee.ranking.blend_fit import BlendLessons, fit_blend, widened
from settee.ranking.doubt import spread, uncertainty
from settee.ranking.exploring import Explored, explore, generator_of
from settee.ranking.join import Joined, fused_utility, join_pools, ranked_utility
from settee.ranking.model import Model, load_model, save_model
from settee.ranking.online import OnlineLayer, Standing
from settee.ranking.online_choices import Choice, Choices
from settee.ranking.online_evidence import Evidence
from settee.ranking.online_view import ONLINE_FEATURES, online_features
from settee.ranking.order import Ranked, rank, score_sources
from settee.ranking.pool import make_pool
from settee.ranking.ranker import Examples, Ranker
from settee.ranking.reasons import Explanation, explain
from settee.ranking.shap import Attribution, NoCover, shap_values
from settee.ranking.together import Ordered, suit_all
from settee.ranking.variety import diversify
from settee.ranking.warm import warm_up

__all__ = [
    "ONLINE_FEATURES",
    "PAUSE_S",
    "Addend",
    "Attribution",
    "Blend",
    "BlendLessons",
    "Choice",
    "Choices",
    "Evidence",
    "Examples",
    "Explanation",
    "Explored",
    "Joined",
    "Model",
    "NoCover",
    "OnlineLayer",
    "Ordered",
    "Ranked",
    "Ranker",
    "Standing",
    "diversify",
    "explain",
    "explore",
    "fit_blend",
    "fused_utility",
    "fusion_shares",
    "generator_of",
    "join_pools",
    "load_model",
    "make_pool",
    "online_features",
    "rank",
    "ranked_utility",
    "ranker_addends",
    "save_model",
    "score_sources",
    "shap_values",
    "spread",
    "suit_all",
    "uncertainty",
    "warm_up",
    "widened",
]
