from dataclasses import replace

import numpy as np
import pytest

from settee.people.drift_calm import Evidence
from settee.people.household import Household
from settee.people.sessions import Sessions
from tests.people.activities import Act
from tests.people.homes import ANN, BOB, DAY, T0, at_once, home, moved_in, one_of

HOUR, DEVICE, TASTE, NOVELTY = range(4)


def couple() -> Household:
    return moved_in(home([ANN, BOB], 30)[0])


def session(device: str | None, kind: str | None, hour: float, item: str | None) -> Sessions:
    return at_once([Act("a", T0 + 40 * DAY + hour * 3600, item_id=item, device_id=device,
                        device_type=kind, duration_s=900.0)])  # fmt: skip


def seen(one: Sessions, household: Household | None = None) -> Evidence:
    return (household or couple()).look(one).seen


USUAL = ("tv", "tv", 20.0, "sports1")


def test_a_usual_session_surprises_nobody() -> None:
    assert (seen(session(*USUAL)).surprise[0] < 1.0).all()


def test_an_hour_at_which_that_person_is_never_there_surprises() -> None:
    late = seen(session("tv", "tv", 3.0, "sports1")).surprise[0]
    assert late[HOUR] > seen(session(*USUAL)).surprise[0, HOUR] + 1


def test_somebody_else_s_hour_surprises_though_it_is_usual_in_the_house() -> None:
    amid = seen(session("tv", "tv", 7.0, "sports1")).surprise[0]
    assert amid[HOUR] > seen(session(*USUAL)).surprise[0, HOUR] + 1


def test_a_new_device_and_other_titles_surprise_in_their_own_channel() -> None:
    usual = seen(session(*USUAL)).surprise[0]
    device = seen(session("new", "desktop", 20.0, "sports1")).surprise[0]
    titles = seen(session("tv", "tv", 20.0, "drama1")).surprise[0]
    assert device[DEVICE] > usual[DEVICE] + 1
    assert titles[TASTE] > usual[TASTE] + 0.5


def test_a_stranger_has_more_novelty_than_anybody_of_the_house() -> None:
    stranger = seen(session("new", "mobile", 3.0, "opera1")).surprise[0]
    assert stranger[NOVELTY] > seen(session(*USUAL)).surprise[0, NOVELTY] + 1


def test_what_is_unknown_is_not_looked_at() -> None:
    blind = seen(session(None, None, 20.0, None)).surprise[0]
    assert np.isnan(blind[TASTE])
    assert np.isfinite(blind[[HOUR, NOVELTY]]).all()


def test_evidence_tells_when_and_where() -> None:
    one = session(*USUAL)
    found = seen(one)
    assert found.at_s.tolist() == [int(one.end_us[0]) // 1_000_000]
    assert found.hour.tolist() == [20.0]
    assert found.device.tolist() == [1]


def test_each_session_of_a_calm_house_surprises_nobody_on_average() -> None:
    sessions, _ = home([ANN, BOB], 30)
    household = couple()
    later, _ = home([ANN, replace(BOB)], 40, seed=5)
    rows = [household.look(one_of(later, place)).seen.surprise[0] for place in range(60, 80)]
    assert np.mean(rows, axis=0)[:3] == pytest.approx(np.zeros(3), abs=0.8)
    assert len(sessions) == 60
