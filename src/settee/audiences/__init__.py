"""Choose whom to reach: people ranked for an item, sized by profit, kept within bounds."""

from settee.audiences.campaign_trial import (
    UPLIFT_FEATURES,
    TrialRows,
    trial_of,
    trial_rows,
)
from settee.audiences.comparing import Resampling
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
    ValuedBy,
    check_query,
    parse_query,
)
from settee.audiences.export import BadExport, NotExported, check_path, write_file
from settee.audiences.floor import Leaving, SmallParts, SmallSet, may_leave
from settee.audiences.guard import KEPT_OUT, MAY, Guard, child_pattern, count_kept_out
from settee.audiences.history import NoHistory, Reach, Shares, Units, reach_of
from settee.audiences.keeping import LearntDamaged, load_learnt, save_learnt
from settee.audiences.learnt import (
    NoResponses,
    activity_told,
    load_responses,
    response_signals,
    save_responses,
    train_responses,
)
from settee.audiences.lookalike import BadSeeds, lookalikes, seeds_of
from settee.audiences.making import Asked, make, matching, people_of
from settee.audiences.many import rank_many
from settee.audiences.order_value import NoRevenue, OrderValue
from settee.audiences.precomputed import (
    Ahead,
    ItemAudience,
    ReachedPerson,
    items_to_make,
    sliceables,
)
from settee.audiences.purchases import PurchaseLog
from settee.audiences.reaching import (
    RankedAudience,
    Ready,
    bought,
    prepare,
    probabilities,
    rank,
)
from settee.audiences.ready import Found, News, NoAudienceYet, ReadyAudiences, Watch
from settee.audiences.response import ResponseModel, TooShort
from settee.audiences.sizing import Beside, Sized, choose
from settee.audiences.stored import AudienceDamaged, audience_bytes, audience_of
from settee.audiences.suppression import BadSuppression, entries_of
from settee.audiences.targets import BadTarget, NothingKnown, Target, target_of
from settee.audiences.trial import AskedCurves, AudienceCurves, try_past
from settee.audiences.uplift import TooFewInTrial
from settee.audiences.uplift_order import MovedModel, check_size, judge_moved, learn_moved
from settee.audiences.webhook import Webhook

__all__ = [
    "KEPT_OUT",
    "MAY",
    "UPLIFT_FEATURES",
    "Ahead",
    "Asked",
    "AskedCurves",
    "Audience",
    "AudienceCurves",
    "AudienceDamaged",
    "AudienceQuery",
    "BadAudience",
    "BadExport",
    "BadSeeds",
    "BadSuppression",
    "BadTarget",
    "Beside",
    "Calibration",
    "Found",
    "Gain",
    "Guard",
    "How",
    "ItemAudience",
    "ItemQuery",
    "LearntDamaged",
    "Leaving",
    "Members",
    "MovedModel",
    "News",
    "NoAudienceYet",
    "NoHistory",
    "NoResponses",
    "NoRevenue",
    "NotExported",
    "NothingKnown",
    "OrderValue",
    "PeopleQuery",
    "PurchaseLog",
    "RankedAudience",
    "Reach",
    "ReachedPerson",
    "Ready",
    "ReadyAudiences",
    "Resampling",
    "ResponseModel",
    "Shares",
    "Sized",
    "SmallParts",
    "SmallSet",
    "Target",
    "TooFewInTrial",
    "TooShort",
    "TrialRows",
    "Units",
    "ValuedBy",
    "Watch",
    "Webhook",
    "activity_told",
    "audience_bytes",
    "audience_of",
    "bought",
    "calibration_error",
    "check_path",
    "check_query",
    "check_size",
    "child_pattern",
    "choose",
    "count_kept_out",
    "entries_of",
    "gain_curve",
    "items_to_make",
    "judge_moved",
    "learn_moved",
    "load_learnt",
    "load_responses",
    "lookalikes",
    "make",
    "matching",
    "may_leave",
    "parse_query",
    "people_of",
    "precision_recall",
    "prepare",
    "probabilities",
    "rank",
    "rank_many",
    "reach_of",
    "response_signals",
    "save_learnt",
    "save_responses",
    "seeds_of",
    "sliceables",
    "target_of",
    "train_responses",
    "trial_of",
    "trial_rows",
    "try_past",
    "write_file",
]
