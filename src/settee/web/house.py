"""Keep the tenants' rooms apart: each open tenant has its own engine, routes and figures.

A caller's credential says whose rooms they enter, and from there on nothing of another tenant can
be reached, for a route only ever sees the engine that it was made with. The default tenant is open
as long as the house; others open when they are first asked for and close when they idle.

Reads / Writes: nothing; the engines do.
Not here: who the caller is (web.keeper), a tenant's folder (govern.tenants, app).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from settee.core import Overloaded
from settee.govern import DEFAULT_TENANT
from settee.web.body import Receive, Scope, Send
from settee.web.engine import Engine
from settee.web.hot import HotRoutes
from settee.web.metrics import Metrics

AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
_SWEEP_S = 5.0
_log = logging.getLogger("settee.web")


class HouseFull(Overloaded):
    """As many tenants as may be open at once are busy."""

    code = "house_full"
    status = 503


@dataclass
class Rooms:
    """What one tenant's requests meet.

    Args:
        engine: What stands behind the routes.
        hot: The routes ahead of the framework.
        framework: All others.
        metrics: Where its requests are counted.
        close: Lets all of it go.
        told: What this worker tells the others of the tenant.
    """

    engine: Engine
    hot: HotRoutes
    framework: AsgiApp
    metrics: Metrics
    close: Callable[[], None]
    told: Callable[[], dict[str, Any]] = dict
    n_inside: int = 0
    used_s: float = 0.0


class House:
    """All open tenants.

    Args:
        own: The rooms of the default tenant; they stay the caller's to close.
        open_rooms: Opens those of another; takes as long as a model takes to load.
        max_open: Others that are open at once.
        idle_s: Seconds without a request after which one is closed.
        now_s: A steady clock in seconds.
    """

    def __init__(
        self,
        own: Rooms,
        open_rooms: Callable[[str], Rooms],
        max_open: int,
        idle_s: float,
        now_s: Callable[[], float],
    ) -> None:
        self.own = own
        self._open_rooms = open_rooms
        self._max_open = max_open
        self._idle_s = idle_s
        self._now_s = now_s
        self._rooms: dict[str, Rooms] = {}
        self._opening = asyncio.Lock()

    @property
    def open_tenants(self) -> list[str]:
        """The tenants that are open beside the default one."""
        return list(self._rooms)

    def told(self, tenant_id: str) -> dict[str, Any] | None:
        """What this worker tells the others of a tenant; None where it is not open here."""
        rooms = self.own if tenant_id == DEFAULT_TENANT else self._rooms.get(tenant_id)
        return None if rooms is None else rooms.told()

    async def enter(self, tenant_id: str) -> Rooms:
        """The rooms of a tenant, which stay open until `leave` is called as often.

        Args:
            tenant_id: Another tenant than the default one.

        Raises:
            HouseFull: If no more can be open, and all are busy.
            SetteeError: If its folder cannot be opened.
        """
        rooms = self._rooms.get(tenant_id)
        if rooms is None:
            rooms = await self._open(tenant_id)
        rooms.n_inside += 1
        return rooms

    def at_hand(self, tenant_id: str) -> Rooms | None:
        """The rooms of a tenant for an answer that waits for nothing; None where they are closed.

        Args:
            tenant_id: Any tenant.
        """
        if tenant_id == DEFAULT_TENANT:
            return self.own
        rooms = self._rooms.get(tenant_id)
        if rooms is not None:
            rooms.used_s = self._now_s()
        return rooms

    def leave(self, rooms: Rooms) -> None:
        """A request is over."""
        rooms.n_inside -= 1
        rooms.used_s = self._now_s()

    async def _open(self, tenant_id: str) -> Rooms:
        async with self._opening:
            if tenant_id not in self._rooms:
                await self._make_way()
                rooms = await asyncio.to_thread(self._open_rooms, tenant_id)
                rooms.used_s = self._now_s()
                self._rooms[tenant_id] = rooms
            return self._rooms[tenant_id]

    async def _make_way(self) -> None:
        while len(self._rooms) >= self._max_open:
            idle = [(one.used_s, name) for name, one in self._rooms.items() if not one.n_inside]
            if not idle:
                raise HouseFull(
                    f"{self._max_open} tenants are open and busy (access.max_open_tenants).",
                    hint="Try again in a second.",
                )
            await self._close(min(idle)[1])

    async def sweep(self, is_there: Callable[[str], bool]) -> None:
        """Close tenants that idle, and those that were removed.

        Args:
            is_there: Is there still such a tenant?
        """
        due_s = self._now_s() - self._idle_s
        for name, one in list(self._rooms.items()):
            if not one.n_inside and (one.used_s <= due_s or not is_there(name)):
                await self._close(name)

    async def sweeping(self, is_there: Callable[[str], bool]) -> None:
        """Sweep now and then, until cancelled."""
        while True:
            await asyncio.sleep(_SWEEP_S)
            try:
                async with self._opening:
                    await self.sweep(is_there)
            except Exception:  # noqa: BLE001 -- the sweeper must outlive one tenant that fails
                _log.exception("closing an idle tenant failed")

    async def close(self) -> None:
        """Close every tenant but the default one."""
        for name in list(self._rooms):
            await self._close(name)

    async def _close(self, name: str) -> None:
        # Out of the table first: whoever asks from now on opens it anew.
        rooms = self._rooms.pop(name)
        await asyncio.to_thread(rooms.close)
