"""Laws that every model of a household keeps."""

import numpy as np
import pytest
from numpy.typing import NDArray

from settee.people import HouseholdModel, Mixture
from settee.people.baselines import GaussianMixture, KMeans, PlainMixture
from settee.people.rows import Places, Rows
from tests.people.homes import ANN, BOB, home, known

MODELS: tuple[HouseholdModel, ...] = (Mixture(), KMeans(), GaussianMixture(), PlainMixture())
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda one: one.name)


def couple(n_days: int = 15) -> tuple[Rows, NDArray[np.int64]]:
    sessions, who = home([ANN, BOB], n_days)
    return known().encode(sessions, Places()), who


@every_model
def test_shares_of_a_session_sum_to_one_or_leave_a_guest(model: HouseholdModel) -> None:
    rows, _ = couple()
    share = model.fit(rows, known(), 7).responsibility
    assert share.shape[0] == len(rows)
    assert (share >= 0).all()
    assert (share.sum(axis=1) <= 1 + 1e-4).all()


@every_model
def test_further_sessions_have_a_likelihood_for_each_person(model: HouseholdModel) -> None:
    rows, _ = couple()
    fit = model.fit(rows, known(), 7)
    like = model.log_likelihood(fit.arrays, rows, known())
    assert like.shape == fit.responsibility.shape
    assert np.isfinite(like).all()


@every_model
def test_the_same_seed_gives_the_same_fit(model: HouseholdModel) -> None:
    rows, _ = couple()
    one, other = (model.fit(rows, known(), 7) for _ in range(2))
    assert np.array_equal(one.responsibility, other.responsibility)
    assert one.score == other.score


def test_names_are_their_own() -> None:
    assert len({one.name for one in MODELS}) == len(MODELS)
