"""Sum over silos that show nobody their own part: masks, shares, noise, and the way between."""

from settee.federation.coordinator import Coordinator, Step, Terms
from settee.federation.errors import (
    BadMessage,
    BadTerms,
    FederationFailed,
    SiloRefuses,
    StrangeSilo,
    WrongStep,
)
from settee.federation.messages import Learnt, Recipe
from settee.federation.noise import Privacy
from settee.federation.silo import Silo, places_of

__all__ = [
    "BadMessage",
    "BadTerms",
    "Coordinator",
    "FederationFailed",
    "Learnt",
    "Privacy",
    "Recipe",
    "Silo",
    "SiloRefuses",
    "Step",
    "StrangeSilo",
    "Terms",
    "WrongStep",
    "places_of",
]
