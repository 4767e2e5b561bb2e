"""The figures of this moment: rates, and who asks for them."""

import asyncio
from datetime import timedelta

from settee.console.pages.home_now import EVERY_S, SOON_S, Now, now_of
from settee.console.sessions import Sessions
from settee.console.view import View
from tests.console.test_home import NOW, WELL, but
from tests.console.test_sessions import ME, Client, Clock


def test_rates_are_of_the_last_moments_and_a_restart_gives_no_negative_one():
    now = Now()
    assert now.figures() == {}
    now.take(WELL, NOW)
    assert now.figures()["answers a second"] == "-"
    more = but(answers={"ranker": 110}, events={"accepted": 1020})
    now.take(more, NOW + timedelta(seconds=5))
    assert (now.answers, now.events) == ([2.0], [2.0])
    now.take(but(answers={}, events={}), NOW + timedelta(seconds=10))
    assert now.answers[-1] == 0
    assert now.figures()["model in use"] == "v7"


def test_a_look_right_after_another_makes_no_rate_of_its_own():
    now = Now()
    for after_s in (0.0, 0.1, 1.0, 3.0, 6.0):
        now.take(but(answers={"ranker": 100 + int(10 * after_s)}), NOW + timedelta(seconds=after_s))
    assert (len(now.times), now.answers) == (2, [10.0, 10.0])
    assert now.stats.answers == {"ranker": 160}


class Asks:
    """A service that counts how often it is asked."""

    n_asked = 0

    async def stats(self):
        self.n_asked += 1
        return WELL


def test_twenty_who_look_ask_once_in_five_seconds_and_each_once_a_minute():
    clock, ask = Clock(), Asks()

    async def look(view):
        return await now_of(view, lambda: NOW + timedelta(seconds=clock.now_s))

    async def run():
        sessions = Sessions(3600.0, 20, clock)
        looks = [View(ask, sessions.find(sessions.open(ME, Client())), sessions) for _ in range(20)]
        assert (await look(looks[0])).times == []
        clock.now_s = SOON_S  # before there is a rate, nobody is content with what there is
        assert len((await look(looks[1])).times) == 1
        assert ask.n_asked == 2
        for _ in range(11):
            clock.now_s += EVERY_S
            for view in looks:
                assert (await look(view)).stats is WELL
        assert ask.n_asked == 2 + 11
        clock.now_s += EVERY_S  # a minute has passed: is every key still good?
        for view in looks:
            shown = await look(view)
        assert ask.n_asked > 2 + 11 + 15
        assert len(shown.times) == 1 + 12  # those who ask for that make no rates of their own
        await sessions.close()

    asyncio.run(run())
