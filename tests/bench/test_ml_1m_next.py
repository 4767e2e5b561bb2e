"""The next film of each person: read in the order of the file, fitted, blended, judged."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.harness import Context
from bench.quality import ml_1m_next


@pytest.fixture
def folder(tmp_path):
    """Ratings of one second that stand in the file as they came, not by item."""
    rng = np.random.default_rng(0)
    rows = []
    for user in range(1, 41):
        begin = int(rng.integers(0, 20))
        rows += [(user, (begin + 7 * step) % 30 + 1, 3, 1000 * user) for step in range(9)]
    user, item, rating, at = map(list, zip(*rows, strict=True))
    ratings = pa.table({"user_id": user, "item_id": item, "rating": rating, "ts": at})
    pq.write_table(ratings, tmp_path / "ratings.parquet")
    numbers = list(range(1, 31))
    items = pa.table(
        {"item_id": numbers, "title": [f"Film {n} (1990)" for n in numbers], "genres": [["A"]] * 30}
    )
    pq.write_table(items, tmp_path / "items.parquet")
    return tmp_path


def test_ratings_of_one_second_stay_in_the_order_of_the_file_and_all_count(folder):
    films = ml_1m_next.films_of(Context(folder, quick=False, work=folder, say=lambda _: None))
    first = films.events.item[films.events.account == 0]
    assert np.diff(first).tolist().count(7) >= 5
    assert films.events.is_interest.all()


def test_an_order_is_foretold_better_than_popularity_foretells_it(folder, monkeypatch):
    known = {name: (name, {}) for name in ("popular", "ease", "next_ridge")}
    monkeypatch.setattr(ml_1m_next, "_RECIPES", known)
    monkeypatch.setenv("SETTEE_BENCH_MINUTES", "0.1")
    said = []
    found = ml_1m_next.run(Context(folder, quick=True, work=folder, say=said.append))
    assert found.figures["next_ridge.hr@10"] > found.figures["popular.hr@10"]
    assert found.figures["blend.ndcg@10"] >= found.figures["ease.ndcg@10"] - 0.05
    assert len(found.bars) == 3
    assert any("at most 0.1 minutes" in line for line in said)


def test_what_was_trained_is_kept_and_read_for_the_same_settings_alone(
    folder, monkeypatch, tmp_path
):
    known = {name: (name, {}) for name in ("popular", "sasrec")}
    monkeypatch.setattr(ml_1m_next, "_RECIPES", known)
    monkeypatch.setenv("SETTEE_BENCH_TRAINED", str(tmp_path))
    said = []
    context = Context(folder, quick=True, work=folder, say=said.append)
    first = ml_1m_next.run(context)
    again = ml_1m_next.run(context)
    assert any("trained before" in line for line in said)
    assert again.figures["sasrec.ndcg@10"] == first.figures["sasrec.ndcg@10"]
    monkeypatch.setitem(ml_1m_next._QUICK, "sasrec_seed", 8)
    ml_1m_next.run(context)
    assert any("trained anew" in line for line in said)
