"""Remember who is signed in: a random cookie stands for a key, and the key stays here.

The browser gets 32 random bytes and nothing else; the process keeps their SHA-256 with the key that
was typed. Whoever steals a file of this machine finds neither, and a restart signs everybody out.

Reads / Writes: memory.
Source: OWASP Session Management Cheat Sheet.
Not here: whether a request may pass (console.gate), the form (console.signing).
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from settee.client import AsyncClient
from settee.client.results import Me
from settee.console.sharing import KEY_HOLDS_S, Shared


@dataclass
class Session:
    """Somebody who is signed in.

    Args:
        me: Who, and what they may do.
        client: Asks the service with their key.
        seen_at_s: When they last did something, on a monotonic clock.
        taken_at_s: When the service last took their key.
        is_dark: Colours they chose; None follows the system.
        shared: What pages remember for everybody who may see the same, such as figures of now.
        kept: What pages remember for them, such as the account that they looked at.
    """

    me: Me
    client: AsyncClient
    seen_at_s: float
    taken_at_s: float
    is_dark: bool | None = None
    shared: Shared = field(default_factory=Shared)
    kept: dict[str, str] = field(default_factory=dict)
    is_over: bool = False


class Sessions:
    """Everybody who is signed in.

    Args:
        idle_s: Seconds without a click after which a session is over.
        most: Sessions kept at once.
        monotonic: Tells seconds.
    """

    def __init__(self, idle_s: float, most: int, monotonic: Callable[[], float]) -> None:
        self._idle_s = idle_s
        self._most = most
        self._monotonic = monotonic
        self._kept: dict[bytes, Session] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._kept)

    def open(self, me: Me, client: AsyncClient) -> str:
        """Sign somebody in; the text is for their cookie alone."""
        self._sweep()
        while len(self._kept) >= self._most:
            self._drop(min(self._kept, key=lambda one: self._kept[one].seen_at_s))
        token = secrets.token_urlsafe(32)
        now_s = self._monotonic()
        session = Session(me, client, now_s, now_s, shared=self._shared(me))
        self._kept[_digest(token)] = session
        return token

    def _shared(self, me: Me) -> Shared:
        """What those share who may see the same of the same tenant."""
        for one in self._kept.values():
            if _rights(one.me) == _rights(me):
                return one.shared
        return Shared()

    def shared(self, session: Session, name: str) -> Any:  # noqa: ANN401 -- as in Shared
        """What somebody who may see the same asked for lately; None where one has to ask.

        Args:
            session: Who wants it.
            name: Of the answer.
        """
        now_s = self._monotonic()
        is_known = not session.is_over and now_s - session.taken_at_s < KEY_HOLDS_S
        return session.shared.fresh(name, now_s) if is_known else None

    def share(self, session: Session, name: str, value: object, holds_s: float) -> None:
        """Let those who may see the same have an answer.

        Args:
            session: Who asked.
            name: Of the answer.
            value: What came.
            holds_s: Seconds that it need not be asked for again.
        """
        session.shared.put(name, value, self._monotonic() + holds_s)

    def took_key(self, session: Session) -> None:
        """Remember that the service just answered to their key."""
        session.taken_at_s = self._monotonic()

    def find(self, token: str) -> Session | None:
        """Who has that cookie; None where nobody does, or their time is over."""
        self._sweep()
        return self._kept.get(_digest(token)) if token else None

    def touch(self, session: Session, *, is_click: bool = True) -> bool:
        """Is a session still on? A click keeps it alive, a page that renews itself does not."""
        self._sweep()
        if is_click and not session.is_over:
            session.seen_at_s = self._monotonic()
        return not session.is_over

    def end(self, token: str) -> None:
        """Sign somebody out."""
        digest = _digest(token)
        if digest in self._kept:
            self._drop(digest)

    async def close(self) -> None:
        """Sign everybody out, and close what they asked with."""
        for digest in list(self._kept):
            self._drop(digest)
        await asyncio.gather(*self._closing)

    def _sweep(self) -> None:
        oldest = self._monotonic() - self._idle_s
        for digest in [one for one, held in self._kept.items() if held.seen_at_s < oldest]:
            self._drop(digest)

    def _drop(self, digest: bytes) -> None:
        session = self._kept.pop(digest)
        session.is_over = True
        task = asyncio.ensure_future(session.client.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _rights(me: Me) -> tuple[str, str | None, frozenset[str]]:
    return me.tenant_id, me.account_id, frozenset(me.permissions)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
