import lightgbm
import numpy as np
import pytest

from settee.core import RankingSettings
from settee.ranking import Examples, Ranker
from settee.ranking.averaged import averaged
from settee.ranking.forest import RankerDamaged

FEW = RankingSettings(trees=7, leaves=4, min_leaf=3)


def fit(seed=7, names=("a", "b", "c"), settings=FEW):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, len(names))).astype(np.float32)
    labels = (rows[:, 0] + rng.normal(size=200) > 0).astype(np.int8)
    return Ranker.fit(Examples(rows, labels, np.full(10, 20)), None, names, settings, seed)


def rows():
    return np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)


def test_the_average_scores_as_the_mean_of_its_parts():
    parts = [fit(seed) for seed in (7, 8, 9)]
    one = Ranker.from_text(averaged([part.text for part in parts]))
    mean = np.mean([part.score(rows()) for part in parts], axis=0)
    np.testing.assert_allclose(one.score(rows()), mean, rtol=0, atol=1e-12)
    assert one.forest.n_trees == sum(part.forest.n_trees for part in parts)
    assert not np.allclose(one.score(rows()), parts[0].score(rows()))


def test_lightgbm_reads_the_average_and_scores_the_same():
    ranker = fit(settings=FEW.model_copy(update={"forests": 3}))
    theirs = lightgbm.Booster(model_str=ranker.text)
    assert theirs.num_trees() == 21
    assert (theirs.predict(rows(), raw_score=True) == ranker.score(rows())).all()


def test_forests_are_those_of_the_next_seeds():
    both = fit(settings=FEW.model_copy(update={"forests": 2}))
    assert both.text == averaged([fit(7).text, fit(8).text])


def test_a_single_text_comes_back_as_it_is():
    text = fit().text
    assert averaged([text]) == text


def test_texts_of_other_features_and_cut_ones_are_refused():
    with pytest.raises(RankerDamaged, match="different features"):
        averaged([fit().text, fit(names=("a", "b", "d")).text])
    with pytest.raises(RankerDamaged, match="end of trees"):
        averaged([fit().text, fit().text[:300]])
