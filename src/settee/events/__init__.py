"""Accept, check, quarantine, import, split, and read the record back as columns."""

from settee.events.record import NO_END, NO_INSTANT, UNLIMITED, Catalogue, Histories, Interactions
from settee.events.simulate import simulate, write_world

__all__ = [
    "NO_END",
    "NO_INSTANT",
    "UNLIMITED",
    "Catalogue",
    "Histories",
    "Interactions",
    "simulate",
    "write_world",
]
