"""Measure what worked: credit of channels, lift over a holdout, return of a campaign."""

from settee.measure.assignment import bucket_of, in_holdout

__all__ = [
    "bucket_of",
    "in_holdout",
]
