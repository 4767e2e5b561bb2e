from pathlib import Path

import numpy as np
import pytest

from bench.harness import Context
from bench.quality import ml_20m, strong_models
from bench.quality.edlae import best_edlae
from bench.quality.judging import accuracy
from bench.quality.ml_1m_strong import recipes, small
from bench.quality.strong import lists_of, split
from bench.quality.strong_models import answers_of, blended, fit_all, fused, lead
from settee.candidates import Ease, Popular
from settee.core import SourceSettings
from tests.candidates.world import crowd, films

EVENTS = crowd(3, n_accounts=300)
PARTS = split(EVENTS, seed=7)
FILMS = films(EVENTS.n_items)


def context(tmp_path: Path, said: list[str], data: Path | None = None) -> Context:
    work = tmp_path / "work"
    work.mkdir()
    return Context(data, quick=True, work=work, say=said.append)


def test_answers_in_blocks_are_those_of_all_people_at_once(monkeypatch):
    source = Ease.fit(PARTS.train, FILMS, SourceSettings(ease_l2=3.0))
    monkeypatch.setattr(strong_models, "_BLOCK", 7)
    found = answers_of(source, PARTS).test
    whole = accuracy(lists_of(source, PARTS.test), PARTS.test.truth)
    assert all(np.array_equal(found[metric], whole[metric]) for metric in whole)


def test_edlae_by_formula_answers_as_the_source_of_the_same_settings():
    rival = best_edlae(PARTS, quick=True)
    assert rival.setting == "ridge 200, dropout 0.2, account power 0.5"
    ours = Ease.fit(PARTS.train, FILMS, SourceSettings(ease_l2=200.0, ease_dropout=0.2))
    theirs = accuracy(rival.lists(PARTS.test), PARTS.test.truth)["ndcg@100"]
    mine = accuracy(lists_of(ours, PARTS.test), PARTS.test.truth)["ndcg@100"]
    popular = Popular.fit(PARTS.train, FILMS, SourceSettings())
    floor = accuracy(lists_of(popular, PARTS.test), PARTS.test.truth)["ndcg@100"]
    # A list of 40 items holds the last ones too: what is not put forward ends there.
    assert theirs.mean() == pytest.approx(mine.mean(), abs=0.03)
    assert theirs.mean() > floor.mean()


def test_a_lead_is_the_mean_of_paired_differences_within_its_interval():
    ours = {name: np.full(50, 0.5) for name in ("recall@20", "recall@50", "ndcg@100", "ndcg@10")}
    theirs = {name: np.linspace(0.3, 0.5, 50) for name in ours}
    found = lead(ours, theirs, "x", seed=7)
    assert found["x.ndcg@100"] == pytest.approx(0.1, abs=1e-5)
    assert 0.08 < found["x.ndcg@100.low"] < 0.1 < found["x.ndcg@100.high"] < 0.12


def test_a_blend_of_two_sources_answers_better_than_the_worse_of_them():
    sources = [
        Popular.fit(PARTS.train, FILMS, SourceSettings()),
        Ease.fit(PARTS.train, FILMS, SourceSettings(ease_l2=3.0)),
    ]
    blend, answered = blended(sources, PARTS)
    floor = answers_of(sources[0], PARTS).test["ndcg@100"].mean()
    assert answered.test["ndcg@100"].mean() > floor
    assert blend.n_sources == 2
    assert fused(sources, PARTS).test["ndcg@100"].mean() > floor


def test_a_source_that_there_is_not_is_left_out_and_that_is_said(tmp_path):
    said = []
    asked = {"popular": ("popular", SourceSettings()), "oracle": ("oracle", SourceSettings())}
    fitted, figures = fit_all(context(tmp_path, said), PARTS, FILMS, asked)
    assert list(fitted) == ["popular"]
    assert list(figures) == ["strong.popular.fit_s"]
    assert "oracle: there is no such source" in said


def test_the_quick_settings_change_only_how_much_is_trained():
    table = recipes(small(SourceSettings()))
    assert table["ease"][1].ease_l2 == SourceSettings().ease_l2
    assert table["vae"][1].vae_epochs < SourceSettings().vae_epochs
    assert table["ease_plain"][1].ease_dropout == 0.0


def test_the_published_layout_is_read_and_only_ratings_of_four_and_more_count(tmp_path):
    folder = ml_20m.made_up(tmp_path / "ml-20m", seed=7, n_people=40, n_films=60)
    events, catalogue = ml_20m.read(folder)
    rows = [line.split(",") for line in (folder / "ratings.csv").read_text().splitlines()[1:]]
    wanted = [(int(row[0]), int(row[1])) for row in rows if float(row[2]) >= 4]
    people = {who for who, _ in wanted if sum(one == who for one, _ in wanted) >= 5}
    kept = [film for who, film in wanted if who in people]
    assert len(events) == len(kept)
    assert events.n_accounts == len(people)
    assert sorted(catalogue.item_ids) == sorted({f"m{film}" for film in kept})
    assert catalogue.titles[0].startswith("Film, The")
    assert catalogue.tags_of(0) in {("Drama", "Comedy"), ("Action",)}
    (folder / "movies.csv").unlink()
    assert ml_20m.read(folder)[1].titles[0] == ""


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("user,film\n1,2\n", "has not the columns"),
        ("userId,movieId,rating,timestamp\n1,2,5.0,3\n", "has nobody with 5 ratings"),
    ],
)
def test_another_file_is_refused_in_words(tmp_path, text, match):
    (tmp_path / "ratings.csv").write_text(text)
    with pytest.raises(ml_20m.NoDownload, match=match):
        ml_20m.read(tmp_path)


def test_a_folder_without_the_download_is_refused_in_words(tmp_path):
    with pytest.raises(ml_20m.NoDownload, match="holds no ratings") as caught:
        ml_20m.run(context(tmp_path, [], tmp_path))
    assert "Download MovieLens 20M" in (caught.value.hint or "")


def test_the_scenario_of_twenty_million_runs_on_a_small_set_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(strong_models, "SOURCES", {"popular": Popular, "ease": Ease})
    said = []
    result = ml_20m.run(context(tmp_path, said))
    assert result.figures["strong.ease.ndcg@100"] > result.figures["strong.popular.ndcg@100"]
    assert any("made-up" in line for line in said)
    assert any("RecVAE" in line for line in said)
    assert 80 < result.figures["strong.n_people"] <= 90
