"""Word what is odd about rules.

Reads / Writes: nothing.
Not here: finding it (rules.conflicts, rules.oddities).
"""

import msgspec

from settee.rules.words import Rule


class Conflict(msgspec.Struct, frozen=True):
    """Rules that do not go together, or one that does nothing.

    `code` is a stable name of what is the matter; `rules` names them, the one that loses first;
    `is_contradiction` says that not all can be kept, whatever the catalogue holds.
    """

    code: str
    rules: tuple[str, ...]
    message: str
    hint: str
    is_contradiction: bool = False


def is_over(least: Rule, most: Rule) -> bool:
    """Does one rule ask for more places than the other gives?"""
    return any(
        low is not None and high is not None and low > high
        for low, high in ((least.min_count, most.max_count), (least.min_share, most.max_share))
    )


def least_over_most(least: Rule, most: Rule, *, is_contradiction: bool) -> Conflict:
    """A least that a most does not allow."""
    return Conflict(
        "least_over_most", (least.name, most.name),
        f'rule "{least.name}" wants at least {_places(least.min_count, least.min_share)} for items '
        f'of which rule "{most.name}" allows at most {_places(most.max_count, most.max_share)}; '
        "the most is kept.",
        "Lower the least, or raise the most.",
        is_contradiction,
    )  # fmt: skip


def _places(count: int | None, share: float | None) -> str:
    told = [f"{count} places"] if count is not None else []
    return " and ".join([*told, *([f"{share:.0%} of the places"] if share is not None else [])])
