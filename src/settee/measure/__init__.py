"""Measure what worked: credit of channels, lift over a holdout, return of a campaign."""

from settee.measure.assignment import bucket_of, in_holdout
from settee.measure.effects import Estimate, Lift, lift
from settee.measure.outcomes import BadOutcomes, Outcomes
from settee.measure.paths import BadPaths, Credit, Paths, paths_of

__all__ = [
    "BadOutcomes",
    "BadPaths",
    "Credit",
    "Estimate",
    "Lift",
    "Outcomes",
    "Paths",
    "bucket_of",
    "in_holdout",
    "lift",
    "paths_of",
]
