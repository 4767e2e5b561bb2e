"""How the service is."""

from msgspec import Struct


class Health(Struct, frozen=True):
    """The process is up."""

    is_up: bool


class Readiness(Struct, frozen=True):
    """Can it take events and answer, and from which rung?"""

    is_ready: bool
    journal: str
    rung: str | None
    model_version: str | None
    n_items: int
