"""What the rules of the business did to an answer."""

from msgspec import Struct


class Removed(Struct, frozen=True):
    """What one rule removed: how many items, and the first few of them."""

    rule: str
    n: int
    examples: list[str]


class Lifted(Struct, frozen=True):
    """By what factor one rule lifts one item; below 1 it buries."""

    rule: str
    item_id: str
    by: float


class Moved(Struct, frozen=True):
    """What one rule did with one item of the page; ranks are from 1.

    `to_rank` is None where the item left the page; `cost` is the utility given up, in log odds.
    """

    rule: str
    item_id: str
    deed: str
    from_rank: int
    to_rank: int | None = None
    cost: float = 0.0


class Unmet(Struct, frozen=True):
    """What a rule wanted and could not have, and why."""

    rule: str
    because: str


class Trace(Struct, frozen=True):
    """What the rules of one version did to one answer."""

    version: int
    removed: list[Removed]
    lifted: list[Lifted]
    moved: list[Moved]
    unmet: list[Unmet]
