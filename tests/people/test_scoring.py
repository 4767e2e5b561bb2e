"""Figures of small households whose answer is known, and laws of any."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.people.scoring import PeopleAnswers, PeopleScore, PeopleTruth, judged_from, score_people


def told(probability: list[list[float]], **changes: object) -> PeopleAnswers:
    n = len(probability)
    base = {
        "account": np.zeros(n, np.int64),
        "probability": np.array(probability, float),
        "is_together": np.zeros(n, bool),
        "is_unsure": np.zeros(n, bool),
    }
    return PeopleAnswers(**{**base, **changes})  # type: ignore[arg-type]  # columns by name


def truth(present: list[list[int]], **changes: object) -> PeopleTruth:
    n = len(present)
    base = {
        "is_present": np.array(present, bool),
        "is_guest": np.zeros(n, bool),
        "is_together": np.zeros(n, bool),
        "is_judged": np.ones(n, bool),
    }
    return PeopleTruth(**{**base, **changes})  # type: ignore[arg-type]  # columns by name


def values(found: PeopleScore) -> dict[str, float]:
    return {name: one.value for name, one in found.estimates().items() if one is not None}


def plain(said: PeopleAnswers, so: PeopleTruth) -> dict[str, float]:
    return values(score_people(said, so, n_resamples=0))


ANN, BOB = [1, 0], [0, 1]
FIRST, SECOND = [1.0, 0.0], [0.0, 1.0]


def test_two_told_apart_everywhere_score_one_under_any_names() -> None:
    found = plain(told([SECOND, FIRST, SECOND]), truth([ANN, BOB, ANN]))
    assert found["accuracy"] == found["adjusted_rand"] == found["size_exact"] == 1
    assert found["brier"] == found["calibration_error"] == 0


def test_calling_everything_one_person_scores_the_greatest_share() -> None:
    found = plain(told([FIRST] * 4), truth([ANN, BOB, ANN, BOB]))
    assert found["accuracy"] == 0.5
    assert found["adjusted_rand"] == found["size_exact"] == 0
    assert found["size_within_one"] == 1
    assert found["size_excess"] == -1
    assert found["brier"] == pytest.approx(1.0)  # half the sessions 0, half 2: sure and wrong


def test_one_person_found_twice_gets_half() -> None:
    found = plain(told([FIRST, SECOND, FIRST, SECOND]), truth([[1]] * 4))
    assert found["accuracy"] == 0.5
    assert found["size_excess"] == 1


def test_persons_of_two_households_never_meet() -> None:
    said = told([FIRST, FIRST, FIRST, FIRST], account=np.array([0, 0, 1, 1]))
    found = plain(said, truth([ANN, ANN, BOB, BOB]))
    assert found["accuracy"] == 1


def test_a_session_together_is_right_with_any_of_those_present() -> None:
    so = truth([ANN, BOB, [1, 1]], is_together=np.array([False, False, True]))
    assert plain(told([FIRST, SECOND, FIRST]), so)["accuracy"] == 1
    assert plain(told([FIRST, SECOND, SECOND]), so)["accuracy"] == 1
    assert plain(told([FIRST, SECOND, SECOND]), so)["brier"] == 0  # of one person only


def test_a_guest_does_not_count_for_accuracy() -> None:
    so = truth([ANN, BOB, [0, 0]], is_guest=np.array([False, False, True]))
    found = plain(told([FIRST, SECOND, [0.3, 0.2]]), so)
    assert found["accuracy"] == 1
    assert found["guest_auc"] == 1


def test_sessions_before_the_judged_ones_only_serve_the_stricter_matching() -> None:
    judged = np.array([False, False, True, True])
    so = truth([ANN, BOB, ANN, BOB], is_judged=judged)
    swapped = told([FIRST, SECOND, SECOND, FIRST])
    assert plain(swapped, so)["accuracy"] == 1
    assert plain(swapped, so)["accuracy_earlier"] == 0
    assert plain(told([FIRST, SECOND, FIRST, SECOND]), so)["accuracy_earlier"] == 1


def test_nobody_named_is_never_right() -> None:
    found = plain(told([[0.0, 0.0], [0.0, 1.0]]), truth([ANN, BOB]))
    assert found["accuracy"] == 0.5
    assert plain(told([[], []]), truth([ANN, BOB]))["accuracy"] == 0


def test_together_is_judged_beside_every_television() -> None:
    so = truth(
        [ANN, [1, 1], [1, 1], BOB],
        is_together=np.array([False, True, True, False]),
        is_tv=np.array([True, True, True, True]),
    )
    said = told([FIRST, FIRST, FIRST, SECOND], is_together=np.array([False, True, False, False]))
    found = plain(said, so)
    assert found["together_precision"] == 1
    assert found["together_recall"] == 0.5
    assert found["together_f1"] == found["together_f1_tv"] == pytest.approx(2 / 3)


def test_what_cannot_be_judged_is_left_out() -> None:
    found = plain(told([FIRST, FIRST]), truth([ANN, ANN]))
    assert "guest_auc" not in found
    assert "together_f1" not in found
    assert "together_f1_tv" not in found


def test_dont_know_is_counted_and_left_out_of_sure_accuracy() -> None:
    said = told([FIRST, SECOND, FIRST], is_unsure=np.array([False, False, True]))
    found = plain(said, truth([ANN, BOB, BOB]))
    assert found["accuracy_when_sure"] == 1
    assert found["coverage_when_sure"] == pytest.approx(2 / 3)


def test_the_most_confident_four_fifths_are_judged() -> None:
    said = told([FIRST, FIRST, SECOND, SECOND, [0.4, 0.6]])
    found = plain(said, truth([ANN, ANN, BOB, BOB, ANN]))
    assert found["accuracy"] == 0.8
    assert found["accuracy_at_80"] == 1


def test_confidence_of_six_tenths_that_is_always_right_is_four_tenths_off() -> None:
    found = plain(told([[0.6, 0.4], [0.4, 0.6]]), truth([ANN, BOB]))
    assert found["calibration_error"] == pytest.approx(0.4)


def test_an_empty_answer_has_no_figure() -> None:
    found = score_people(_nothing(), _no_truth())
    assert found.n_sessions == found.n_households == 0
    assert not values(found)


def _nothing() -> PeopleAnswers:
    no = np.zeros(0, bool)
    return PeopleAnswers(np.zeros(0, np.int64), np.zeros((0, 2)), no, no)


def _no_truth() -> PeopleTruth:
    no = np.zeros(0, bool)
    return PeopleTruth(np.zeros((0, 2), bool), no, no, no)


def test_answers_without_truth_are_refused() -> None:
    with pytest.raises(ValueError, match="1 answers and 0 truths"):
        score_people(told([FIRST]), _no_truth())


def test_the_last_quarter_of_the_days_is_judged() -> None:
    assert judged_from(np.array([100, 500, 300])) == 400


def some_world(seed: int, n: int = 300) -> tuple[PeopleAnswers, PeopleTruth]:
    rng = np.random.default_rng(seed)
    account = rng.integers(0, 12, n)
    probability = rng.dirichlet(np.full(4, 0.5), n)[:, :3]
    person = rng.integers(0, 3, n)
    present = np.eye(3, dtype=bool)[person]
    present[rng.random(n) < 0.2, 0] = True
    said = PeopleAnswers(account, probability, rng.random(n) < 0.3, rng.random(n) < 0.3)
    is_guest = rng.random(n) < 0.1
    many = present.sum(axis=1) > 1
    return said, PeopleTruth(present, is_guest, many, rng.random(n) < 0.5, rng.random(n) < 0.5)


@given(st.integers(0, 2**32 - 1))
def test_order_of_sessions_and_of_persons_do_not_matter(seed: int) -> None:
    said, so = some_world(seed)
    rng = np.random.default_rng(seed)
    rows, found, true = rng.permutation(len(said.account)), rng.permutation(3), rng.permutation(3)
    other = PeopleAnswers(
        said.account[rows] * 7 + 1,
        said.probability[rows][:, found],
        said.is_together[rows],
        said.is_unsure[rows],
    )
    shuffled = PeopleTruth(
        so.is_present[rows][:, true],
        so.is_guest[rows],
        so.is_together[rows],
        so.is_judged[rows],
        so.is_tv[rows] if so.is_tv is not None else None,
    )
    # The stricter matching may break ties differently.
    leave = {"accuracy_earlier", "brier", "calibration_error", "accuracy_at_80"}
    leave |= {"accuracy_when_sure"}
    one, two = plain(said, so), plain(other, shuffled)
    for name in one.keys() - leave:
        assert one[name] == pytest.approx(two[name]), name


def test_an_interval_holds_its_figure_and_the_same_seed_draws_it_again() -> None:
    said, so = some_world(3)
    one = score_people(said, so, rng=np.random.default_rng(1))
    assert one == score_people(said, so, rng=np.random.default_rng(1))
    for name, figure in one.estimates().items():
        assert figure is not None, name
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.high
        if name != "calibration_error":  # noise only adds to it, so resamples lie above
            assert figure.low <= figure.value <= figure.high, name
