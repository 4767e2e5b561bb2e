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
from settee.audiences.export import BadExport, NotExported, check_path, write_file
from settee.audiences.floor import Leaving, SmallParts, SmallSet, may_leave
from settee.audiences.guard import KEPT_OUT, MAY, Guard, count_kept_out
from settee.audiences.history import NoHistory, Reach, Shares, Units, reach_of
from settee.audiences.learnt import (
    NoResponses,
    load_responses,
    response_signals,
    save_responses,
    train_responses,
)
from settee.audiences.lookalike import BadSeeds, lookalikes, seeds_of
from settee.audiences.making import Asked, make, matching, people_of
from settee.audiences.many import rank_many
from settee.audiences.precomputed import (
    Ahead,
    ItemAudience,
    ReachedPerson,
    items_to_make,
    sliceables,
)
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
from settee.audiences.sizing import Sized, choose
from settee.audiences.stored import AudienceDamaged, audience_bytes, audience_of
from settee.audiences.suppression import BadSuppression, entries_of
from settee.audiences.targets import BadTarget, NothingKnown, Target, target_of
from settee.audiences.webhook import Webhook

__all__ = [
    "KEPT_OUT",
    "MAY",
    "Ahead",
    "Asked",
    "Audience",
    "AudienceDamaged",
    "AudienceQuery",
    "BadAudience",
    "BadExport",
    "BadSeeds",
    "BadSuppression",
    "BadTarget",
    "Calibration",
    "Found",
    "Gain",
    "Guard",
    "How",
    "ItemAudience",
    "ItemQuery",
    "Leaving",
    "Members",
    "News",
    "NoAudienceYet",
    "NoHistory",
    "NoResponses",
    "NotExported",
    "NothingKnown",
    "PeopleQuery",
    "RankedAudience",
    "Reach",
    "ReachedPerson",
    "Ready",
    "ReadyAudiences",
    "ResponseModel",
    "Shares",
    "Sized",
    "SmallParts",
    "SmallSet",
    "Target",
    "TooShort",
    "Units",
    "Watch",
    "Webhook",
    "audience_bytes",
    "audience_of",
    "bought",
    "calibration_error",
    "check_path",
    "check_query",
    "choose",
    "count_kept_out",
    "entries_of",
    "gain_curve",
    "items_to_make",
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
    "save_responses",
    "seeds_of",
    "sliceables",
    "target_of",
    "train_responses",
    "write_file",
]
