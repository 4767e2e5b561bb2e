"""Point-in-time features, one definition for training and for serving."""

from settee.features.declare import FEATURES, feature_names, meaning_of
from settee.features.instants import Context, record_clock
from settee.features.layer import frozen
from settee.features.matrix import ItemColumns, Person, Pool, feature_matrix
from settee.features.states import ItemStates
from settee.features.timeline import ItemState, ItemTimeline

__all__ = [
    "FEATURES",
    "Context",
    "ItemColumns",
    "ItemState",
    "ItemStates",
    "ItemTimeline",
    "Person",
    "Pool",
    "feature_matrix",
    "feature_names",
    "frozen",
    "meaning_of",
    "record_clock",
]
