"""Measure what worked: credit of channels, lift over a holdout, return of a campaign."""

from settee.measure.assignment import bucket_of, in_holdout
from settee.measure.attribution import Attribution, MethodCredit, NothingToCredit, attribute
from settee.measure.campaign import (
    CAMPAIGN_CAUTIONS,
    BadCampaign,
    CampaignEffect,
    CampaignReading,
    Chosen,
    read_campaign,
)
from settee.measure.chains import BadOrder, Chain, fit_chain
from settee.measure.chains_order import OrderChoice, choose_order
from settee.measure.chains_removal import conversion_chance, markov_credit, removal_effects
from settee.measure.credit_query import (
    BadCreditQuery,
    CountedPath,
    CreditQuery,
    DrawnHoldout,
    checked,
    parse_credit_query,
)
from settee.measure.credit_report import (
    Asked,
    CreditReport,
    MethodTable,
    Worlds,
    report_accounts,
    report_paths,
    report_persons,
)
from settee.measure.effects import Estimate, Lift, lift
from settee.measure.games import NoGame, shapley_exact, shapley_sampled
from settee.measure.games_paths import shapley_paths, shapley_places
from settee.measure.gather import Gathered, NoContacts, Rows, Span, gather_paths
from settee.measure.heuristics import HEURISTICS, heuristic
from settee.measure.holdout import BadHoldout, Experiment, read_holdout
from settee.measure.impact_figures import BadImpact, ImpactInputs, impact_inputs
from settee.measure.journey import Journey, NoJourney, explain_journey
from settee.measure.outcomes import BadOutcomes, Outcomes
from settee.measure.path_files import read_paths
from settee.measure.paths import BadPaths, Credit, Paths, paths_of
from settee.measure.persons import PersonsOff, Whose, drawn, whose_contacts, widened
from settee.measure.returns import Impact, impact

__all__ = [
    "CAMPAIGN_CAUTIONS",
    "HEURISTICS",
    "Asked",
    "Attribution",
    "BadCampaign",
    "BadCreditQuery",
    "BadHoldout",
    "BadImpact",
    "BadOrder",
    "BadOutcomes",
    "BadPaths",
    "CampaignEffect",
    "CampaignReading",
    "Chain",
    "Chosen",
    "CountedPath",
    "Credit",
    "CreditQuery",
    "CreditReport",
    "DrawnHoldout",
    "Estimate",
    "Experiment",
    "Gathered",
    "Impact",
    "ImpactInputs",
    "Journey",
    "Lift",
    "MethodCredit",
    "MethodTable",
    "NoContacts",
    "NoGame",
    "NoJourney",
    "NothingToCredit",
    "OrderChoice",
    "Outcomes",
    "Paths",
    "PersonsOff",
    "Rows",
    "Span",
    "Whose",
    "Worlds",
    "attribute",
    "bucket_of",
    "checked",
    "choose_order",
    "conversion_chance",
    "drawn",
    "explain_journey",
    "fit_chain",
    "gather_paths",
    "heuristic",
    "impact",
    "impact_inputs",
    "in_holdout",
    "lift",
    "markov_credit",
    "parse_credit_query",
    "paths_of",
    "read_campaign",
    "read_holdout",
    "read_paths",
    "removal_effects",
    "report_accounts",
    "report_paths",
    "report_persons",
    "shapley_exact",
    "shapley_paths",
    "shapley_places",
    "shapley_sampled",
    "whose_contacts",
    "widened",
]
