"""The tables that stand beside the service, on clicks so few that their lists are known."""

import numpy as np

from bench.quality.globo_day import DAY_MS, Clicks, invent_clicks, table_ranks

MIDNIGHT = 20_000 * DAY_MS


def _clicks(*rows: tuple[int, int, int]) -> Clicks:
    """Clicks as (seconds after midnight, session, item)."""
    at_s, session, item = np.array(rows, np.int64).T
    before = np.full(len(rows), -1, np.int64)
    last: dict[int, int] = {}
    for click, one in enumerate(session.tolist()):
        before[click] = last.get(one, -1)
        last[one] = click
    return Clicks(
        MIDNIGHT + 1000 * at_s, session, session, item.astype(np.int32), np.zeros_like(item),
        before, MIDNIGHT, np.flatnonzero((before >= 0) & (at_s >= 0)), "by hand",
    )  # fmt: skip


def test_a_table_that_stands_still_knows_yesterday_and_one_that_is_read_anew_knows_today() -> None:
    clicks = _clicks(
        (-500, 0, 0), (-490, 0, 1), (10, 1, 0), (20, 1, 2), (200, 2, 0), (210, 2, 2), (300, 3, 0),
        (310, 3, 1),
    )  # fmt: skip
    asked = np.array([5, 7], np.int64)
    assert table_ranks(clicks, asked, frozen=True).tolist() == [3, 1]
    assert table_ranks(clicks, asked, frozen=False)[0] == 1


def test_what_happened_in_the_running_minute_is_not_in_the_table_yet() -> None:
    early = _clicks((0, 0, 0), (1, 0, 1), (2, 1, 0), (3, 1, 1))
    late = _clicks((0, 0, 0), (1, 0, 1), (62, 1, 0), (63, 1, 1))
    assert table_ranks(early, np.array([3]), frozen=False)[0] == early.n_items
    assert table_ranks(late, np.array([3]), frozen=False)[0] == 1


def test_items_of_the_session_are_left_out() -> None:
    clicks = _clicks((0, 0, 0), (1, 0, 1), (2, 0, 2), (100, 1, 1), (101, 1, 0), (102, 1, 2))
    assert table_ranks(clicks, np.array([5]), frozen=False)[0] == 1


def test_a_made_up_portal_is_the_same_for_the_same_seed_and_has_questions() -> None:
    one, two = invent_clicks(3), invent_clicks(3)
    assert one.item.tolist() == two.item.tolist()
    assert (np.diff(one.at_ms) >= 0).all()
    assert len(one.questions) > 100
    assert (one.before[one.questions] >= 0).all()
    assert (one.session[one.before[one.questions]] == one.session[one.questions]).all()
