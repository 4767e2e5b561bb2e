from dataclasses import replace

import numpy as np
import pytest

from settee.candidates import SOURCES
from settee.candidates.als import Als
from settee.candidates.als_sweep import block_rows, descend_rows, solve_row, solve_rows
from settee.candidates.als_train import ridge_of, settled, turn, unobserved_of
from settee.candidates.histories import read_only
from settee.candidates.matrix import Cells, wanted
from settee.core import SourceSettings
from settee.events import Histories
from tests.candidates.world import baskets, crowd, dense, films, of_items, record

SMALL = {"als_factors": 6, "als_threads": 1, "als_l2": 0.05, "als_sweeps": 4}


def fit(events, **settings):
    chosen = SourceSettings(**(SMALL | settings))
    return Als.fit(events, films(events.n_items), chosen)


def everybody(n_items):
    return of_items(*([a, b] for a in range(n_items) for b in range(a)))


def problem(seed, n_rows=9, n_columns=12, d=5):
    """Rows of cells, vectors whose Gram matrix is diagonal, and what all solvers are given."""
    rng = np.random.default_rng(seed)
    cells = wanted(crowd(seed, n_rows, n_columns), 100)
    vectors = np.linalg.qr(rng.standard_normal((n_columns, d)))[0] * rng.uniform(0.5, 2, d)
    vectors = vectors.astype(np.float32)
    unseen = (0.3 * np.diag(vectors.T @ vectors)).astype(np.float32)
    own = rng.uniform(0.1, 2.0, n_rows).astype(np.float32)
    value = rng.uniform(0.2, 1.5, len(cells.index)).astype(np.float32)
    columns = (cells.indptr, cells.index, value, vectors, unseen, own)
    return tuple(read_only(column) for column in columns)


def closed_form(indptr, index, value, vectors, unseen, own):
    """Equation 4 of Hu et al. (2008) in float64, one row after the other."""
    out = []
    for row in range(len(own)):
        span = slice(indptr[row], indptr[row + 1])
        v, a = vectors[index[span]].astype(float), value[span].astype(float)
        matrix = v.T @ (v * a[:, None]) + np.diag(unseen.astype(float)) + own[row] * np.eye(5)
        out.append(np.linalg.solve(matrix, v.T @ a))
    return np.array(out)


@pytest.mark.parametrize("seed", range(3))
def test_every_solver_comes_to_the_closed_form(seed):
    given = problem(seed)
    expected = closed_form(*given)
    answers = [np.zeros(expected.shape, np.float32) for _ in range(4)]
    solve_rows(*given, answers[0])
    descend_rows(*given, answers[1], 30, np.float32(1e-7))
    block_rows(*given, answers[2], 5)
    for _ in range(60):
        block_rows(*given, answers[3], 2)
    for answer in answers:
        assert np.allclose(answer, expected, atol=2e-5)


def test_a_row_of_more_cells_than_coordinates_is_solved_alike():
    rng = np.random.default_rng(4)
    v, weight = rng.standard_normal((9, 3)).astype(np.float32), np.full(9, 0.5, np.float32)
    ridge = np.array([0.1, 2.0, 1.0], np.float32)
    short = solve_row(np.hstack([v, np.zeros((9, 20), np.float32)]), weight, np.full(23, 1.0))
    long = solve_row(v, weight, ridge)
    assert np.allclose(long, np.linalg.solve(v.T @ v / 2 + np.diag(ridge), v.sum(0) / 2), atol=1e-5)
    assert np.allclose(short[:3], solve_row(v, weight, np.full(3, 1.0)), atol=1e-5)


def test_each_step_and_each_block_lessens_what_is_to_be_lessened():
    given = problem(7)
    indptr, index, value, vectors, unseen, own = given

    def loss(w):
        rest = sum(
            (value[c] * (1 - w[r] @ vectors[index[c]]) ** 2)
            for r in range(len(own))
            for c in range(indptr[r], indptr[r + 1])
        )
        return rest + (w**2 @ unseen).sum() + (own * (w**2).sum(axis=1)).sum()

    steps, blocks = np.zeros((9, 5), np.float32), np.zeros((9, 5), np.float32)
    losses = [loss(steps)]
    for _ in range(3):
        descend_rows(*given, steps, 1, np.float32(0))
        block_rows(*given, blocks, 2)
        losses.append(loss(steps))
    assert losses[3] < losses[2] < losses[1] < losses[0]
    assert loss(blocks) < losses[1]


def test_turning_keeps_products_and_makes_the_gram_diagonal():
    rng = np.random.default_rng(0)
    one = rng.standard_normal((20, 4)).astype(np.float32)
    other = rng.standard_normal((9, 4)).astype(np.float32)
    turned = turn(one, other, 0.5)
    assert np.allclose(turned.vectors @ turned.others.T, one @ other.T, atol=1e-5)
    gram = turned.vectors.T @ turned.vectors
    assert np.allclose(0.5 * gram, np.diag(turned.unseen), atol=1e-5)
    assert (np.diff(turned.unseen) <= 0).all()


def test_the_ridge_grows_with_the_size_of_a_row():
    settings = SourceSettings(als_l2=0.5, als_unobserved=0.1, als_l2_power=0.5)
    assert ridge_of(np.array([2.0, 14.0]), 20, settings).tolist() == [1.0, 2.0]


def test_what_nobody_did_weighs_12_times_what_was_done_and_none_more_than_a_tenth():
    few, said = SourceSettings(), SourceSettings(als_unobserved=0.5)
    rows, empty = np.array([0, 2, 3, 3]), np.array([0, 0])
    cells = Cells(rows, np.array([0, 1, 0]), np.ones(3, np.float32), 3000)
    assert unobserved_of(cells, few) == pytest.approx(12 * 3 / (2 * 3000))  # nobody is empty
    assert unobserved_of(replace(cells, n_columns=30), few) == 0.1
    assert unobserved_of(cells, said) == 0.5
    nothing = Cells(empty, np.empty(0, np.int32), np.empty(0, np.float32), 0)
    assert unobserved_of(nothing, few) > 0


def test_places_that_nobody_went_to_do_not_drown_the_few_that_somebody_did():
    # 600 tastes of 4 places each; people went to 3 of theirs and would go to the fourth.
    rng = np.random.default_rng(0)
    taste = rng.integers(0, 600, 3000)
    going = np.array([rng.permutation(4) for _ in taste]) + 4 * taste[:, None]
    events = baskets(*(sorted(one[:3]) for one in going.tolist()), n_items=2400)
    crowded, said = (
        fit(events, als_factors=32, als_l2=0.25, als_sweeps=4, als_unobserved=one)
        for one in (0.0, 0.1)
    )
    asked, fourth = np.arange(0, 3000, 30), going[::30, 3]
    found = []
    for source in (crowded, said):
        score = source.score(Histories.of_accounts(events, asked.astype(np.int32), 100))
        score[np.arange(len(asked))[:, None], going[asked, :3]] = -np.inf
        found.append(float((score.argmax(axis=1) == fourth).mean()))
    popular = np.bincount(events.item).argmax()
    assert found[0] > found[1] + 0.1 > 0.1
    assert found[0] > float((fourth == popular).mean())


def test_a_live_history_is_folded_in_by_the_closed_form():
    events = crowd(5)
    source = fit(events)
    v = source.still.vectors.astype(float)
    gram = v.T @ v
    weight = np.array([1.0, 0.5, 0.25])
    history = [3, 0, 8]
    people = replace(of_items(history), weight=weight.astype(np.float32))
    items = source.place_of[history]
    settings = SourceSettings(**SMALL)
    unobserved = unobserved_of(wanted(events, 100), settings)
    assert unobserved == 0.1  # a third of the cells of this crowd are filled
    own = 0.05 * (weight.sum() + unobserved * len(v)) ** settings.als_l2_power
    matrix = v[items].T @ (v[items] * weight[:, None])
    matrix += unobserved * gram + own * np.eye(6)
    expected = v @ np.linalg.solve(matrix, v[items].T @ weight)
    assert np.allclose(source.score(people)[0, source.items], expected, atol=1e-5)


def test_parts_of_a_score_are_those_of_the_closed_form_and_sum_to_it():
    source = fit(crowd(5))
    history, targets = np.array([3, 0, 8], np.int32), np.arange(40, dtype=np.int32)
    found = source.shares(history, targets)
    v = source.still.vectors.astype(float)[source.place_of[history]]
    own = float(source.still.own(np.array([3.0]))[0])
    matrix = v.T @ v + np.diag(source.still.unseen.astype(float) + own)
    expected = source.still.vectors @ np.linalg.solve(matrix, v.T)
    assert np.allclose(found[source.items], expected, atol=1e-5)
    assert np.allclose(found.sum(axis=1), source.score(of_items(history))[0], atol=1e-5)


def test_what_two_of_a_kind_want_is_found_where_popularity_errs():
    events = crowd(9, n_accounts=200)
    popular = dense(events).sum(axis=0)
    source = fit(events)
    hits, hits_of_popular = 0, 0
    for taste in (0, 1):
        person = [8 + taste, 12 + taste]
        score = source.score(of_items(person))[0]
        for scores, is_ours in ((score, True), (popular.copy(), False)):
            scores[person] = -1
            own = int((np.argsort(-scores, kind="stable")[:10] % 2 == taste).sum())
            hits, hits_of_popular = (
                hits + own * is_ours,
                hits_of_popular + own * (not is_ours),
            )
    assert hits_of_popular <= 12
    assert hits >= 17


def test_items_that_nobody_wanted_score_nothing_and_say_nothing():
    source = fit(baskets([0, 1, 2], [0, 1], [1, 3], n_items=6))
    assert source.items.tolist() == [0, 1, 2, 3]
    score = source.score(of_items([0, 5], [0], [4, 5]))
    assert (score[:, 4:] == 0).all()
    assert score[0].tobytes() == score[1].tobytes()
    assert score[0, 1] > 0
    assert (score[2] == 0).all()
    parts = source.shares(np.array([0, 5], np.int32), np.array([1, 4], np.int32))
    assert parts[0, 0] == pytest.approx(score[1, 1], rel=1e-4)
    assert (parts[1] == 0).all()
    assert (parts[:, 1] == 0).all()


@pytest.mark.parametrize(
    "changed",
    [
        {"als_factors": 3},
        {"als_sweeps": 1},
        {"als_steps": 1},
        {"als_solver": "blocks"},
        {"als_solver": "exact"},
        {"als_unobserved": 1.0},
        {"als_l2": 1.0},
        {"als_l2_power": 1.0},
        {"als_init_std": 5.0},
        {"als_seed": 8},
        {"max_history": 3},
    ],
    ids=lambda changed: str(*changed.items()),
)
def test_each_setting_changes_the_scores(changed):
    base = {"als_sweeps": 2, "als_init_std": 1.0}
    before = fit(crowd(6), **base).score(everybody(40))
    after = fit(crowd(6), **(base | changed)).score(everybody(40))
    assert np.abs(after - before).max() > 1e-4


def test_the_size_of_a_block_changes_how_far_a_turn_comes():
    one, other = (fit(crowd(6), als_solver="blocks", als_block=b, als_sweeps=1) for b in (2, 6))
    assert np.abs(one.score(everybody(40)) - other.score(everybody(40))).max() > 1e-4


def test_all_solvers_settle_on_the_same_scores():
    many = {"als_sweeps": 300, "als_l2": 0.3, "als_factors": 3}
    exact, steps, blocks = (
        fit(crowd(2), als_solver=solver, als_block=2, **many).score(everybody(40))
        for solver in ("exact", "gradient", "blocks")
    )
    assert np.allclose(steps, exact, atol=2e-3)
    assert np.allclose(blocks, exact, atol=2e-3)
    assert (
        np.abs(fit(crowd(2), **(many | {"als_sweeps": 1})).score(everybody(40)) - exact).max()
        > 0.05
    )


@pytest.mark.parametrize("solver", ["gradient", "blocks", "exact"])
def test_threads_change_no_bit(solver):
    one, many = (fit(crowd(3), als_solver=solver, als_threads=n).to_arrays() for n in (1, 3))
    assert all(one[name].tobytes() == many[name].tobytes() for name in one)


def test_accounts_in_another_order_change_no_bit():
    events = crowd(3)
    turned = events.n_accounts - 1 - events.account
    rows = list(zip(turned.tolist(), events.item.tolist(), events.at_s.tolist(), strict=True))
    one, other = fit(events).to_arrays(), fit(record(rows, events.n_items)).to_arrays()
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)


def test_rows_are_settled_by_what_they_hold():
    cells = settled(wanted(baskets([4], [], [1, 2], [0], n_items=5), 10))
    assert np.diff(cells.indptr).tolist() == [1, 1, 2]
    assert sorted(cells.index[:2].tolist()) == [0, 4]
    assert cells.index[2:].tolist() == [1, 2]


def test_the_turns_are_told():
    told = []
    events = crowd(1)
    Als.fit(events, films(40), SourceSettings(**SMALL), lambda *words: told.append(words))
    assert told == [("fit als", done, 4) for done in range(4)]


def test_it_is_a_source_that_can_be_enabled():
    assert SOURCES["als"] is Als
    assert SourceSettings(enabled=("popular", "als")).enabled == ("popular", "als")
