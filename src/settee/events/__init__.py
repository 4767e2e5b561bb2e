"""Accept, check, quarantine, import, split, and read the record back as columns."""

from settee.events.record import NO_END, NO_INSTANT, UNLIMITED, Catalogue, Histories, Interactions

__all__ = ["NO_END", "NO_INSTANT", "UNLIMITED", "Catalogue", "Histories", "Interactions"]
