"""Speak to Redis so that nobody waits long for one that is away, and a lost line is never missed.

One connection is for answers that cannot wait, one for folds that may take longer. Whatever breaks
either is counted: what was known of Redis before the line broke is to be asked again, for who
answers now may be another server, or the same one with what it had a minute ago.

Reads / Writes: Redis.
Source: https://redis.io/docs/latest/develop/interact/programmability/eval-intro/.
Not here: what is kept there (store.vault_redis).
"""

import threading
import time
from typing import Any
from urllib.parse import urlsplit

from settee.core import BadSettings
from settee.store.errors import StoreClosed, StoreUnavailable, VaultAway

PAUSE_S = 0.5
"""After a failure nobody tries again for so long: who asks meanwhile is told at once."""
_FOLD_TIMES = 4.0  # as long as an answer may a fold wait, and
_FOLD_LEAST_S = 1.0  # no less than this


class NoRedisClient(BadSettings):
    """`state.url` names a Redis, and the package to speak to it is not installed."""

    code = "no_redis_client"


class RedisCalls:
    """Two connections to one Redis; any threads may use them.

    Args:
        url: ``redis://`` or ``rediss://``; a password in it is never shown.
        timeout_s: Seconds that an answer may wait.

    Raises:
        NoRedisClient: If the package `redis` is not installed.
        BadSettings: If the URL cannot be understood.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        self.name = _shown(url)
        self.n_breaks = 0
        self._reader = _Line(url, timeout_s, self)
        self._writer = _Line(url, max(_FOLD_TIMES * timeout_s, _FOLD_LEAST_S), self)
        self._is_closed = False

    def read(self, *command: object) -> Any:  # noqa: ANN401 -- as many types as commands
        """Run a command that an answer waits for.

        Raises:
            VaultAway: If Redis cannot be reached in time.
            StoreUnavailable: If it refuses the command.
            StoreClosed: After `close`.
        """
        return self._ask(self._reader, command)

    def write(self, *command: object) -> Any:  # noqa: ANN401 -- as many types as commands
        """Run a command that may write, or may wait.

        Raises:
            VaultAway: If Redis cannot be reached in time.
            StoreUnavailable: If it refuses the command.
            StoreClosed: After `close`.
        """
        return self._ask(self._writer, command)

    def close(self) -> None:
        """Let the connections go; closing twice is harmless."""
        self._is_closed = True
        self._reader.close()
        self._writer.close()

    def _ask(self, line: "_Line", command: tuple[object, ...]) -> Any:  # noqa: ANN401 -- as above
        import redis  # installed, for the lines are made of it

        if self._is_closed:
            raise StoreClosed(f"{self.name}: closed; open it again before use.")
        if time.monotonic() < line.blocked_until_s:
            raise self._away("it could not be reached a moment ago")
        try:
            return line.ask(command)
        except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
            # Who is only slow is the same one still; whose line broke may come back as another.
            self.n_breaks += not isinstance(error, redis.TimeoutError)
            line.blocked_until_s = time.monotonic() + PAUSE_S
            raise self._away(str(error)) from error
        except redis.RedisError as error:
            raise StoreUnavailable(
                f"{self.name}: {error}; a Redis that takes commands and has room is expected.",
                hint="See the log of Redis; INFO memory tells how full it is.",
            ) from error

    def _away(self, why: str) -> VaultAway:
        return VaultAway(
            f"{self.name}: {why}; a Redis that answers in time is expected.",
            hint="Check that Redis runs and that state.url is right.",
        )


class _Line:
    """One connection, used by one thread at a time."""

    def __init__(self, url: str, timeout_s: float, calls: RedisCalls) -> None:
        try:
            import redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry
        except ImportError:
            raise NoRedisClient(
                f"{calls.name} is to keep the hot state, but no package speaks to Redis here.",
                hint="pip install 'settee[redis]', or leave state.url empty.",
                place="state.url",
            ) from None
        try:
            self._client = redis.Redis.from_url(
                url,
                protocol=2,
                socket_timeout=timeout_s,
                socket_connect_timeout=timeout_s,
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError as error:
            raise BadSettings(
                f"state.url cannot be understood: {error}.",
                hint="Write redis://host:6379/0.",
                place="state.url",
            ) from None
        self._calls = calls
        self._connection: Any = None
        self._n_breaks = 0
        self._lock = threading.Lock()
        self.blocked_until_s = 0.0

    def ask(self, command: tuple[object, ...]) -> Any:  # noqa: ANN401 -- as many types as commands
        with self._lock:
            try:
                if self._n_breaks != self._calls.n_breaks:  # the other line broke: so may this one
                    self._drop()
                if self._connection is None:
                    self._n_breaks = self._calls.n_breaks
                    self._connection = self._client.connection_pool.make_connection()
                    self._connection.connect()
                self._connection.send_command(*command)
                return self._connection.read_response()
            except BaseException as error:
                if not _is_reply(error):
                    self._drop()
                raise

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.disconnect()


def _is_reply(error: BaseException) -> bool:
    """Did Redis itself say no? Then the line is as good as before."""
    import redis

    return isinstance(error, redis.ResponseError)


def _shown(url: str) -> str:
    """The URL without whoever it is that logs in."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}:{parts.port or 6379}{parts.path}"
