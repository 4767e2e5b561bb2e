"""Keep the trained versions, and the pointer to the one in use."""

from settee.release.registry import Decision, NoSuchVersion, NothingBefore, Registry

__all__ = ["Decision", "NoSuchVersion", "NothingBefore", "Registry"]
