"""Find items for a person: popular, content, item neighbours and EASE behind one interface."""

from settee.candidates.content import Content
from settee.candidates.ease import Ease
from settee.candidates.federate import account_bound, co_counts, ease_of_counts, moved
from settee.candidates.fitting import SOURCES, WrongItemSpace, fit_sources
from settee.candidates.histories import UnknownPosition
from settee.candidates.knn import Knn
from settee.candidates.likeness import alike
from settee.candidates.live import LIVE_SOURCES, LiveItems, stream_of
from settee.candidates.popular import Popular
from settee.candidates.slim import Slim
from settee.candidates.solve import SolveFailed
from settee.candidates.source import Arrays, NeedsTorch, Source, Unsure
from settee.candidates.topk import BadTopK, top_k
from settee.candidates.topk import offer as offer_key
from settee.candidates.topk import sort_descending as sorted_keys
from settee.candidates.vae import Vae

__all__ = [
    "LIVE_SOURCES",
    "SOURCES",
    "Arrays",
    "BadTopK",
    "Content",
    "Ease",
    "Knn",
    "LiveItems",
    "NeedsTorch",
    "Popular",
    "Slim",
    "SolveFailed",
    "Source",
    "UnknownPosition",
    "Unsure",
    "Vae",
    "WrongItemSpace",
    "account_bound",
    "alike",
    "co_counts",
    "ease_of_counts",
    "fit_sources",
    "moved",
    "offer_key",
    "sorted_keys",
    "stream_of",
    "top_k",
]
