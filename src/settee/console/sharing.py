"""Share answers among those who may see the same: twenty who look at one page ask once.

What one of them asked for a moment ago is shown to the others too, but only to those whose own key
the service took within the last minute. Whoever has their key revoked is refused by then.

Reads / Writes: memory.
Not here: who may see the same (console.sessions), who asks (console.view).
"""

from typing import Any

KEY_HOLDS_S = 60.0
"""Seconds that a key is taken for good after the service took it."""


class Shared:
    """What pages remember for everybody who may see the same of the same tenant."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Any, float]] = {}

    def last(self, name: str) -> Any:  # noqa: ANN401 -- each name has its own type
        """What was put there last, however long ago; None where nothing was.

        Args:
            name: Of the answer.
        """
        value, _ = self._kept.get(name, (None, 0.0))
        return value

    def fresh(self, name: str, now_s: float) -> Any:  # noqa: ANN401 -- each name has its own type
        """What was put there, while it holds; None after that.

        Args:
            name: Of the answer.
            now_s: The present, on the clock of `put`.
        """
        value, until_s = self._kept.get(name, (None, 0.0))
        return value if now_s < until_s else None

    def put(self, name: str, value: object, until_s: float) -> None:
        """Let others have it, until then.

        Args:
            name: Of the answer.
            value: Not None.
            until_s: When it ceases to hold, on a monotonic clock.
        """
        self._kept[name] = (value, until_s)
