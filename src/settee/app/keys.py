"""The keys of a workspace.

Reads / Writes: the table of keys.
Not here: hashing and checking (govern).
"""

from settee.govern import NewKey
from settee.home import Home
from settee.store import Key


class KeysWork(Home):
    """Makes and revokes keys."""

    def issue_key(self, name: str) -> NewKey:
        """Make an API key; its secret is in the result and nowhere else.

        Raises:
            Conflict: If a working key has that name.
        """
        return self.keys.create(name, self.clock())

    def list_keys(self) -> list[Key]:
        """All API keys, revoked ones included."""
        return self.keys.all()

    def revoke_key(self, name: str) -> Key:
        """Let a key work no longer, by its name or id.

        Raises:
            NotFound: If no key has that name or id.
        """
        return self.keys.revoke(name, self.clock())
