"""BG/NBD and Pareto/NBD: against the figures of lifetimes 0.11.3, and against plain sums."""

import numpy as np
import pytest
from numpy.typing import NDArray

from settee.audiences.bgnbd import BgNbd
from settee.audiences.pareto_nbd import ParetoNbd
from settee.audiences.purchases import DAY_S, PurchaseLog, Purchases, TooFewPurchases

Column = NDArray[np.float64]
X = np.array([0.0, 0.0, 1.0, 3.0, 12.0, 40.0])
T_X = np.array([0.0, 0.0, 30.0, 200.0, 250.0, 100.0])
AGE = np.array([20.0, 270.0, 100.0, 260.0, 270.0, 300.0])
BG_ALIVE = [
    1.0,
    1.0,
    0.5354706731857464,
    0.7267271979694152,
    0.8840543023223852,
    4.971461756846974e-15,
]
BG_EXPECTED = [
    0.3479277008883227,
    0.07105846832422263,
    0.40032558376726257,
    0.6727428292725617,
    2.940804390619539,
    4.949548556428958e-14,
]
BG_LIKELIHOOD = [
    -0.11844608802141032,
    -0.5543063110107221,
    -6.29384253513119,
    -18.287666197535835,
    -53.60102789663405,
    -95.95897745719232,
]
PARETO = [
    (
        (0.6, 80.0, 0.55, 67.0),
        [
            0.8578854583225001,
            0.28773910453925183,
            0.6485241169001047,
            0.8533183658053143,
            0.9516248791201922,
            3.0162533667869788e-12,
        ],
        [
            0.3747614988009171,
            0.041519017581475845,
            0.4579886671905894,
            0.7590805664036974,
            2.8835883574427315,
            2.7262466332952197e-11,
        ],
        [
            0.2293200172040415,
            0.034662288006714226,
            0.2789538262066744,
            0.45998050044224004,
            0.8657298266911579,
            2.9740654383658693e-12,
        ],
        [
            -0.1242699685190054,
            -0.5283074864882256,
            -6.259600173376475,
            -18.15357337501133,
            -53.43457358584197,
            -104.5062426438942,
        ],
    ),
    (
        (0.6, 40.0, 0.55, 67.0),
        [
            0.8511263067430359,
            0.25383046620462446,
            0.6073884308444271,
            0.8459427598327363,
            0.9489973676324357,
            1.3022017275302765e-14,
        ],
        [
            0.6196813480741706,
            0.0413521675620879,
            0.5514924681492371,
            0.852855432406695,
            3.246675128210607,
            1.315467943622189e-13,
        ],
        [
            0.30529592140432626,
            0.03381487794854987,
            0.30138424025509636,
            0.4890378073481023,
            0.87991694988724,
            1.2878587085651816e-14,
        ],
        [
            -0.22575284959242037,
            -0.7459916863491696,
            -6.2078547100720165,
            -18.11019335767812,
            -52.318550198095465,
            -94.96124099503845,
        ],
    ),
]


def known(x: Column = X, t_x: Column = T_X, age: Column = AGE) -> Purchases:
    nothing = np.zeros(len(x))
    return Purchases(np.arange(len(x)), x, t_x, age, nothing, nothing, np.zeros((len(x), 2)), 0.0)


def bought(model: str, seed: int = 3, n: int = 4_000) -> PurchaseLog:
    """A world whose people live as the model says: day 0 to 300."""
    rng = np.random.default_rng(seed)
    units, days = [], []
    for unit in range(n):
        rate = rng.gamma(0.5) / 20.0
        stop = rng.exponential() / (rng.gamma(0.8) / 60.0) if model == "pareto" else np.inf
        p, day = rng.beta(0.8, 2.5), float(rng.integers(0, 60))
        begun = day
        while day < 300.0 and day - begun < stop:
            units.append(unit)
            days.append(day)
            if model == "bg" and len(units) > 1 and units[-2] == unit and rng.random() < p:
                break
            day += rng.exponential() / rate
    return PurchaseLog.of(np.array(units), np.array(days) * DAY_S)


def test_bg_nbd_says_what_lifetimes_says() -> None:
    # BetaGeoFitter of lifetimes 0.11.3 with params_ r .25, alpha 33, a .75, b 2.2
    model = BgNbd(0.25, 33.0, 0.75, 2.2)
    assert model.p_alive(known()) == pytest.approx(BG_ALIVE, rel=1e-9)
    assert model.expected(known(), 90.0) == pytest.approx(BG_EXPECTED, rel=1e-8)
    assert model.log_likelihood(known()) == pytest.approx(BG_LIKELIHOOD, rel=1e-10)


def test_pareto_nbd_says_what_lifetimes_says() -> None:
    for numbers, alive, expected, active, likelihood in PARETO:
        model = ParetoNbd(*numbers)
        assert model.p_alive(known()) == pytest.approx(alive, rel=1e-7, abs=1e-15)
        assert model.expected(known(), 90.0) == pytest.approx(expected, rel=1e-7, abs=1e-15)
        assert model.p_active(known(), 90.0) == pytest.approx(active, rel=1e-6, abs=1e-12)
        assert model.log_likelihood(known()) == pytest.approx(likelihood, rel=1e-9)


def test_what_is_foretold_is_the_sum_over_many_imagined_lives() -> None:
    rng = np.random.default_rng(5)
    one = known(np.array([2.0]), np.array([60.0]), np.array([100.0]))
    model = ParetoNbd(0.8, 40.0, 0.9, 80.0)
    n = 400_000
    rate, stop = rng.gamma(0.8 + 2.0, 1.0 / 140.0, n), rng.gamma(0.9, 1.0 / 180.0, n)
    life = np.minimum(rng.exponential(size=n) / stop, 50.0)
    alive = float(model.p_alive(one)[0])
    assert model.expected(one, 50.0)[0] == pytest.approx(alive * (rate * life).mean(), rel=0.01)
    some = alive * (-np.expm1(-rate * life)).mean()
    assert model.p_active(one, 50.0)[0] == pytest.approx(some, rel=0.01)


def test_bg_nbd_expects_what_the_integral_over_chances_of_stopping_gives_also_where_a_is_one() -> (
    None
):
    for a in (0.6, 1.0, 1.0 + 1e-9, 3.0):
        model = BgNbd(0.4, 30.0, a, 2.0)
        p = (np.arange(200_000) + 0.5) / 200_000
        weight = p ** (a - 1.0) * (1.0 - p) ** (2.0 + X[3] - 1.0)
        left = 30.0 + AGE[3]
        per_p = (1.0 - (left / (left + 90.0 * p)) ** (0.4 + X[3])) / p
        expected = model.p_alive(known())[3] * float(weight @ per_p / weight.sum())
        assert model.expected(known(), 90.0)[3] == pytest.approx(expected, rel=2e-3)


def test_five_hundred_purchases_and_ages_of_years_stay_finite() -> None:
    far = known(
        np.array([500.0, 0.0, 3.0]), np.array([3000.0, 0.0, 1e-3]), np.array([3001.0, 9000.0, 1e4])
    )
    for model in (BgNbd(0.25, 4.0, 0.75, 2.2), ParetoNbd(0.6, 1.0, 0.55, 900.0)):
        for values in (model.p_alive(far), model.p_active(far, 365.0), model.expected(far, 365.0)):
            assert np.isfinite(values).all()
            assert (values >= 0).all()


def test_the_fit_finds_the_model_that_made_the_world_and_foretells_better_than_the_mean() -> None:
    log = bought("pareto")
    now, later = 200.0 * DAY_S, 300.0 * DAY_S
    past = log.until(now)
    truth = log.bought(past.unit, now, later)
    told = ParetoNbd.fit(past).p_active(past, 100.0)
    told_bg = BgNbd.fit(past).p_active(past, 100.0)
    mean = np.full(past.n, truth.mean())
    for guess in (told, told_bg):
        assert log_loss(truth, guess) < 0.85 * log_loss(truth, mean)
    assert told.mean() == pytest.approx(truth.mean(), abs=0.03)
    assert log_loss(truth, told) < log_loss(truth, told_bg)


def test_bg_nbd_fits_its_own_world_better_than_pareto_nbd_does() -> None:
    past = bought("bg").until(200.0 * DAY_S)
    own, other = BgNbd.fit(past), ParetoNbd.fit(past)
    assert own.log_likelihood(past).sum() > other.log_likelihood(past).sum()


def test_the_penalty_keeps_the_numbers_small() -> None:
    past = bought("bg", n=500).until(200.0 * DAY_S)
    free, held = BgNbd.fit(past), BgNbd.fit(past, penalty=0.1)
    assert held.b < free.b


def test_nobody_who_came_back_is_an_error_and_not_a_model() -> None:
    with pytest.raises(TooFewPurchases, match="0 units bought on two days"):
        BgNbd.fit(known(np.zeros(50), np.zeros(50), np.full(50, 9.0)))


def log_loss(truth: NDArray[np.bool_], p: Column) -> float:
    return float(-np.where(truth, np.log(p), np.log1p(-p)).mean())
