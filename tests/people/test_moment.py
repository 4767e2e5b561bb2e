from settee.core import parse_event
from settee.people import gather, nobody_known
from settee.people.channels import CHANNELS
from settee.people.moment import Moment, happening, session_at
from settee.people.rows import Places
from settee.people.sessionizer import Happening, Running

S = 1_000_000


def played(at_s: int, item_id: str = "m1", **more) -> Happening:
    return Happening(at_s * S, "play", f"e{at_s}", item_id, "d1", "tv", **more)


def running() -> Running:
    session = Running("d1", 100 * S, (100 * S, "e100"), 100 * S, items={})
    session.add(played(100))
    return session


def test_before_the_first_click_a_moment_is_a_device_and_a_clock():
    session = session_at(Moment("a7", 60 * S, "d1", "tv", "web", "kids"))
    assert (session.start_us, session.end_us, session.n_events) == (60 * S, 60 * S, 0)
    assert session.device_id == "d1"
    assert [one[1] for one in (session.device_type, session.platform, session.profile_id)] == [
        "tv", "web", "kids",
    ]  # fmt: skip
    assert session.item_touches() == []


def test_events_of_the_running_session_count_in_any_order():
    events = (played(130, "m2"), played(110))
    first, second = (
        session_at(Moment("a7", 150 * S, "d1", events=e)) for e in (events, events[::-1])
    )
    assert first.item_touches() == second.item_touches() == [("m1", 1), ("m2", 1)]
    assert (first.start_us, first.end_us, first.n_events) == (110 * S, 150 * S, 2)


def test_what_the_record_holds_already_is_not_counted_twice():
    known = running()
    moment = Moment("a7", 150 * S, "d1", events=(played(120), played(100), played(110)))
    session = session_at(moment, known)
    assert session.n_events == 3
    assert session.last == (120 * S, "e120")
    assert (known.n_events, known.items.keys()) == (1, {"m1"})


def test_the_clock_goes_on_without_a_click():
    assert session_at(Moment("a7", 400 * S, "d1"), running()).end_us == 400 * S
    assert session_at(Moment("a7", 50 * S, "d1"), running()).end_us == 100 * S


def test_an_event_in_wire_format_is_what_sessions_care_for():
    raw = b"""{"event_id": "e1", "account_id": "a7", "kind": "play", "item_id": "m1",
        "at": "1970-01-01T00:01:00.5Z", "device_type": "tv", "duration_s": 1.5}"""
    found = happening(parse_event(raw))
    assert found == Happening(60_500_000, "play", "e1", "m1", None, "tv", lasted_us=1_500_000)


def test_before_the_first_click_nobody_is_told_by_how_long_or_how_busy_it_is():
    population = nobody_known()
    silent, busy = (
        population.symbols(population.encode(gather("a7", [session]), Places())).symbol[0]
        for session in (session_at(Moment("a7", 60 * S, "d1", "tv")), running())
    )
    told = [CHANNELS.index(name) for name in ("duration", "density")]
    assert (silent[told] == -1).all()
    assert (busy[told] >= 0).all()
    assert silent[CHANNELS.index("hour")] >= 0
