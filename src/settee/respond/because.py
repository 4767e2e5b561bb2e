"""The words of a whole reason: what adds up to a score, and what would be without a title.

    score 1.30 = .10 mean + .80 ease.score_share + .50 heat - .30 other features + .20 rule "summer"
    without Heat, which has .8 of what speaks for it, Ronin would be rank 7

Reads / Writes: nothing.
Not here: how they are found (respond.addends, respond.counterfactual), the shares (words.Because).
"""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

AddendKind = Literal[
    "mean",
    "feature",
    "features",
    "fusion",
    "together",
    "behind",
    "newest",
    "online",
    "preferences",
    "rule",
]


class Addend(msgspec.Struct, frozen=True, omit_defaults=True):
    """One part of an item's score, in log-odds; the parts of an item sum to its score.

    `kind` says what adds it. Of the ranker: mean (what it gives on average), feature (`name`, with
    its `value`; none where unknown), features (all that are not named). Of other orders: fusion
    (the log of the fused score; `of` has the part of each source in it), together (how well it
    suits several), behind (put behind what was ordered), newest (the catalogue's order). On top of
    them: online (what was learnt since), preferences (what the account said it likes), rule (`name`
    is the rule's).
    """

    kind: AddendKind
    adds: float
    name: str = ""
    text: str = ""
    value: float | UnsetType = UNSET
    of: dict[str, float] = {}


class Without(msgspec.Struct, frozen=True):
    """Where the item would stand if a title were not in the history, all else as it is.

    The title itself stays hidden. `rank` counts from 1, behind the page in the order of the
    candidates, and is null where nothing would put the item forward.
    """

    item_id: str
    title: str
    rank: int | None


class Signal(msgspec.Struct, frozen=True):
    """What one signal says for the likeliest person against the others, in bits."""

    name: str
    bits: float
