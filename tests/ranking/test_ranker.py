import lightgbm
import numpy as np
import pytest

from settee.core import RankingSettings
from settee.ranking import Examples, Ranker
from settee.ranking.ranker import BadRows, BadTraining
from tests.ranking.world import examples

NAMES = [f"f{place}" for place in range(6)]
FEW = RankingSettings(trees=20, leaves=4, min_leaf=5)


def fit(train=None, valid=None, settings=FEW, seed=7):
    return Ranker.fit(train or examples(), valid, NAMES, settings, seed)


def n_first(scores, labels, size=20):
    """Requests whose best-scored item came true."""
    return sum(
        labels[start + int(np.argmax(scores[start : start + size]))]
        for start in range(0, len(labels), size)
    )


def test_the_ranker_puts_first_what_came_true_and_chance_does_not():
    later = examples(seed=1)
    chance = np.random.default_rng(0).random(len(later.labels))
    n_right = n_first(fit().score(later.rows), later.labels)
    assert n_right > 20 > n_first(chance, later.labels)


def test_the_same_input_gives_the_same_text():
    assert fit().text == fit().text


def test_another_seed_gives_another_ranker():
    assert fit(seed=8).text != fit().text


def test_threads_change_no_byte():
    assert fit(settings=FEW.model_copy(update={"threads": 2})).text == fit().text


def test_scores_are_those_of_lightgbm():
    ranker = fit()
    rows = examples(seed=2).rows
    oracle = lightgbm.Booster(model_str=ranker.text).predict(rows, raw_score=True)
    np.testing.assert_array_equal(ranker.score(rows), oracle)


def test_a_text_written_and_read_is_the_same_ranker():
    ranker = fit()
    again = Ranker.from_text(ranker.text)
    rows = examples(seed=2).rows
    assert again.score(rows).tobytes() == ranker.score(rows).tobytes()
    assert again.feature_names == tuple(NAMES)


@pytest.mark.parametrize(
    "more", [{"trees": 3}, {"leaves": 8}, {"learning_rate": 0.5}, {"min_leaf": 60}, {"forests": 2}]
)
def test_each_setting_changes_the_ranker(more):
    assert fit(settings=FEW.model_copy(update=more)).text != fit().text


def test_what_a_source_says_for_an_item_never_speaks_against_it():
    # Noise tells the trees here and there that a worse score is better; the world says it is not.
    names = ["ease.score_z", "ease.reciprocal_rank", *NAMES[2:]]
    train = examples(n_requests=20, seed=3)

    def rises(monotone):
        settings = FEW.model_copy(update={"monotone": monotone, "min_leaf": 1, "trees": 60})
        ranker = Ranker.fit(train, None, names, settings, 7)
        rows = np.repeat(examples(n_requests=2, seed=4).rows, 9, axis=0).reshape(-1, 9, 6)
        rows[:, :, 0] = np.linspace(-2, 2, 9)
        steps = np.diff(ranker.score(rows.reshape(-1, 6)).reshape(-1, 9), axis=1)
        return bool((steps >= 0).all()), ranker.text

    assert rises(True)[0]
    assert not rises(False)[0]
    assert rises(True)[1] != rises(False)[1]


def test_training_stops_when_later_requests_gain_nothing():
    noise = examples(seed=5)
    rng = np.random.default_rng(5)
    noise = Examples(noise.rows, rng.permutation(noise.labels), noise.group_sizes)
    many = FEW.model_copy(update={"trees": 200})
    assert fit(valid=noise, settings=many).forest.n_trees < 200
    assert fit(settings=many).forest.n_trees == 200


def test_the_deciding_feature_splits_most():
    importance = fit().importance()
    assert next(iter(importance)) == "f0"
    assert list(importance.values()) == sorted(importance.values(), reverse=True)
    assert set(importance) == set(NAMES)


@pytest.mark.parametrize("shape", [(3, 5), (6,)])
def test_rows_of_other_columns_are_refused(shape):
    with pytest.raises(BadRows, match=r"needs \(m, 6\)"):
        fit().score(np.zeros(shape, np.float32))


def broken():
    good = examples()
    rows, labels, sizes = good.rows, good.labels, good.group_sizes
    yield "rows of other columns", Examples(rows[:, :5], labels, sizes)
    yield "a label too few", Examples(rows, labels[:-1], sizes)
    yield "a group too few", Examples(rows, labels, sizes[:-1])
    yield "an empty group", Examples(rows, labels, np.append(sizes, 0))
    yield "a label below 0", Examples(rows, labels - 1, sizes)
    yield "a label over 30", Examples(rows, labels + 30, sizes)
    yield "nothing better than another", Examples(rows, np.zeros_like(labels), sizes)
    yield "no requests", Examples(rows[:0], labels[:0], sizes[:0])


@pytest.mark.parametrize("train", [pytest.param(bad, id=name) for name, bad in broken()])
def test_what_cannot_be_learnt_from_is_refused(train):
    with pytest.raises(BadTraining):
        fit(train=train)
