"""Choose whom to reach: people ranked for an item, sized by profit, kept within bounds."""

from settee.audiences.curves import (
    Calibration,
    Gain,
    calibration_error,
    gain_curve,
    precision_recall,
)
from settee.audiences.definition import (
    Audience,
    AudienceQuery,
    BadAudience,
    How,
    ItemQuery,
    Members,
    PeopleQuery,
    check_query,
    parse_query,
)
from settee.audiences.history import NoHistory, Reach, Shares, Units, reach_of
from settee.audiences.learnt import (
    NoResponses,
    load_responses,
    save_responses,
    train_responses,
)
from settee.audiences.lookalike import BadSeeds, lookalikes, seeds_of
from settee.audiences.many import rank_many
from settee.audiences.reaching import (
    RankedAudience,
    Ready,
    bought,
    prepare,
    probabilities,
    rank,
)
from settee.audiences.response import ResponseModel, TooShort
from settee.audiences.targets import BadTarget, NothingKnown, Target, target_of

__all__ = [
    "Audience",
    "AudienceQuery",
    "BadAudience",
    "BadSeeds",
    "BadTarget",
    "Calibration",
    "Gain",
    "How",
    "ItemQuery",
    "Members",
    "NoHistory",
    "NoResponses",
    "NothingKnown",
    "PeopleQuery",
    "RankedAudience",
    "Reach",
    "Ready",
    "ResponseModel",
    "Shares",
    "Target",
    "TooShort",
    "Units",
    "bought",
    "calibration_error",
    "check_query",
    "gain_curve",
    "load_responses",
    "lookalikes",
    "parse_query",
    "precision_recall",
    "prepare",
    "probabilities",
    "rank",
    "rank_many",
    "reach_of",
    "save_responses",
    "seeds_of",
    "target_of",
    "train_responses",
]
