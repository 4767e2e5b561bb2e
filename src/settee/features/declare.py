"""Declare every feature once: its name, what it describes, what it means, its unit.

The list below fixes the columns of every feature matrix, and the kernels take their column numbers
from it, so training and serving cannot drift apart. With two sources the matrix has the columns
below, the three of the first source, then the three of the second.

Reads / Writes: nothing.
Not here: how the values are computed (features.timeline, features.matrix).
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from settee.core import Damaged

Group = Literal["item", "person", "pair", "context", "source"]


@dataclass(frozen=True)
class Feature:
    """One column of the feature matrix.

    Args:
        name: Stable name; source features are written ``<source>.<name>`` once per source.
        group: What it describes.
        meaning: One sentence for people.
        unit: Unit, or "1" for a pure number; "log1p" says that log(1 + count) is stored.
    """

    name: str
    group: Group
    meaning: str
    unit: str


FEATURES: tuple[Feature, ...] = (
    # The first columns are those of ItemState, in its order.
    Feature("n_7d", "item", "Events with the item in the 7 days before the bucket.", "log1p"),
    Feature("n_30d", "item", "Events in the 30 days before.", "log1p"),
    Feature("n_180d", "item", "Events in the 180 days before.", "log1p"),
    Feature("n_all", "item", "Events ever before.", "log1p"),
    Feature("heat", "item", "Events, each halved for every 30 days of age.", "log1p"),
    Feature("share_30d", "item", "Log of the smoothed share of all events of 30 days.", "1"),
    Feature("trend_week", "item", "Log of the last week's rate over the last month's.", "1"),
    Feature("trend_month", "item", "Log of the last month's rate over the half year's.", "1"),
    Feature("age_days", "item", "Time since the item's first event.", "day"),
    Feature("item_idle_days", "item", "Time since the item's last event.", "day"),
    Feature("percentile_all", "item", "Share of items with fewer events ever, ties halved.", "1"),
    Feature("percentile_heat", "item", "Share of items with less heat, ties halved.", "1"),
    Feature("year_age", "item", "Time since the middle of the release year.", "year"),
    Feature("n_history", "person", "Distinct items in the history.", "log1p"),
    Feature("tenure_days", "person", "Time since the oldest item of the history.", "day"),
    Feature("idle_days", "person", "Time since the newest item of the history.", "day"),
    Feature("n_history_1d", "person", "Items of the history in the last day.", "log1p"),
    Feature("n_history_30d", "person", "Items of the history in the last 30 days.", "log1p"),
    Feature("tag_breadth", "person", "Tags that would be as varied if equally frequent.", "tag"),
    Feature("taste_percentile", "person", "Mean percentile_all of the history.", "1"),
    Feature("taste_year", "person", "Mean release year of the history.", "year"),
    Feature("tag_affinity", "pair", "Mean share of the history that has the item's tags.", "1"),
    Feature("tag_affinity_recent", "pair", "The same, each newer item counting more.", "1"),
    Feature("tag_lift", "pair", "Log of tag_affinity over the same of the catalogue.", "1"),
    Feature("tag_match_last", "pair", "Tags shared with the newest item over tags of both.", "1"),
    Feature("year_gap", "pair", "Release year less the mean year of the history.", "year"),
    Feature("year_gap_recent", "pair", "The same, each newer item counting more.", "year"),
    Feature("percentile_gap", "pair", "percentile_all less taste_percentile.", "1"),
    Feature("hour", "context", "Hour of the day of the request, UTC.", "hour"),
    Feature("weekday", "context", "Day of the week of the request, 0 is Monday, UTC.", "day"),
    Feature("device_type", "context", "Position of the device type in core.DEVICE_TYPES.", "code"),
    Feature("n_sources", "source", "Sources that put the item forward.", "source"),
    Feature("fused_share", "source", "Fused score over the best fused score of the request.", "1"),
)
"""Columns that are there for any set of sources, in their order."""

SOURCE_FEATURES: tuple[Feature, ...] = (
    Feature("score_share", "source", "Score over the source's best score in the pool.", "1"),
    Feature("score_z", "source", "Standard deviations above the source's mean in the pool.", "1"),
    Feature("reciprocal_rank", "source", "1 / rank, ranks from 1; 0 when not put forward.", "1"),
)
"""Columns that repeat for every source, in their order."""

LAYOUT = zlib.crc32("\n".join(one.name for one in (*FEATURES, *SOURCE_FEATURES)).encode())
"""A number that changes when the columns do; compiled loops compare it with what they were
compiled for, because numba's cache looks at the file of a loop alone."""


class StaleLoops(Damaged):
    """A cached, compiled loop was compiled for other columns than this version has."""

    code = "stale_loops"

    def __init__(self) -> None:
        super().__init__(
            "the compiled feature loops are of another version of settee; nothing was computed.",
            hint="Remove the __pycache__ folders of settee.features and start again.",
        )


def column(name: str) -> int:
    """The column of a feature that is there for any set of sources.

    Raises:
        ValueError: If there is no such feature.

    >>> column("n_7d"), column("year_age")
    (0, 12)
    """
    return [feature.name for feature in FEATURES].index(name)


def feature_names(sources: Sequence[str]) -> tuple[str, ...]:
    """Names of the columns when those sources are asked, in the order of the matrix.

    Args:
        sources: Names of the sources, in the order of the pool's columns.

    >>> feature_names(["ease"])[-3:]
    ('ease.score_share', 'ease.score_z', 'ease.reciprocal_rank')
    """
    repeated = (f"{source}.{feature.name}" for source in sources for feature in SOURCE_FEATURES)
    return tuple(feature.name for feature in FEATURES) + tuple(repeated)


def meaning_of(name: str) -> str:
    """What a column says, in words for people; "" for a name that is none.

    Args:
        name: As `feature_names` gives it.

    >>> meaning_of("heat"), meaning_of("ease.score_z")[:24]
    ('Events, each halved for every 30 days of age.', 'ease: Standard deviation')
    """
    source, dot, rest = name.rpartition(".")
    declared = SOURCE_FEATURES if dot else FEATURES
    found = next((one.meaning for one in declared if one.name == rest), "")
    return f"{source}: {found}" if dot and found else found
