import numpy as np
import pytest

from settee.learn.requests import Sampling, Window, frozen_requests, live_requests
from tests.learn.world import record, rising_world

NOON = 1000
ROWS = [
    (0, 1, 10), (0, 2, 20), (0, 3, 1000), (0, 1, 1005),       # knew 1 and 2, newly wants 3
    (1, 4, 1010), (1, 5, 1500),                                # cold: nothing before noon
    (2, 5, 30),                                                # nothing after noon
    (3, 6, 40, False), (3, 6, 1020), (3, 7, 1030),             # met 6 without interest before
    (4, 1, 50), (4, 2, 1040, False),                           # no interest after noon
]  # fmt: skip


def sampling(max_history=100, max_requests=100, seed=0, cold_share=1.0):
    return Sampling(max_history, max_requests, np.random.default_rng(seed), cold_share)


def frozen(window, **kwargs):
    return frozen_requests(record(ROWS, 8), window, sampling(**kwargs))


def test_only_accounts_with_something_new_in_the_window_are_asked():
    assert frozen(Window(NOON)).account.tolist() == [0, 1, 3]


def test_what_was_seen_before_is_no_answer_though_wanted_again():
    requests = frozen(Window(NOON))
    assert [requests.truth.row(row).tolist() for row in range(3)] == [[3], [4, 5], [7]]
    assert [requests.seen.row(row).tolist() for row in range(3)] == [[1, 2], [], [6]]


def test_an_account_without_interest_before_is_cold():
    assert frozen(Window(NOON)).is_warm.tolist() == [True, False, False]


def test_the_history_holds_nothing_from_the_instant_on():
    requests = frozen(Window(NOON))
    assert requests.histories.item.tolist() == [1, 2]
    assert (requests.histories.at_s < NOON).all()
    assert requests.as_of_s.tolist() == [NOON] * 3


def test_answers_after_the_window_do_not_count():
    requests = frozen(Window(NOON, 1400))
    assert [requests.truth.row(row).tolist() for row in range(3)] == [[3], [4], [7]]


def test_a_longer_history_is_cut_to_its_latest_items():
    assert frozen(Window(NOON), max_history=1).histories.item.tolist() == [2]


def test_fewer_requests_are_drawn_by_the_seed():
    drawn = {tuple(frozen(Window(NOON), max_requests=2, seed=s).account) for s in range(20)}
    assert drawn == {(0, 1), (0, 3), (1, 3)}
    again = frozen(Window(NOON), max_requests=2, seed=4).account.tolist()
    assert again == frozen(Window(NOON), max_requests=2, seed=4).account.tolist()


def test_taking_requests_keeps_question_and_answer_together():
    requests = frozen(Window(NOON))
    taken = requests.take(np.array([2, 0]))
    assert taken.account.tolist() == [3, 0]
    assert taken.truth.row(1).tolist() == [3]
    assert taken.histories.item.tolist() == [1, 2]
    assert taken.is_warm.tolist() == [False, True]


def test_the_fingerprint_changes_with_any_question_or_answer():
    whole = frozen(Window(NOON))
    assert whole.fingerprint() == frozen(Window(NOON)).fingerprint()
    others = [
        frozen(Window(NOON, 1400)),
        frozen(Window(NOON + 1)),
        frozen(Window(NOON), max_history=1),
        whole.take(np.array([0, 1])),
    ]
    prints = {one.fingerprint() for one in others}
    assert len(prints) == len(others)
    assert whole.fingerprint() not in prints


def test_a_window_without_events_asks_nothing():
    assert len(frozen(Window(5000))) == 0
    assert len(live_requests(record(ROWS, 8), Window(5000), sampling())) == 0


def test_a_live_request_is_asked_at_an_event_of_its_own_account():
    for seed in range(10):
        requests = live_requests(record(ROWS, 8), Window(NOON), sampling(seed=seed))
        own = {0: {1000, 1005}, 1: {1010, 1500}, 3: {1020, 1030}}
        for account, asked_s in zip(requests.account, requests.as_of_s, strict=True):
            assert asked_s in own[account]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_live_request_knows_what_came_before_it_and_answers_with_the_rest(seed):
    world, _ = rising_world(n_accounts=12, n_days=12)
    window = Window(int(np.quantile(world.at_s, 0.5)), int(np.quantile(world.at_s, 0.8)))
    requests = live_requests(world, window, sampling(seed=seed))
    assert len(requests) > 5
    for row, account in enumerate(requests.account):
        mine = world.where(world.account == account)
        asked_s = requests.as_of_s[row]
        assert window.start_s <= asked_s < window.end_s
        before = mine.item[mine.at_s < asked_s]
        span = slice(requests.histories.indptr[row], requests.histories.indptr[row + 1])
        assert sorted(requests.histories.item[span]) == sorted(before)
        after = mine.item[(mine.at_s >= asked_s) & (mine.at_s < window.end_s)]
        assert requests.truth.row(row).tolist() == sorted(set(after) - set(before))
        assert requests.seen.row(row).tolist() == sorted(set(before))


@pytest.mark.parametrize(
    ("cold_share", "most", "n_warm", "n_cold"),
    [
        (1.0, 100, 6, 12),  # all alike
        (0.25, 100, 6, 2),  # two of eight
        (0.25, 4, 3, 1),
        (0.6, 5, 2, 3),
        (0.0, 100, 6, 0),
        (0.9, 100, 6, 12),  # there are no more than 12
    ],
)
def test_accounts_without_a_history_are_asked_up_to_their_share(cold_share, most, n_warm, n_cold):
    before = [(account, 0, 10) for account in range(6)]
    rows = before + [(account, 1, NOON + account) for account in range(18)]
    found = [
        frozen_requests(
            record(rows, 2),
            Window(NOON),
            sampling(max_requests=most, cold_share=cold_share, seed=seed),
        )
        for seed in range(5)
    ]
    for one in found:
        assert (int(one.is_warm.sum()), int((~one.is_warm).sum())) == (n_warm, n_cold)
        assert one.account.tolist() == sorted(set(one.account.tolist()))
    if most < 18:
        assert len({tuple(one.account) for one in found}) > 1


def test_fewer_live_requests_are_drawn_when_asked():
    requests = live_requests(record(ROWS, 8), Window(NOON), sampling(max_requests=1))
    assert len(requests) == 1
