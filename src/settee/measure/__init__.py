"""Measure what worked: credit of channels, lift over a holdout, return of a campaign."""

from settee.measure.assignment import bucket_of, in_holdout
from settee.measure.effects import Estimate, Lift, lift
from settee.measure.gather import Gathered, NoContacts, Rows, Span, gather_paths
from settee.measure.holdout import BadHoldout, Experiment, read_holdout
from settee.measure.impact_inputs import BadImpact, ImpactInputs, impact_inputs
from settee.measure.outcomes import BadOutcomes, Outcomes
from settee.measure.path_files import read_paths
from settee.measure.paths import BadPaths, Credit, Paths, paths_of
from settee.measure.persons import Whose, drawn, whose_contacts, widened
from settee.measure.returns import Impact, impact

__all__ = [
    "BadHoldout",
    "BadImpact",
    "BadOutcomes",
    "BadPaths",
    "Credit",
    "Estimate",
    "Experiment",
    "Gathered",
    "Impact",
    "ImpactInputs",
    "Lift",
    "NoContacts",
    "Outcomes",
    "Paths",
    "Rows",
    "Span",
    "Whose",
    "bucket_of",
    "drawn",
    "gather_paths",
    "impact",
    "impact_inputs",
    "in_holdout",
    "lift",
    "paths_of",
    "read_holdout",
    "read_paths",
    "whose_contacts",
    "widened",
]
