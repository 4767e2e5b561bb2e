"""What can go wrong between silos and their coordinator.

Reads / Writes: nothing.  Not here: who raises it (federation.silo, federation.coordinator).
"""

from settee.core import BadInput, Conflict, Forbidden, NotAllowed, Unavailable


class BadTerms(BadInput):
    """The terms of a federation cannot be kept."""

    code = "bad_federation_terms"


class BadMessage(BadInput):
    """A message of a federation is not what its step asks for."""

    code = "bad_federation_message"


class WrongStep(Conflict):
    """A message belongs to a step of the federation that is over or not open yet."""

    code = "wrong_federation_step"


class StrangeSilo(NotAllowed):
    """The token or the ticket of a silo is not the right one."""

    code = "strange_silo"


class SiloRefuses(Forbidden):
    """A silo was asked for something that would lay its own sums open."""

    code = "silo_refuses"


class FederationFailed(Unavailable):
    """Too few silos are left, or what they sent does not fit together."""

    code = "federation_failed"
