"""Sum over silos that show nobody their own part: masks, shares, noise, and the way between."""

from settee.federation.caller import Route, take_part
from settee.federation.coordinator import Coordinator, Step, Terms
from settee.federation.door import Address, Door, Finished, serve
from settee.federation.errors import (
    BadMessage,
    BadTerms,
    FederationFailed,
    SiloRefuses,
    StrangeSilo,
    WrongStep,
)
from settee.federation.messages import Learnt, Parcels, Plan, Recipe
from settee.federation.noise import Privacy
from settee.federation.silo import Silo, places_of

__all__ = [
    "Address",
    "BadMessage",
    "BadTerms",
    "Coordinator",
    "Door",
    "FederationFailed",
    "Finished",
    "Learnt",
    "Parcels",
    "Plan",
    "Privacy",
    "Recipe",
    "Route",
    "Silo",
    "SiloRefuses",
    "Step",
    "StrangeSilo",
    "Terms",
    "WrongStep",
    "places_of",
    "serve",
    "take_part",
]
