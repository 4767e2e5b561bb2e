import numpy as np
from numpy.typing import NDArray

from settee.people.channels import MOST_TOPICS, OFFSETS, SIGNALS, SIZES, TASTE_AT, Symbols
from settee.people.newcomer import RECENT, Habits, follow_newcomer

DAY = 86_400
N_TOPICS = 4
PRIOR = np.concatenate([np.full(size, 1 / size) for size in (*SIZES, N_TOPICS)])
ONES = np.ones(len(SIGNALS))
HABITS = Habits(PRIOR, np.log(PRIOR), 2 * ONES, ONES)


def sessions(
    hours: list[int], devices: list[int], per_day: int = 1
) -> tuple[Symbols, NDArray[np.int64]]:
    n = len(hours)
    symbol = np.full((n, len(SIZES)), -1, np.int16)
    symbol[:, 0] = hours
    symbol[:, 3] = np.array(devices) + OFFSETS[3]
    topic = np.full((n, MOST_TOPICS), -1, np.int16)
    topic[:, 0] = TASTE_AT
    weight = np.zeros((n, MOST_TOPICS), np.float32)
    return Symbols(symbol, topic, weight), np.arange(n) // per_day * DAY


def test_the_same_stranger_again_and_again_is_somebody_new() -> None:
    theirs = np.arange(48) % 4 == 3
    strange = np.where(theirs, 1.0, -3.0)
    mixed, at_s = sessions(
        [9 if one else 20 for one in theirs], [5 if one else 0 for one in theirs]
    )
    found = follow_newcomer(mixed, at_s, strange, HABITS)
    assert found.log_capital > 8
    assert theirs[found.first]
    assert (found.share[found.first :] > 0.5).tolist() == theirs[found.first :].tolist()


def test_a_different_stranger_each_time_is_a_guest() -> None:
    theirs = np.arange(40) % 4 == 3
    strange = np.where(theirs, 1.0, -3.0)
    alike, at_s = sessions([9] * 40, [5] * 40)
    unlike, _ = sessions([(7 * one) % 24 for one in range(40)], [one % 24 for one in range(40)])
    assert (
        follow_newcomer(unlike, at_s, strange, HABITS).log_capital
        < follow_newcomer(alike, at_s, strange, HABITS).log_capital - 3
    )


def test_calm_sessions_win_nothing() -> None:
    calm, at_s = sessions([20] * 40, [0] * 40)
    assert follow_newcomer(calm, at_s, np.full(40, -8.0), HABITS).log_capital < 3


def test_a_weekend_of_visits_counts_less_than_weeks_of_them() -> None:
    strange = np.full(10, 1.0)
    spread, apart = sessions([9] * 10, [5] * 10)
    dense, at_once = sessions([9] * 10, [5] * 10, per_day=10)
    assert (
        follow_newcomer(dense, at_once, strange, HABITS).log_capital
        < follow_newcomer(spread, apart, strange, HABITS).log_capital / 2
    )


def test_only_recent_sessions_are_looked_at() -> None:
    many, at_s = sessions([9] * (RECENT + 20), [5] * (RECENT + 20))
    found = follow_newcomer(many, at_s, np.full(RECENT + 20, 1.0), HABITS)
    assert found.first >= 20
    assert not found.share[:20].any()


def test_one_session_alone_is_looked_at_too() -> None:
    one, at_s = sessions([9], [5])
    assert follow_newcomer(one, at_s, np.array([2.0]), HABITS).share.tolist() == [1.0]


def test_titles_speak_too() -> None:
    n = 20
    strange = np.full(n, 0.5)
    plain, at_s = sessions([9] * n, [5] * n)
    weight = plain.weight.copy()
    weight[:, 0] = 1.0
    told = Symbols(plain.symbol, plain.topic, weight)
    assert (
        follow_newcomer(told, at_s, strange, HABITS).log_capital
        > follow_newcomer(plain, at_s, strange, HABITS).log_capital
    )
