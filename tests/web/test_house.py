import asyncio
from typing import Any

import pytest

from settee.web.house import House, HouseFull, Rooms


class World:
    """A house whose rooms are only names."""

    def __init__(self, max_open: int = 2, idle_s: float = 60.0) -> None:
        self.now_s = 0.0
        self.opened: list[str] = []
        self.closed: list[str] = []
        nothing: Any = None
        self.own = Rooms(nothing, nothing, nothing, nothing, lambda: self.closed.append("own"))
        self.house = House(self.own, self.open, max_open, idle_s, lambda: self.now_s)

    def open(self, name: str) -> Rooms:
        if name == "broken":
            raise OSError(name)
        self.opened.append(name)
        nothing: Any = None
        return Rooms(nothing, nothing, nothing, nothing, lambda: self.closed.append(name))

    async def visit(self, name: str) -> None:
        self.house.leave(await self.house.enter(name))


@pytest.fixture
def world() -> World:
    return World()


def test_rooms_open_once_however_many_come_at_the_same_time(world: World) -> None:
    async def story() -> None:
        found = await asyncio.gather(*(world.house.enter("acme") for _ in range(20)))
        assert world.opened == ["acme"]
        assert len({id(one) for one in found}) == 1
        assert found[0].n_inside == 20

    asyncio.run(story())


def test_the_tenant_that_was_asked_least_lately_makes_way(world: World) -> None:
    async def story() -> None:
        for now_s, name in enumerate(["one", "two", "one", "three"]):
            world.now_s = float(now_s)
            await world.visit(name)
        assert world.closed == ["two"]
        assert world.house.open_tenants == ["one", "three"]
        await world.visit("two")
        assert world.closed == ["two", "one"]

    asyncio.run(story())


def test_nobody_is_turned_out_and_one_too_many_is_told_to_come_again(world: World) -> None:
    async def story() -> None:
        inside = [await world.house.enter(name) for name in ("one", "two")]
        with pytest.raises(HouseFull, match=r"2 tenants are open and busy") as caught:
            await world.house.enter("three")
        assert (caught.value.status, caught.value.retry_after_s) == (503, 1)
        assert world.closed == []
        world.house.leave(inside[0])
        await world.visit("three")
        assert world.closed == ["one"]

    asyncio.run(story())


def test_who_idles_or_was_removed_is_closed_and_who_is_busy_is_not(world: World) -> None:
    async def story() -> None:
        world.house = House(world.own, world.open, 9, 60.0, lambda: world.now_s)
        await world.visit("idle")
        await world.visit("removed")
        await world.house.enter("busy")
        world.now_s = 30.0
        await world.house.sweep(lambda name: name != "removed")
        assert world.closed == ["removed"]
        world.now_s = 60.0
        await world.house.sweep(lambda _: True)
        assert world.closed == ["removed", "idle"]
        await world.house.close()
        assert world.closed == ["removed", "idle", "busy"], "the own rooms are the caller's"

    asyncio.run(story())


def test_a_folder_that_cannot_be_opened_is_tried_again(world: World) -> None:
    async def story() -> None:
        for _ in range(2):
            with pytest.raises(OSError, match="broken"):
                await world.house.enter("broken")
        assert world.house.open_tenants == []

    asyncio.run(story())


def test_the_sweeper_outlives_a_tenant_that_does_not_close(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("settee.web.house._SWEEP_S", 0.001)

    async def story() -> None:
        rooms = await world.house.enter("bad")
        world.house.leave(rooms)
        rooms.close = lambda: (_ for _ in ()).throw(OSError("stuck"))
        world.now_s = 100.0
        sweeping = asyncio.create_task(world.house.sweeping(lambda _: True))
        while world.house.open_tenants:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        assert not sweeping.done()
        sweeping.cancel()

    asyncio.run(story())
    assert "closing an idle tenant failed" in caplog.text
