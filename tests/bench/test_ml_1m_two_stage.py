"""The bench of two stages, on a record small enough to know what must come out."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from bench.harness import Context
from bench.quality import ml_1m_two_stage as bench
from bench.speed.movies import Movies
from tests.learn.world import rising_world, settings


def test_auc_is_that_of_sklearn_with_ties():
    rng = np.random.default_rng(0)
    scores, hits = rng.integers(0, 5, 60).astype(float), rng.random(60) < 0.3
    assert bench.auc(scores, hits) == pytest.approx(roc_auc_score(hits, scores))
    assert np.isnan(bench.auc(scores, np.zeros(60, bool)))


def test_log_loss_is_that_of_sklearn():
    rng = np.random.default_rng(0)
    hits = rng.random(50) < 0.3
    chance = rng.uniform(0.01, 0.99, 50)
    assert bench._log_loss(chance, hits) == pytest.approx(log_loss(hits, chance))


def test_the_logistic_curve_is_that_of_sklearn():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=400)
    hits = rng.random(400) < 1 / (1 + np.exp(2 - scores))
    theirs = LogisticRegression(C=np.inf, tol=1e-8).fit(scores[:, None], hits)
    asked = np.linspace(-2, 2, 9)
    found = bench.logistic(scores, hits, asked)
    np.testing.assert_allclose(found, theirs.predict_proba(asked[:, None])[:, 1], atol=1e-5)


def test_a_run_tells_lists_and_orders_of_every_system(monkeypatch, tmp_path):
    events, items = rising_world()
    films = Movies("made up", items, events, np.zeros(len(events), np.float32))
    monkeypatch.setattr(bench, "films_of", lambda _: films)
    monkeypatch.setattr(bench, "settings_of", lambda _: settings("train.slices=2"))
    said = []
    result = bench.run(Context(None, quick=True, work=tmp_path, say=said.append))
    found = result.figures
    for system in ("popular", "ease", "fusion", "blend", "ranker"):
        assert 0 <= found[f"{system}.found@20"] <= found[f"{system}.recall@20"] <= 1
        assert found[f"{system}.ndcg@10.low"] <= found[f"{system}.ndcg@10"]
    # The ranker sees what rises; no source does.
    assert found["ranker.auc"] > max(found["ease.auc"], found["popular.auc"])
    assert found["ranker.log_loss"] < found["constant.log_loss"]
    assert set(result.bars) == {
        "recall@20 over all wanted", "ndcg@10", "ndcg@10 over the best source"
    }  # fmt: skip
    assert any("blend" in line for line in said)


def test_quick_asks_fewer_people_of_the_same_sources(tmp_path):
    slow, quick = (
        bench.settings_of(Context(None, quick=one, work=tmp_path)) for one in (False, True)
    )
    assert quick.train.max_requests < slow.train.max_requests
    assert quick.sources == slow.sources


def test_a_run_is_of_the_preset_that_it_names(tmp_path):
    found = bench.settings_of(Context(None, quick=False, work=tmp_path))
    assert found.preset == bench.PRESET
    assert found.ranking.live_share == 0.0
    assert found.ranking.forests > 1
    # Lessons look ahead as far as the judged period is wide, over several slices.
    assert found.train.test_share > found.train.valid_share
