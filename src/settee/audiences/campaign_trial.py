"""Make a trial out of audiences that were made: who was held out by chance, and what came.

9,000 were chosen and not held out, 1,000 were held out; 270 and 20 of them responded. What was
known of each when the audience was made stands beside it: how likely a response was said to be,
how lately and how often they came. Whoever was chosen counts as addressed, reached or not. An
account is one row, because chance drew accounts: the person of it that stands first speaks for it.

Reads / Writes: nothing.
Source: Hollis and Campbell (1999), "What is meant by intention to treat analysis?".
Not here: what is learnt from it (audiences.uplift_order), what the campaign brought
(measure.campaign).
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from settee.audiences.activity_of_reach import UNIT_FEATURES, unit_features
from settee.audiences.definition import Audience
from settee.audiences.history import Reach
from settee.audiences.uplift import Trial

Column = NDArray[np.float64]
UPLIFT_FEATURES: Final = ("log_odds", *UNIT_FEATURES)
_EDGE: Final = 1e-6


@dataclass(frozen=True)
class TrialRows:
    """Accounts of one audience.

    Args:
        x: (n, F) UPLIFT_FEATURES when it was made.
        treated: (n,) was it not held out?
        outcome: (n,) did it respond?
        account_ids: (n,) whose rows these are.
    """

    x: Column
    treated: NDArray[np.bool_]
    outcome: Column
    account_ids: tuple[str, ...]


def uplift_columns(probability: Column, reach: Reach) -> Column:
    """(n_units, F) what an uplift looks at: UPLIFT_FEATURES.

    Args:
        probability: (n_units,) of a response.
        reach: The units.
    """
    return np.column_stack([_log_odds(probability), unit_features(reach)])


def trial_rows(
    audience: Audience, reach: Reach, responded: Container[str], known: Container[str] = ()
) -> TrialRows:
    """The rows of an audience.

    Args:
        audience: As it was made.
        reach: Units as of the instant at which it was made.
        responded: Accounts that responded within the horizon.
        known: Accounts that have a row already, from an earlier audience.
    """
    unit_of = {
        key: place
        for place, key in enumerate(
            zip(reach.units.account_ids, reach.units.person_ids, strict=True)
        )
    }
    members = audience.members
    row_of: dict[str, tuple[int, int]] = {}  # account: member, unit
    for place, key in enumerate(zip(members.account_ids, members.person_ids, strict=True)):
        if key in unit_of and key[0] not in known:
            row_of.setdefault(key[0], (place, unit_of[key]))
    member, unit = np.array(list(row_of.values()), np.int64).reshape(-1, 2).T
    habits = unit_features(reach)[unit]
    return TrialRows(
        np.column_stack([_log_odds(members.probability[member]), habits]),
        ~members.held_out[member],
        np.array([one in responded for one in row_of], np.float64),
        tuple(row_of),
    )


def trial_of(parts: Sequence[TrialRows]) -> Trial:
    """One trial out of the rows of several audiences.

    Args:
        parts: At least one.

    Raises:
        TooFewInTrial: If fewer than 50 were addressed, or fewer than 50 were held out.
    """
    x, treated, outcome = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("x", "treated", "outcome")
    )
    return Trial(x, treated, outcome)


def _log_odds(p: Column) -> Column:
    clipped = np.clip(p, _EDGE, 1 - _EDGE)
    found: Column = np.log(clipped / (1 - clipped))
    return found
