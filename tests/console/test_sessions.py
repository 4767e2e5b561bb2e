import asyncio

from settee.client.results import Me
from settee.console.sessions import Sessions

ME = Me("default", "owner", ["stats.read"], None, None, None)


class Client:
    """Something that asks, and can be closed."""

    is_closed = False

    async def close(self):
        self.is_closed = True


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


def during(story, idle_s=60.0, most=3):
    clock = Clock()

    async def run():
        await story(Sessions(idle_s, most, clock), clock)

    asyncio.run(run())


def test_the_cookie_finds_its_session_and_no_other_text_does():
    async def story(sessions, _):
        token = sessions.open(ME, Client())
        assert sessions.find(token).me is ME
        assert sessions.find("") is sessions.find(token + "x") is sessions.find("\ud800") is None

    during(story)


def test_nothing_that_is_kept_gives_the_cookie_away():
    async def story(sessions, _):
        token = sessions.open(ME, Client())
        assert token not in repr(vars(sessions))

    during(story)


def test_who_does_nothing_for_an_hour_is_signed_out_and_their_connections_close():
    async def story(sessions, clock):
        client = Client()
        token = sessions.open(ME, client)
        session = sessions.find(token)
        clock.now_s = 59.0
        assert sessions.touch(session)
        clock.now_s = 118.0
        assert sessions.find(token) is session
        clock.now_s = 119.5
        assert sessions.find(token) is None
        assert not sessions.touch(session)
        await sessions.close()
        assert client.is_closed

    during(story)


def test_beyond_the_most_the_one_idle_longest_goes():
    async def story(sessions, clock):
        tokens = []
        for _ in range(3):
            tokens.append(sessions.open(ME, Client()))
            clock.now_s += 1
        sessions.touch(sessions.find(tokens[0]))
        sessions.open(ME, Client())
        assert len(sessions) == 3
        assert sessions.find(tokens[1]) is None
        assert sessions.find(tokens[0]) is not None

    during(story)


def test_sign_out_ends_one_session():
    async def story(sessions, _):
        token, other = sessions.open(ME, Client()), sessions.open(ME, Client())
        sessions.end(token)
        sessions.end("nobody's")
        assert sessions.find(token) is None
        assert sessions.find(other) is not None

    during(story)


def test_those_who_may_see_the_same_share_figures_and_nobody_else_does():
    auditor = Me("default", "auditor", [], None, None, None)
    elsewhere = Me("acme", "owner", ["stats.read"], None, None, None)
    of_one_account = Me("default", "owner", ["stats.read"], "a1", None, None)

    async def story(sessions, _):
        first, second, *others = (
            sessions.find(sessions.open(one, Client()))
            for one in (ME, ME, auditor, elsewhere, of_one_account)
        )
        sessions.share(first, "now", 7, 5.0)
        first.kept["account"] = "a1"
        assert sessions.shared(second, "now") == 7
        assert sessions.shared(second, "other") is None
        assert [sessions.shared(one, "now") for one in others] == [None] * 3
        assert second.kept == {}

    during(story, most=5)


def test_what_is_shared_holds_for_a_while_and_for_those_whose_key_was_just_taken():
    async def story(sessions, clock):
        first, second = (sessions.find(sessions.open(ME, Client())) for _ in range(2))
        sessions.share(first, "now", 7, 30.0)
        clock.now_s = 29.0
        assert sessions.shared(second, "now") == 7
        clock.now_s = 31.0
        assert sessions.shared(second, "now") is None
        assert second.shared.last("now") == 7
        clock.now_s = 50.0
        sessions.took_key(first)
        sessions.share(first, "now", 8, 30.0)
        clock.now_s = 61.0
        assert sessions.shared(first, "now") == 8
        assert sessions.shared(second, "now") is None  # theirs may have been revoked by now
        sessions.took_key(second)
        assert sessions.shared(second, "now") == 8
        await sessions.close()
        assert sessions.shared(second, "now") is None  # signed out, maybe in another tab

    during(story, idle_s=600.0)
