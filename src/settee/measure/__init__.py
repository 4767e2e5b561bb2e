"""Measure what worked: credit of channels, lift over a holdout, return of a campaign."""
