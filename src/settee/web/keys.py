"""Ask for a key at the door, unless only this machine can reach it.

A key comes as ``Authorization: Bearer KEY`` or ``X-API-Key: KEY``. A key that was made or revoked
elsewhere is noticed within a second, on every worker.

Reads: the request's headers, the keys.  Writes: nothing.
Source: RFC 6750 (bearer tokens).
Not here: making, hashing, checking and revoking keys (govern).
"""

from settee.core import Clock, Conflict, ServeSettings
from settee.govern import Keys
from settee.web.body import Scope, header
from settee.web.host import is_loopback

_MAX_LENGTH = 256


class NoKeys(Conflict):
    """A key is required, and none exists."""

    code = "no_keys"


def needs_key(settings: ServeSettings) -> bool:
    """Does a door with these settings ask for a key?

    >>> needs_key(ServeSettings()), needs_key(ServeSettings(host="0.0.0.0"))
    (False, True)
    """
    return settings.require_key == "always" or not is_loopback(settings.host)


class DoorKeeper:
    """Lets requests in.

    Args:
        keys: Who may come in.
        settings: Whether a key is needed at all.
        clock: The present instant.

    Raises:
        NoKeys: If a key is needed and there is none: such a door could only refuse.
    """

    def __init__(self, keys: Keys, settings: ServeSettings, clock: Clock) -> None:
        self.needs_key = needs_key(settings)
        if self.needs_key and all(key.revoked_at is not None for key in keys.all()):
            raise NoKeys(
                f"serve.host is {settings.host}, serve.require_key is {settings.require_key}, "
                "and no API key exists; a key is needed unless the address is a loopback one.",
                hint="Make one with settee key create NAME, or bind to 127.0.0.1.",
                place="serve.host",
            )
        self._keys = keys
        self._clock = clock

    def check(self, scope: Scope) -> None:
        """Let a request in or refuse it.

        Args:
            scope: Its ASGI scope.

        Raises:
            BadKey: If a key is needed and the request has none that is accepted.
        """
        if not self.needs_key:
            return
        given = header(scope, b"x-api-key")
        scheme, _, token = header(scope, b"authorization").partition(b" ")
        if not given and scheme.lower() == b"bearer":
            given = token.strip()
        self._keys.check(given[:_MAX_LENGTH].decode("latin-1"), self._clock())
