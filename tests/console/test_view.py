"""What keeps somebody signed in: what they do, not what a page does by itself."""

import asyncio

from settee.console.sessions import Sessions
from settee.console.view import View
from tests.console.test_sessions import ME, Client, Clock


def left_after(*, by_itself):
    """Is a session of 60 s alive after 80 s, where the page asked after 40?"""
    clock = Clock()

    async def answer():
        return "figures"

    async def run():
        sessions = Sessions(60.0, 3, clock)
        token = sessions.open(ME, Client())
        view = View(None, sessions.find(token), sessions)
        clock.now_s = 40.0
        assert await view.get("Asking", answer(), by_itself=by_itself) == "figures"
        clock.now_s = 80.0
        found = sessions.find(token)
        await sessions.close()
        return found is not None

    return asyncio.run(run())


def test_a_click_keeps_somebody_signed_in():
    assert left_after(by_itself=False)


def test_a_page_that_renews_itself_keeps_nobody_signed_in():
    assert not left_after(by_itself=True)
