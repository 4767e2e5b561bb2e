"""Find the persons inside a shared account, and tell who is on the screen."""

from settee.people.sessions import Sessions, join_sessions, read_sessions, sessions_of

__all__ = ["Sessions", "join_sessions", "read_sessions", "sessions_of"]
