import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from settee.people.rows import MOST_DEVICES, MOST_PLATFORMS, Places, encode
from settee.people.tastes import Tastes
from tests.people.activities import Act
from tests.people.homes import ANN, BOB, DAY, T0, at_once, home, known, titles, town

NOTHING = Tastes((), np.zeros((0, 3), np.float32))


def test_devices_have_numbers_in_the_order_of_first_appearance() -> None:
    sessions, who = home([ANN, BOB], 3)
    rows = encode(sessions, NOTHING, Places())
    assert rows.device.tolist() == who.tolist() == [0, 1, 0, 1, 0, 1]


def test_numbers_stay_when_later_sessions_come() -> None:
    sessions, _ = home([ANN, BOB], 3)
    places = Places()
    encode(sessions, NOTHING, places)
    late = encode(sessions.take(np.array([5, 0])), NOTHING, places)
    assert late.device.tolist() == [1, 0]
    assert places.device == ["tablet", "tv"]


def test_monday_evening_at_nine_is_weekday_0_and_hour_21() -> None:
    sessions = at_once([Act("a", T0 + 21 * 3600 + 1800), Act("a", T0 + 6 * DAY + 60)])
    rows = encode(sessions, NOTHING, Places())
    assert rows.hour.tolist() == [21.5, np.float32(1 / 60)]
    assert rows.weekday.tolist() == [0, 6]


def test_duration_events_and_titles_of_a_session_are_counted() -> None:
    acts = [Act("a", T0, item_id="m1", duration_s=600.0), Act("a", T0 + 900, item_id="m1")]
    rows = encode(at_once([*acts, Act("a", T0 + 960, item_id="m2")]), NOTHING, Places())
    assert (rows.duration_s[0], rows.n_events[0], rows.n_items[0]) == (960, 3, 2)
    assert rows.watched_s[0] == 600


def test_what_is_unknown_is_minus_one() -> None:
    rows = encode(at_once([Act("a", T0)]), NOTHING, Places())
    assert [rows.device[0], rows.device_type[0], rows.platform[0], rows.profile[0]] == [-1] * 4


def test_rows_are_taken_and_joined_by_place() -> None:
    rows = encode(home([ANN, BOB], 4)[0], known().tastes, Places())
    again = rows.take(slice(0, 3)).followed_by(rows.take(np.arange(3, len(rows))))
    assert len(again) == len(rows) == 8
    assert np.array_equal(again.taste, rows.taste)
    assert np.array_equal(again.start_s, rows.start_s)


@given(st.lists(st.text("abcdefgh", max_size=3), max_size=60))
def test_numbers_of_texts_are_in_range_and_stable(texts: list[str]) -> None:
    places = Places()
    found = places.numbers("platform", texts, MOST_PLATFORMS)
    assert all(-1 <= one < MOST_PLATFORMS for one in found)
    assert all((one == -1) == (text == "") for one, text in zip(found, texts, strict=True))
    assert places.numbers("platform", texts, MOST_PLATFORMS) == found


def test_all_devices_beyond_the_most_share_the_last_number() -> None:
    texts = [f"d{number}" for number in range(MOST_DEVICES + 3)]
    found = Places().numbers("device", texts, MOST_DEVICES)
    assert found[-4:] == [MOST_DEVICES - 1] * 4
    assert found[:MOST_DEVICES] == list(range(MOST_DEVICES))


def test_a_town_is_encoded_without_an_account_of_its_own() -> None:
    rows = encode(town(), Tastes(titles().item_ids, np.ones((80, 2), np.float32)), Places())
    assert len(rows) == len(town())
