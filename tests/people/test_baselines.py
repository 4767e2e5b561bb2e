"""Plain household models on households whose persons are known, beside one person and an oracle."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as Oracle

from settee.people.baselines import GaussianMixture, KMeans, PlainMixture
from settee.people.baselines.columns import choose_size, softmax
from settee.people.baselines.gaussian import em, maximisation
from settee.people.baselines.kmeans import seed_centres, sweep
from settee.people.models import HouseholdModel
from settee.people.population import Population
from settee.people.rows import Rows

ALL = [KMeans(), GaussianMixture(), PlainMixture()]
each = pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)


def household(person: np.ndarray, seed: int = 0, *, devices: bool = True) -> Rows:
    """Person 0 watches crime on a telephone at 7, person 1 comedy on a television at 21."""
    rng = np.random.default_rng(seed)
    n = len(person)
    start = np.arange(n) * 40_000 + rng.integers(0, 3600, n)
    taste = np.where(person[:, None] == np.arange(3), 1.0, 0.1) + rng.random((n, 3)) * 0.1
    return Rows(
        start_s=start,
        end_s=start + 1800,
        hour=((7 + 14 * person + rng.normal(0, 1, n)) % 24).astype(np.float32),
        weekday=rng.integers(0, 7, n).astype(np.uint8),
        device=person.astype(np.int16) if devices else np.full(n, -1, np.int16),
        device_type=person.astype(np.int8),
        platform=np.zeros(n, np.int16),
        profile=np.full(n, -1, np.int16),
        duration_s=rng.lognormal(7 + person, 0.3).astype(np.float32),
        n_events=np.full(n, 3, np.int32),
        watched_s=np.full(n, 900, np.float32),
        n_items=np.ones(n, np.int32),
        taste=taste.astype(np.float32),
    )


TWO = np.random.default_rng(1).integers(0, 2, 80)
NOBODY_ELSE: Population = None  # type: ignore[assignment]  # these models know one household only


@each
@pytest.mark.parametrize("devices", [True, False])
def test_two_unlike_persons_are_found_where_one_person_is_at_chance(
    model: HouseholdModel, devices: bool
) -> None:
    fit = model.fit(household(TWO, devices=devices), NOBODY_ELSE, seed=3)
    assert purity(fit.responsibility.argmax(axis=1)) > 0.95
    assert purity(np.zeros_like(TWO)) < 0.6


def purity(found: np.ndarray) -> float:
    """Share of sessions that are of the person who has most of their group."""
    cells = np.zeros((found.max() + 1, 2))
    np.add.at(cells, (found, TWO), 1)
    return float(cells.max(axis=1).sum() / len(TWO))


def test_a_household_of_one_is_not_split_by_the_plain_mixture_of_habits() -> None:
    rows = household(np.zeros(60, np.int64))
    assert PlainMixture().fit(rows, NOBODY_ELSE, seed=3).responsibility.shape[1] == 1
    assert PlainMixture().fit(household(TWO), NOBODY_ELSE, seed=3).responsibility.shape[1] == 2


@each
def test_the_same_seed_gives_the_same_fit(model: HouseholdModel) -> None:
    one, two = (model.fit(household(TWO), NOBODY_ELSE, seed=5) for _ in range(2))
    assert one.score == two.score
    assert all((one.arrays[name] == two.arrays[name]).all() for name in one.arrays)


@each
def test_later_sessions_are_told_apart_by_the_fit_of_earlier_ones(model: HouseholdModel) -> None:
    fit = model.fit(household(TWO), NOBODY_ELSE, seed=3)
    later = household(TWO, seed=9)
    share = softmax(model.log_likelihood(fit.arrays, later, NOBODY_ELSE))
    assert purity(share.argmax(axis=1)) > 0.95
    strange = replace(later, device=np.full(len(later), 7, np.int16))
    assert np.isfinite(model.log_likelihood(fit.arrays, strange, NOBODY_ELSE)).all()


@each
@settings(max_examples=10, deadline=None)
@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_shares_sum_to_one_and_follow_from_the_arrays(
    model: HouseholdModel, n: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    rows = household(rng.integers(0, 2, n), seed)
    rows = replace(rows, device=rng.integers(-1, 3, n).astype(np.int16))
    fit = model.fit(rows, NOBODY_ELSE, seed)
    assert fit.responsibility.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    again = softmax(model.log_likelihood(fit.arrays, rows, NOBODY_ELSE))
    assert again == pytest.approx(fit.responsibility, abs=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_the_mixture_of_gaussians_is_that_of_scikit_learn(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.concatenate([rng.normal(m, 1, (30, 3)) for m in range(3)])
    share = rng.dirichlet(np.ones(k), len(x))
    log_weight, mean, variance = np.empty(k), np.empty((k, 3)), np.empty((k, 3))
    maximisation(x, share, 0.01, log_weight, mean, variance)
    oracle = Oracle(
        k, covariance_type="diag", reg_covar=0.01, tol=0.0, max_iter=10,
        weights_init=np.exp(log_weight) / np.exp(log_weight).sum(), means_init=mean,
        precisions_init=1 / variance,
    )  # fmt: skip
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        oracle.fit(x)  # ten steps are compared, not where they lead
    likelihood, _, found, spread = em(x, share, 0.01, -np.inf, 11)
    assert likelihood / len(x) == pytest.approx(oracle.score(x))
    assert found == pytest.approx(oracle.means_, abs=1e-6)
    assert spread == pytest.approx(oracle.covariances_, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_every_session_is_of_its_nearest_centre(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(20, 2))
    centres = seed_centres(x, rng.random(k))
    labels = sweep(x, centres, 2, 0.0)
    distance = ((x[:, None, :] - centres) ** 2).sum(axis=2)
    assert (labels == distance.argmin(axis=1)).all()


def test_a_centre_without_a_least_rate_is_the_mean_of_its_sessions() -> None:
    x = np.random.default_rng(0).normal(size=(50, 2))
    still, moving = x[:1].copy(), x[:1].copy()
    sweep(x, still, 1, 0.0)
    sweep(x, moving, 1, 0.5)
    assert still[0] == pytest.approx(x.mean(axis=0))
    assert np.abs(moving[0] - x[-1]).sum() < np.abs(still[0] - x[-1]).sum()


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (KMeans(), {"n_max": 1}),
        (KMeans(), {"restarts": 1}),
        (KMeans(), {"n_passes": 1}),
        (KMeans(), {"least_rate": 0.3}),
        (GaussianMixture(), {"n_max": 1}),
        (GaussianMixture(), {"restarts": 1}),
        (GaussianMixture(), {"added": 1.0}),
        (GaussianMixture(), {"tolerance": 1.0}),
        (GaussianMixture(), {"n_steps": 1}),
        (PlainMixture(), {"n_max": 1}),
        (PlainMixture(), {"restarts": 1}),
        (PlainMixture(), {"tolerance": 1.0}),
        (PlainMixture(), {"n_steps": 1}),
        (PlainMixture(), {"priors": (2.0, 2.0, 2.0, 2.0)}),
        (PlainMixture(), {"n_free": 60.0}),
    ],
    ids=str,
)
def test_every_setting_changes_a_fit(model: HouseholdModel, change: dict[str, object]) -> None:
    other = replace(model, **change)  # type: ignore[type-var]  # all are dataclasses
    homes = [blurred(seed) for seed in range(6)]
    plain = [model.fit(rows, NOBODY_ELSE, seed=2).score for rows in homes]
    assert plain != [other.fit(rows, NOBODY_ELSE, seed=2).score for rows in homes]


def blurred(seed: int) -> Rows:
    """Three persons with much in common."""
    rng = np.random.default_rng(seed)
    person = rng.integers(0, 3, 60)
    return replace(
        household(person % 2, seed),
        hour=((7 * person + rng.normal(0, 3, 60)) % 24).astype(np.float32),
        device=np.where(rng.random(60) < 0.7, person, rng.integers(0, 3, 60)).astype(np.int16),
        duration_s=rng.lognormal(7 + person / 2, 0.7).astype(np.float32),
    )


def test_two_sizes_in_a_row_that_bring_nothing_end_the_search() -> None:
    asked = []

    def fit_size(k: int) -> tuple[float, dict[str, np.ndarray]]:
        asked.append(k)
        return -abs(k - 2.0), {"k": np.array(k)}

    assert choose_size(fit_size, 8)[1]["k"] == 2
    assert asked == [1, 2, 3, 4]
