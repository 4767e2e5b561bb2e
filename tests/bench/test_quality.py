import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.harness import Context
from bench.quality import ml_1m, peers
from bench.quality.judging import METRICS, Truth, accuracy, with_intervals
from bench.quality.strong import distinct_interest, split
from settee.learn.itemsets import ItemSets
from settee.learn.metrics import accuracy as accuracy_of_learn
from tests.candidates.world import crowd, record

N_ACCOUNTS, N_ITEMS = 120, 50


@pytest.fixture
def folder(tmp_path):
    """A small set in the MovieLens layout: two circles, three years, ratings of 2 and 5."""
    rng = np.random.default_rng(0)
    rows = []
    for user in range(1, N_ACCOUNTS + 1):
        begin = rng.integers(0, 800) * 86_400
        for item in rng.permutation(N_ITEMS)[: rng.integers(12, 30)]:
            likes = item % 2 == user % 2
            rating = 5 if rng.random() < (0.9 if likes else 0.2) else 2
            rows.append((user, int(item) + 1, rating, int(begin + rng.integers(0, 40 * 86_400))))
    user, item, rating, at = map(list, zip(*rows, strict=True))
    ratings = pa.table({"user_id": user, "item_id": item, "rating": rating, "ts": at})
    pq.write_table(ratings, tmp_path / "ratings.parquet")
    numbers = list(range(1, N_ITEMS + 1))
    items = pa.table(
        {
            "item_id": numbers,
            "title": [f"Film {n} (1990)" for n in numbers],
            "genres": [["Odd" if n % 2 else "Even"] for n in numbers],
        }
    )
    pq.write_table(items, tmp_path / "items.parquet")
    return tmp_path


def test_recall_and_ndcg_are_those_of_the_definition():
    truth = Truth(np.array([0, 2, 3]), np.array([4, 7, 0], np.int32), 200)
    lists = np.full((2, 100), -1, np.int32)
    lists[0, :4] = [4, 5, 7, 6]
    found = accuracy(lists, truth)
    assert found["recall@20"].tolist() == [1.0, 0.0]
    assert np.allclose(found["ndcg@10"], [1.5 / (1 + 1 / np.log2(3)), 0.0])


def test_the_bench_and_the_product_compute_the_same_figures():
    rng = np.random.default_rng(1)
    lists = np.stack([rng.permutation(300)[:100] for _ in range(20)]).astype(np.int32)
    sizes = rng.integers(1, 60, 20)
    wanted = [np.sort(rng.choice(300, size, replace=False)) for size in sizes]
    truth = Truth(
        np.concatenate([[0], np.cumsum(sizes)]), np.concatenate(wanted).astype(np.int32), 300
    )
    rows = np.repeat(np.arange(20), sizes)
    sets = ItemSets.of_pairs(rows.astype(np.int32), truth.index, 20, 300)
    ours, theirs = accuracy(lists, truth), accuracy_of_learn(lists, sets)
    assert all(np.allclose(ours[name], theirs[name]) for name in METRICS)


def test_an_interval_holds_its_mean():
    found = with_intervals({"m": np.arange(50.0)}, "x", seed=1)
    assert found["x.m.low"] < found["x.m"] == 24.5 < found["x.m.high"]


def test_people_that_judge_are_unknown_to_training_and_never_asked_for_what_they_gave():
    events = crowd(1, n_accounts=100)
    parts = split(events, seed=7)
    assert len(np.unique(parts.train.account)) == 80
    for people in (parts.valid, parts.test):
        sizes = np.diff(people.histories.indptr), np.diff(people.truth.indptr)
        assert (sizes[0] >= 1).all()
        assert (sizes[1] >= 1).all()
        assert (sizes[0] == (0.8 * (sizes[0] + sizes[1])).astype(int)).all()
        for person in range(people.truth.n_people):
            hidden = people.truth.index[slice(*people.truth.indptr[person : person + 2])]
            assert not people.exclude[person, hidden].any()


def test_the_same_seed_gives_the_same_split():
    one, other = (split(crowd(1), seed=3) for _ in range(2))
    assert np.array_equal(one.test.truth.index, other.test.truth.index)
    assert not np.array_equal(one.test.truth.index, split(crowd(1), seed=4).test.truth.index)


def test_an_item_wanted_twice_counts_once_in_a_split():
    events = record([(0, 1, 1), (0, 1, 5), (0, 2, 6)], 3, dull=[2])
    assert distinct_interest(events).at_s.tolist() == [1]


def test_the_scenario_runs_on_a_small_set_and_says_that_there_are_no_peers(
    folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(peers, "interpreter", lambda: None)
    work, said = tmp_path / "work", []
    work.mkdir()
    result = ml_1m.run(Context(folder, quick=True, work=work, say=said.append))
    for name in ("popular", "content", "knn", "ease", "ease_plain", "fusion"):
        for metric in METRICS:
            figure = f"strong.{name}.{metric}"
            assert result.figures[f"{figure}.low"] <= result.figures[figure]
            assert result.figures[figure] <= result.figures[f"{figure}.high"]
    assert result.figures["strong.ease.ndcg@100"] > result.figures["strong.popular.ndcg@100"]
    assert "temporal.fusion.ndcg@10" in result.figures
    assert result.peers == {}
    assert "plain EASE equals RecTools" not in result.bars
    assert any("make bench-peers" in line for line in said)


def test_the_data_may_lie_in_a_subfolder(folder, tmp_path):
    (tmp_path / "all" / "ml-1m").mkdir(parents=True)
    for name in ("ratings", "items"):
        (folder / f"{name}.parquet").rename(tmp_path / "all" / "ml-1m" / f"{name}.parquet")
    said = []
    films = ml_1m.films_of(Context(tmp_path / "all", quick=False, work=tmp_path, say=said.append))
    assert films.events.n_accounts == N_ACCOUNTS
    assert said == []


def test_without_data_films_are_made_up_and_that_is_said(tmp_path):
    said = []
    films = ml_1m.films_of(Context(None, quick=True, work=tmp_path, say=said.append))
    assert len(films.events)
    assert "made-up" in said[0]


def test_peers_are_judged_by_the_setting_that_valid_people_chose(tmp_path):
    parts = split(crowd(2, n_accounts=100), seed=7)
    nothing = {
        part: np.full((people.truth.n_people, 100), -1, np.int32)
        for part, people in (("valid", parts.valid), ("test", parts.test))
    }
    perfect = {part: lists.copy() for part, lists in nothing.items()}
    for part, people in (("valid", parts.valid), ("test", parts.test)):
        for person in range(people.truth.n_people):
            hidden = people.truth.index[slice(*people.truth.indptr[person : person + 2])]
            perfect[part][person, : len(hidden)] = hidden
    found = {
        **{f"als|bad|{part}": lists for part, lists in nothing.items()},
        **{f"als|good|{part}": lists for part, lists in perfect.items()},
        "als|bad|fit_s": np.array(1.0),
        "als|good|fit_s": np.array(2.0),
    }
    context = Context(None, quick=True, work=tmp_path, say=lambda _: None)
    judged = peers._judge(context, parts, found)
    assert judged["implicit ALS"]["strong.als.ndcg@100"] == 1.0
    assert judged["implicit ALS"]["strong.als.fit_s"] == 2.0


def test_the_interpreter_of_the_peers_is_named_or_none(monkeypatch, tmp_path):
    monkeypatch.setenv("SETTEE_PEERS_PYTHON", str(tmp_path / "nothing"))
    assert peers.interpreter() is None
    (tmp_path / "python").touch()
    monkeypatch.setenv("SETTEE_PEERS_PYTHON", str(tmp_path / "python"))
    assert peers.interpreter() == tmp_path / "python"


def test_bars_compare_plain_ease_with_the_same_ease():
    ours = {f"strong.ease_plain.{metric}": 0.4 for metric in METRICS}
    theirs = ours | {"strong.ease_plain.ndcg@10": 0.402}
    bars = ml_1m._bars(ours, {"RecTools EASE": theirs})
    assert bars["plain EASE equals RecTools"].value == pytest.approx(0.002)
    assert not bars["plain EASE equals RecTools"].holds
