"""Measure what worked: credit of channels, lift over a holdout, return of a campaign."""

from settee.measure.assignment import bucket_of, in_holdout
from settee.measure.paths import BadPaths, Credit, Paths, paths_of

__all__ = [
    "BadPaths",
    "Credit",
    "Paths",
    "bucket_of",
    "in_holdout",
    "paths_of",
]
