"""Settings of variety and exploration, one dial each.

Reads / Writes: nothing.  Not here: what they do (ranking.variety, ranking.exploring).
"""

from typing import Literal

from pydantic import Field

from settee.core.section import Section, Share


class VarietySettings(Section):
    """How different the items of a page are."""

    strength: Share = Field(
        0.0, description="0 shows the best in order; more trades utility for tags that are not on "
        "the page yet; 1 looks at tags alone. .4 is worth trying: docs/variety.md has the curve."
    )  # fmt: skip
    method: Literal["greedy", "dpp"] = Field(
        "greedy", description="greedy takes a price for each tag that an item has in common with "
        "those above; dpp takes the set whose tags span most. docs/variety.md has both curves."
    )  # fmt: skip


class ExploreSettings(Section):
    """Places of a page that are given to chance, to learn what would not be shown otherwise."""

    share: Share = Field(
        0.0, description="Part of a page's places that show a lower item, on average; 0 explores "
        "nothing."
    )  # fmt: skip
    keep_top: int = Field(1, ge=0, le=200, description="First places that are never explored.")
    depth: int = Field(
        50, ge=1, le=10_000, description="Best items behind the page that may be drawn."
    )
    by_doubt: Share = Field(
        0.5, description="0 draws evenly; 1 draws each item as often as its score is uncertain."
    )
