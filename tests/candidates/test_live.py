"""The live sources on worlds so small that every share is known."""

import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from settee.candidates import LIVE_SOURCES, LiveItems, UnknownPosition, stream_of
from settee.candidates.live_state import LiveDamaged
from settee.core import LiveSettings
from settee.events import Histories, Interactions
from tests.candidates.world import DAY_S, films, record

NOON = 1_760_000_000
SMALL = LiveSettings(max_streams=64, fresh_items=8)


def _take(live: LiveItems, *clicks: tuple[str, int, int]) -> None:
    """Clicks as (who, item, seconds after noon)."""
    live.take(
        np.array([stream_of(who) for who, _, _ in clicks], np.uint64),
        np.array([item for _, item, _ in clicks], np.int32),
        np.array([NOON + at for _, _, at in clicks], np.int64),
    )


def _history(*items: int, at_s: int = NOON) -> Histories:
    return Histories.of_one(np.array(items, np.int32), np.full(len(items), at_s, np.int64))


def _scores(live: LiveItems, *items: int, after_s: int = 60) -> dict[str, NDArray[np.float32]]:
    return {name: one[0] for name, one in live.score(_history(*items), NOON + after_s).items()}


def _bytes(live: LiveItems) -> dict[str, bytes]:
    return {name: value.tobytes() for name, value in live.to_arrays().items()}


def test_shares_of_what_is_clicked_now_are_counts_over_all() -> None:
    live = LiveItems(4, SMALL)
    _take(live, ("ann", 0, 0), ("bob", 0, 0), ("cem", 0, 0), ("dee", 2, 0))
    assert _scores(live)["recent"] == pytest.approx([0.75, 0.0, 0.25, 0.0])


def test_an_item_of_the_last_minutes_beats_one_of_yesterday_with_more_clicks() -> None:
    live = LiveItems(2, SMALL)
    old = [(f"old{one}", 0, 0) for one in range(300)]
    _take(live, *old, *[(f"new{one}", 1, 86_400) for one in range(200)])
    recent = _scores(live, after_s=86_460)["recent"]
    assert recent[1] > 2 * recent[0]
    slow = LiveItems(2, SMALL.model_copy(update={"half_lives_s": (2_592_000.0,)}))
    _take(slow, *old, *[(f"new{one}", 1, 86_400) for one in range(200)])
    recent = _scores(slow, after_s=86_460)["recent"]
    assert recent[0] > recent[1]


def test_the_next_score_is_the_share_of_those_who_went_there() -> None:
    settings = SMALL.model_copy(
        update={"half_lives_s": (1e8,), "next_prior": 1e-9, "back_weight": 0.0}
    )
    live = LiveItems(4, settings)
    for number, went in enumerate((1, 1, 1, 2)):
        _take(live, (f"p{number}", 0, number), (f"p{number}", went, number + 10))
    assert _scores(live, 0)["next"] == pytest.approx([0.0, 0.75, 0.25, 0.0], abs=1e-6)
    assert not _scores(live, 3)["next"].any()
    assert not _scores(live)["next"].any()


def test_little_evidence_leans_on_what_is_clicked_now() -> None:
    live = LiveItems(4, SMALL)
    _take(live, ("ann", 0, 0), ("ann", 1, 5), ("bob", 0, 0), ("bob", 2, 5))
    assert _scores(live, 0)["next"][1] == pytest.approx(_scores(live, 0)["next"][2])
    _take(live, *[(f"other{one}", 2, 6) for one in range(50)])
    unsure = _scores(live, 0)["next"]
    assert unsure[2] > 2 * unsure[1] > 0
    sure = LiveItems.from_arrays(live.to_arrays(), SMALL.model_copy(update={"next_prior": 0.01}))
    scores = _scores(sure, 0)["next"]
    assert scores[2] < 1.2 * scores[1]


def test_ways_back_count_a_little_and_far_ways_count_less() -> None:
    live = LiveItems(4, SMALL.model_copy(update={"next_prior": 1e-9}))
    _take(live, ("ann", 0, 0), ("ann", 1, 5), ("ann", 2, 10))
    from_first = _scores(live, 0)["next"]
    assert from_first[1] > from_first[2] > 0
    assert _scores(live, 1)["next"][0] > 0
    forward = LiveItems(4, SMALL.model_copy(update={"back_weight": 0.0}))
    _take(forward, ("ann", 0, 0), ("ann", 1, 5))
    assert not _scores(forward, 1)["next"].any()
    near = LiveItems(4, SMALL.model_copy(update={"lag_weights": (1.0,)}))
    _take(near, ("ann", 0, 0), ("ann", 1, 5), ("ann", 2, 10))
    assert _scores(near, 0)["next"][2] == 0.0


def test_a_long_silence_makes_a_transition_count_less() -> None:
    def to_one_and_two(update: dict[str, Any]) -> NDArray[np.float32]:
        live = LiveItems(4, SMALL.model_copy(update={"next_prior": 1e-9} | update))
        _take(live, ("ann", 0, 0), ("bob", 0, 9_990))
        _take(live, ("ann", 1, 10_000), ("bob", 2, 10_000))
        return _scores(live, 0, after_s=10_000)["next"]

    usual = to_one_and_two({})
    assert usual[2] == pytest.approx(10 * usual[1], rel=1e-3)
    patient = to_one_and_two({"gap_s": 20_000})
    assert patient[2] == pytest.approx(patient[1])
    even = to_one_and_two({"later_weight": 1.0})
    assert even[2] == pytest.approx(even[1])


def test_two_devices_of_an_account_are_two_streams() -> None:
    assert stream_of("a", "tv") != stream_of("a", "phone") != stream_of("a")
    assert stream_of("ab", "c") != stream_of("a", "bc")


def test_the_last_item_speaks_loudest() -> None:
    update = {"next_prior": 1e-9, "back_weight": 0.0, "later_weight": 0.0}
    live = LiveItems(5, SMALL.model_copy(update=update))
    _take(live, ("ann", 0, 0), ("ann", 2, 5), ("bob", 1, 0), ("bob", 3, 5))
    scores = _scores(live, 0, 1)["next"]
    assert scores[3] > 3 * scores[2] > 0
    only = SMALL.model_copy(update=update | {"history_weights": (1.0,)})
    assert _scores(LiveItems.from_arrays(live.to_arrays(), only), 0, 1)["next"][2] == 0.0
    spread = Histories.of_one(np.array([0, 1], np.int32), np.array([NOON - 6_000, NOON], np.int64))
    aged = live.score(spread, NOON + 60)["next"][0]
    assert 0 < aged[2] < scores[2] / 100
    slow = SMALL.model_copy(update=update | {"history_half_life_s": 1e6})
    kept = LiveItems.from_arrays(live.to_arrays(), slow).score(spread, NOON + 60)["next"][0]
    assert kept[2] == pytest.approx(scores[2], rel=0.02)


def test_an_item_first_met_is_recommended_by_the_next_question() -> None:
    live = LiveItems(2, SMALL)
    _take(live, ("ann", 0, 0), ("ann", 1, 5))
    live.grow(3)
    assert live.n_items == 3
    assert _scores(live, 0)["next"].shape == (3,)
    _take(live, ("bob", 0, 20), ("bob", 2, 21))
    scores = _scores(live, 0, after_s=22)
    assert scores["next"][2] > 0
    assert scores["recent"][2] > 0
    assert live.first_seen_s().tolist() == [NOON, NOON + 5, NOON + 21]


def test_an_item_put_is_found_by_content_before_anybody_met_it() -> None:
    live = LiveItems(2, SMALL)
    live.describe_items(np.array([0, 1], np.int32), ["Heat", "Alien"], [["Crime"], ["Horror"]])
    live.grow(4)
    live.describe_items(
        np.array([2, 3], np.int32), ["Heat 2", "Aliens"], [["Crime"], ["Horror", "War"]]
    )
    assert np.argmax(_scores(live, 0)["fresh"][2:]) == 0
    horror = _scores(live, 1)["fresh"]
    assert horror[3] > 0
    assert horror[2] == 0
    assert not _scores(live)["fresh"].any()


def test_an_item_with_an_audience_is_fresh_no_more() -> None:
    live = LiveItems(2, SMALL.model_copy(update={"fresh_until": 1}))
    live.describe_items(np.array([0, 1], np.int32), ["Heat", "Heat 2"], [["Crime"], ["Crime"]])
    _take(live, ("ann", 1, 0))
    assert _scores(live, 0)["fresh"][1] > 0
    _take(live, ("bob", 1, 1))
    assert _scores(live, 0)["fresh"][1] == 0
    assert live.n_events(np.array([0, 1], np.int32)).tolist() == [0, 2]


def test_only_the_latest_items_put_are_fresh() -> None:
    live = LiveItems(6, SMALL.model_copy(update={"fresh_items": 2}))
    live.describe_items(np.arange(6, dtype=np.int32), [""] * 6, [["Crime"]] * 6)
    assert np.flatnonzero(_scores(live, 0)["fresh"]).tolist() == [4, 5]


def test_an_item_described_anew_is_found_by_its_new_words_only() -> None:
    live = LiveItems(3, SMALL)
    live.describe_items(np.arange(3, dtype=np.int32), ["", "", ""], [["a"], ["b"], ["a"]])
    live.describe_items(np.array([2], np.int32), [""], [["b"]])
    assert _scores(live, 0)["fresh"][2] == 0
    assert _scores(live, 1)["fresh"][2] > 0


def test_playing_on_after_a_pause_is_one_visit() -> None:
    once, thrice = LiveItems(2, SMALL), LiveItems(2, SMALL)
    _take(once, ("ann", 0, 0))
    _take(thrice, ("ann", 0, 0), ("ann", 0, 5), ("ann", 0, 9))
    assert once.n_taken == thrice.n_taken == 1
    _take(thrice, ("ann", 0, 7200))
    assert thrice.n_taken == 2


def test_late_events_count_what_they_would_have_counted() -> None:
    early, late = LiveItems(3, SMALL), LiveItems(3, SMALL)
    _take(early, ("ann", 0, 0), ("bob", 1, 3_000))
    _take(late, ("bob", 1, 3_000), ("ann", 0, 0))
    assert _scores(late)["recent"] == pytest.approx(_scores(early)["recent"], rel=1e-5)


def test_counts_survive_many_half_lives_and_questions_about_any_instant() -> None:
    live = LiveItems(3, SMALL)
    _take(live, ("ann", 0, 0), ("ann", 1, 5))
    _take(live, ("bob", 0, 400 * 86_400), ("bob", 2, 400 * 86_400 + 5))
    for after_s in (-(10**9), 0, 400 * 86_400, 10**10):
        for name, one in _scores(live, 0, after_s=after_s).items():
            assert np.isfinite(one).all(), name
            assert (one >= 0).all(), name
    then = _scores(live, 0, after_s=400 * 86_400 + 60)["next"]
    assert then[2] > 1000 * then[1]


def test_weak_ways_go_when_a_row_is_full_and_strong_ones_stay() -> None:
    live = LiveItems(600, SMALL.model_copy(update={"max_partners": 16, "max_streams": 1024}))
    for number in range(500):
        went = 1 if number % 2 else 2 + number
        _take(live, (f"p{number}", 0, number), (f"p{number}", went, number))
    arrays = live.to_arrays()
    assert arrays["row"][:, 1].max() == 16
    assert np.argmax(_scores(live, 0, after_s=500)["next"]) == 1


def test_pairs_and_streams_are_bounded_and_what_is_known_stays_right() -> None:
    tight = SMALL.model_copy(update={"max_pairs": 1024, "max_streams": 8})
    live, rng = LiveItems(2000, tight), np.random.default_rng(1)
    for at in range(50):
        live.take(
            rng.integers(1, 40, 100).astype(np.uint64),
            rng.integers(0, 2000, 100).astype(np.int32),
            np.full(100, NOON + at, np.int64),
        )
    arrays = live.to_arrays()
    assert len(arrays["cell_item"]) <= 1024
    assert len(arrays["stream"]) == 8
    row = arrays["row"].astype(np.int64)
    rows = row[row[:, 2] > 0]
    taken = np.concatenate([np.arange(start, start + room) for start, _, room in rows])
    assert len(taken) == len(set(taken.tolist()))
    assert (rows[:, 1] <= rows[:, 2]).all()


def test_sources_that_are_switched_off_are_not_asked() -> None:
    live = LiveItems(2, SMALL.model_copy(update={"sources": ("next",)}))
    assert list(_scores(live, 0)) == ["next"]
    assert tuple(_scores(LiveItems(2, SMALL), 0)) == LIVE_SOURCES


def test_a_prior_lets_a_slow_speed_answer_where_the_fast_one_saw_little() -> None:
    def shares(prior: float) -> NDArray[np.float32]:
        live = LiveItems(2, SMALL.model_copy(update={"recent_prior": prior}))
        _take(live, *[(f"old{one}", 0, 0) for one in range(100)], ("new", 1, 20_000))
        return _scores(live, after_s=20_000)["recent"]

    assert shares(0.001)[1] > shares(0.001)[0]
    assert shares(1000.0)[0] > 5 * shares(1000.0)[1]


def _record(n: int, seed: int) -> Interactions:
    rng = np.random.default_rng(seed)
    account = np.sort(rng.integers(0, 9, n)).astype(np.int32)
    order = rng.integers(NOON, NOON + 5_000_000, n)
    at_s = np.concatenate([np.sort(order[account == one]) for one in range(9)])
    item = rng.integers(0, 6, n).astype(np.int32)
    return Interactions(
        tuple(f"a{one}" for one in range(9)), 6, account, item, at_s, np.ones(n, np.bool_)
    )


def test_fitting_is_the_same_fold_over_the_newest_part_of_the_record() -> None:
    shelf, past = films(6, [("crime",)] * 6), _record(200, 3)
    chosen = SMALL.model_copy(update={"replay_days": 20.0})
    fitted = LiveItems.fit(past, shelf, chosen)
    by_hand = LiveItems(6, chosen)
    by_hand.describe_items(
        np.arange(6, dtype=np.int32),
        [f"{title} {text}" for title, text in zip(shelf.titles, shelf.texts, strict=True)],
        [shelf.tags_of(item) for item in range(6)],
    )
    order = np.argsort(past.at_s, kind="stable")
    is_older = past.at_s < past.at_s.max() - 20 * 86_400
    by_hand.remember(np.bincount(past.item[is_older], minlength=6))
    order = order[~is_older[order]]
    for row in order:
        by_hand.take(
            np.array([stream_of(past.account_ids[past.account[row]])], np.uint64),
            past.item[row : row + 1],
            past.at_s[row : row + 1],
        )
    assert fitted.n_taken == by_hand.n_taken > 50
    assert _bytes(fitted) == _bytes(by_hand)


def test_a_copy_takes_in_what_the_original_does_not() -> None:
    live = LiveItems(3, SMALL)
    live.describe_items(np.array([2], np.int32), ["Heat"], [("Crime",)])
    _take(live, ("ann", 0, 0), ("ann", 1, 60))
    before = _bytes(live)
    other = live.copy()
    assert _bytes(other) == before
    other.grow(5)
    other.describe_items(np.array([3], np.int32), ["Ronin"], [("Crime",)])
    _take(other, ("ann", 2, 120), ("bob", 4, 130))
    assert _bytes(live) == before
    _take(live, ("ann", 2, 120))
    assert _scores(live)["recent"][2] == pytest.approx(1 / 3, rel=0.01)
    assert _scores(other)["recent"][2] == pytest.approx(1 / 4, rel=0.01)


def test_an_item_with_a_long_past_is_not_fresh() -> None:
    live = LiveItems(3, SMALL)
    live.describe_items(np.arange(3, dtype=np.int32), ["", "", ""], [("war",)] * 3)
    live.remember(np.array([0, 1000, 0]))
    past = Histories.of_one(np.array([0], np.int32), np.array([10]))
    fresh = live.score(past, 20)["fresh"][0]
    assert fresh[1] == 0 < fresh[2]


def test_what_had_an_audience_before_the_days_that_are_replayed_is_not_fresh() -> None:
    past = record([(who, 0, NOON) for who in range(30)] + [(0, 1, NOON + 90 * DAY_S)], 3)
    live = LiveItems.fit(past, films(3, [("crime",)] * 3), SMALL)
    assert live.n_taken == 1
    assert live.n_events(np.arange(3, dtype=np.int32)).tolist() == [30, 1, 0]
    fresh = _scores(live, 1, after_s=90 * DAY_S)["fresh"]
    assert fresh[0] == 0
    assert fresh[2] > 0
    with pytest.raises(UnknownPosition):
        live.remember(np.ones(4, np.int64))


def test_events_that_say_no_interest_are_not_counted() -> None:
    dull = replace(_record(50, 4), is_interest=np.zeros(50, np.bool_))
    assert LiveItems.fit(dull, films(6), SMALL).n_taken == 0


def test_an_empty_record_and_catalogue_fit() -> None:
    nobody = record([], 0)
    live = LiveItems.fit(nobody, films(0), SMALL)
    assert live.score(_history(), NOON)["recent"].shape == (1, 0)
    live.grow(1)
    _take(live, ("ann", 0, 0))
    assert _scores(live)["recent"].tolist() == [1.0]


def test_unknown_positions_are_refused() -> None:
    live = LiveItems(2, SMALL)
    with pytest.raises(UnknownPosition):
        _take(live, ("ann", 2, 0))
    with pytest.raises(UnknownPosition):
        live.describe_items(np.array([-1], np.int32), [""], [[]])
    with pytest.raises(UnknownPosition):
        live.score(_history(5), NOON)
    assert live.n_taken == 0


def test_arrays_of_other_settings_or_of_nothing_are_refused() -> None:
    live = LiveItems(2, SMALL)
    _take(live, ("ann", 0, 0), ("ann", 1, 1))
    arrays = live.to_arrays()
    others: tuple[dict[str, Any], ...] = (
        {"half_lives_s": (60.0,)}, {"lag_weights": (1.0,)}, {"max_streams": 1000}
    )  # fmt: skip
    for update in others:
        with pytest.raises(LiveDamaged):
            LiveItems.from_arrays(arrays, SMALL.model_copy(update=update))
    with pytest.raises(LiveDamaged):
        LiveItems.from_arrays(arrays | {"row": arrays["row"].astype(np.int64) + 10**6}, SMALL)
    with pytest.raises(LiveDamaged):
        LiveItems.from_arrays(arrays | {"cell_item": np.full(8, 99, np.int32)}, SMALL)
    with pytest.raises(LiveDamaged):
        LiveItems.from_arrays(arrays | {"free": np.full(32, 99, np.int64)}, SMALL)


_CLICKS = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 7), st.integers(0, 200_000)), max_size=60
)


@settings(max_examples=40, deadline=None)
@given(clicks=_CLICKS, cuts=st.lists(st.integers(0, 60), max_size=4))
def test_batches_stored_halves_and_single_events_leave_the_same_bytes(
    clicks: list[tuple[int, int, int]], cuts: list[int]
) -> None:
    chosen = SMALL.model_copy(update={"max_partners": 4})
    stream = np.array([who for who, _, _ in clicks], np.uint64)
    item = np.array([what for _, what, _ in clicks], np.int32)
    at_s = np.array([NOON + at for _, _, at in clicks], np.int64)
    whole, parts = LiveItems(8, chosen), LiveItems(8, chosen)
    whole.take(stream, item, at_s)
    ends = sorted({min(cut, len(clicks)) for cut in cuts} | {len(clicks)})
    start = 0
    for end in ends:
        parts.take(stream[start:end], item[start:end], at_s[start:end])
        parts = LiveItems.from_arrays(parts.to_arrays(), chosen)
        start = end
    assert _bytes(whole) == _bytes(parts)
    for name, one in _scores(whole, 0, 1, 2, after_s=200_000).items():
        assert np.isfinite(one).all(), name
        assert (one >= 0).all(), name
        assert one.sum() <= 1.0 + 1e-4 or name == "fresh", name


def test_questions_while_events_come_never_see_half_a_row() -> None:
    live = LiveItems(64, SMALL.model_copy(update={"max_streams": 1024}))
    rng = np.random.default_rng(2)
    stop, bad = threading.Event(), []

    def ask() -> None:
        while not stop.is_set():
            try:
                scores = _scores(live, 1, 2, 3)
                if not all(np.isfinite(one).all() for one in scores.values()):
                    bad.append("not finite")
            except ValueError as error:
                bad.append(str(error))

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for one in asking:
        one.start()
    for at in range(30):
        live.grow(64 + 40 * at)
        live.take(
            rng.integers(1, 900, 300).astype(np.uint64),
            rng.integers(0, 64, 300).astype(np.int32),
            np.full(300, NOON + 60 * at, np.int64),
        )
    stop.set()
    for one in asking:
        one.join()
    assert not bad
