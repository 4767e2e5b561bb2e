import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from settee.people.mixture import APART, Held, Mixture, apart, evidence_of
from settee.people.models import HouseholdModel
from settee.people.rows import Places, Rows
from tests.people.homes import ANN, BOB, Dweller, agreement, home, known

MODEL = Mixture()


def encoded(dwellers: list[Dweller], n_days: int, seed: int = 1) -> tuple[Rows, NDArray[np.int64]]:
    sessions, who = home(dwellers, n_days, seed)
    return known().encode(sessions, Places()), who


def fitted(rows: Rows, model: Mixture = MODEL) -> NDArray[np.float32]:
    return model.fit(rows, known(), 7).responsibility


def test_two_with_their_own_devices_and_hours_are_told_apart() -> None:
    rows, who = encoded([ANN, BOB], 20)
    share = fitted(rows)
    assert share.shape[1] == 2
    assert agreement(share.argmax(axis=1).tolist(), who) == 1.0


def test_hours_and_titles_tell_apart_where_devices_are_unknown() -> None:
    rows, who = encoded([ANN, BOB], 30)
    hidden = replace(rows, device=np.full(len(rows), -1, np.int16),
                     device_type=np.full(len(rows), -1, np.int8))  # fmt: skip
    share = fitted(hidden)
    assert share.shape[1] == 2
    assert agreement(share.argmax(axis=1).tolist(), who) == 1.0


def test_one_person_stays_one() -> None:
    assert fitted(encoded([BOB], 40)[0]).shape[1] == 1


def test_three_are_three() -> None:
    rows, who = encoded([ANN, BOB, Dweller("phone", 14.0, "anime", "mobile")], 20)
    share = fitted(rows)
    assert share.shape[1] == 3
    assert agreement(share.argmax(axis=1).tolist(), who) == 1.0


def test_somebody_on_two_devices_at_once_is_two_persons() -> None:
    start = np.arange(10, dtype=np.int64) // 2 * 86_400
    device = np.arange(10).astype(np.int16) % 2
    assert apart(start, start + 3600, device).tolist() == [1.0, *[APART, 1.0] * 4, APART]
    assert (apart(start, start + 3600, 0 * device) == 1.0).all()
    alike = Dweller("tv", 20.0, "drama", "tv", spread=0.1)
    rows, who = encoded([alike, replace(alike, device="tablet", device_type="tablet")], 25)
    share = fitted(rows)
    assert share.shape[1] == 2
    assert agreement(share.argmax(axis=1).tolist(), who) > 0.95


def test_the_same_devices_one_after_the_other_are_one_person() -> None:
    early = Dweller("tv", 18.0, "drama", "tv", spread=0.3)
    late = Dweller("tablet", 20.0, "drama", "tablet", spread=0.3)
    one, two = encoded([early, late], 25)[0], encoded([early, replace(late, hour=18.0)], 25)[0]
    ratio = [evidence_of(known().symbols(rows), rows).ratio for rows in (one, two)]
    assert (ratio[0] == 1.0).all()
    assert (ratio[1] < 1).sum() >= 25


def test_most_persons_are_never_passed() -> None:
    rows, _ = encoded([ANN, BOB, Dweller("phone", 14.0, "anime", "mobile")], 20)
    for most in (1, 2):
        assert fitted(rows, Mixture(most=most)).shape[1] == most


def test_the_same_seed_finds_the_same_persons() -> None:
    rows, _ = encoded([ANN, BOB], 15)
    assert np.array_equal(fitted(rows), fitted(rows))


def test_without_sessions_nobody_is_found() -> None:
    rows, _ = encoded([ANN], 1)
    none = evidence_of(known().symbols(rows), rows)
    none = replace(none, symbols=none.symbols.take(slice(0, 0)))
    share, score = MODEL.find(none, known(), 7, n_least=2)
    assert share.shape == (0, 3)
    assert score == 0.0


def test_what_was_told_of_a_session_is_not_changed_by_a_fit() -> None:
    rows, who = encoded([ANN, BOB], 12)
    evidence = evidence_of(known().symbols(rows), rows)
    penalty = np.zeros((len(rows), 4))  # Ann, Bob, all others, a guest
    share = np.zeros((len(rows), 3))
    for row, one in ((0, 1), (1, 0), (2, 2)):  # the wrong way round, and a guest
        penalty[row] = -1e4
        penalty[row, one if one < 2 else 3] = 0.0
        share[row, one] = 1.0
    counts = MODEL.counts(evidence.symbols, share, known())
    found, _ = MODEL.find(replace(evidence, held=Held(counts, penalty)), known(), 7, n_least=2)
    assert found[[0, 1], [1, 0]].min() > 0.99
    assert found[2, -1] > 0.99
    assert evidence.penalty(3).tolist() == np.zeros((len(rows), 4)).tolist()
    assert np.unique(who).tolist() == [0, 1]


def test_who_had_a_session_has_the_best_likelihood_of_it() -> None:
    rows, _ = encoded([ANN, BOB], 20)
    fit = MODEL.fit(rows, known(), 7)
    like = MODEL.log_likelihood(fit.arrays, rows, known())
    assert like.shape == (len(rows), 2)
    assert (like.argmax(axis=1) == fit.responsibility.argmax(axis=1)).all()


def test_more_important_sessions_count_more() -> None:
    rows, _ = encoded([ANN], 4)
    symbols = known().symbols(rows)
    share = np.tile([1.0, 0.0], (len(rows), 1))
    whole = MODEL.counts(symbols, share, known())
    half = MODEL.counts(symbols, share, known(), np.full(len(rows), 0.5))
    assert half == pytest.approx(whole / 2)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n_days=st.integers(1, 12), n_people=st.integers(1, 5))
def test_shares_of_any_number_of_persons_sum_to_one(seed: int, n_days: int, n_people: int) -> None:
    rows, _ = encoded([ANN, BOB], n_days, seed)
    evidence = evidence_of(known().symbols(rows), rows)
    share, score = MODEL.vote(evidence, known(), n_people, seed)
    assert share.shape == (len(rows), n_people + 1)
    assert share.sum(axis=1) == pytest.approx(np.ones(len(rows)))
    assert (share >= 0).all()
    assert np.isfinite(score)


def test_probabilities_of_symbols_sum_to_one_in_each_channel() -> None:
    rows, _ = encoded([ANN, BOB], 5)
    share = np.full((len(rows), 3), 1 / 3)
    table = MODEL.log_table(MODEL.counts(known().symbols(rows), share, known()), known())
    bounds = known().offsets
    for first, last in itertools.pairwise(bounds.tolist()):
        assert np.exp(table[:-1, first:last]).sum(axis=1) == pytest.approx([1.0, 1.0])


def test_persons_without_sessions_are_expected_to_be_even() -> None:
    half = (1 - MODEL.guest) / 2
    assert MODEL.mix(np.zeros(2)) == pytest.approx([half, half, MODEL.guest])
    assert MODEL.mix(np.array([90.0, 0.0]))[0] > 0.9


def test_our_own_model_is_a_household_model() -> None:
    model: HouseholdModel = MODEL
    assert model.name == "mixture"
    assert model.fit(encoded([ANN, BOB], 10)[0], known(), 7).score < 0
