"""How a client waits, tries again and holds connections.

Reads / Writes: nothing.
Not here: when a call is sent again (client.retrying).
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ClientSettings:
    """How a client waits, tries again and holds connections.

    Args:
        timeout_s: Longest silence while one try is sent or answered.
        connect_timeout_s: Longest wait for a connection, also for a free one of this client.
        deadline_s: No try begins, and no wait ends, later than so long after the call began.
        n_retries: Tries after the first; 0 never tries again.
        backoff_s: Most seconds before the second try; they double with each further one.
        longest_backoff_s: Most seconds before any try, unless the service asks for more.
        max_connections: Most connections at once; further calls wait for one.
        max_idle_connections: Most of them that are kept for later calls (speed only).
        gzip_from_bytes: Bodies of at least so many bytes are sent packed (speed only).
        use_environment: Heed proxies and certificates named by environment variables?

    Raises:
        ValueError: If a number is out of its range.
    """

    timeout_s: float = 10.0
    connect_timeout_s: float = 3.0
    deadline_s: float = 60.0
    n_retries: int = 4
    backoff_s: float = 0.1
    longest_backoff_s: float = 10.0
    max_connections: int = 100
    max_idle_connections: int = 20
    gzip_from_bytes: int = 4096
    use_environment: bool = False

    def __post_init__(self) -> None:
        for name in ("timeout_s", "connect_timeout_s", "deadline_s", "max_connections"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be above 0.")
        for name in (
            "n_retries", "backoff_s", "longest_backoff_s", "max_idle_connections",
            "gzip_from_bytes",
        ):  # fmt: skip
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be 0 or more.")
