import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.harness import Context
from bench.quality import people_lists, people_lists_camra
from bench.quality.people_listing import Question, compared, judged
from bench.quality.people_lists_world import Known, _merged, _split
from bench.speed import who
from settee.candidates import SOURCES
from settee.core import RespondSettings, Settings, SourceSettings
from settee.people import Who
from tests.candidates.world import baskets, films


def question(household: int, wanted: int, **weights: list[float]) -> Question:
    """Items 0 and 1 are Ann's, 2 and 3 Bob's; 4 goes with hers, 5 with his."""
    arrays = {name: np.array([one], np.float32) for name, one in weights.items()}
    item = np.arange(4, dtype=np.int32)
    hidden = dict.fromkeys(arrays, item)
    return Question(
        household, item, item.astype(np.int64), arrays, hidden, np.array([wanted], np.int32)
    )


@pytest.fixture(scope="module")
def source():
    record = baskets(*[[0, 1, 4]] * 6, *[[2, 3, 5]] * 7, n_items=6)
    return SOURCES["knn"].fit(record, films(6), SourceSettings(knn_shrinkage=0.0))


def test_whose_past_is_listened_to_decides_the_list(source):
    asked = [question(0, 5, account=[1, 1, 1, 1], person=[0.2, 0.2, 1, 1])]
    found = {
        name: judged([source], 6, asked, name, Settings().ranking) for name in ("account", "person")
    }
    assert found["person"].tolist() == [1.0]
    assert found["account"][0] < 1.0


def test_several_listeners_share_a_list(source):
    both = question(0, 5, account=[1, 1, 1, 1])
    both.weights["together"] = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], np.float32)
    both.hidden["together"] = both.item
    (ndcg,) = judged([source], 6, [both], "together", Settings().ranking)
    assert ndcg > 0.6


def test_differences_are_paired_and_households_are_drawn_whole():
    asked = [question(n // 5, 4, account=[1, 1, 1, 1]) for n in range(20)]
    base = np.linspace(0, 1, 20)
    found = compared({"account": base, "person": base + 0.1}, asked, "account", 1)
    assert found["person.gain"] == found["person.gain_low"] == found["person.gain_high"] == 0.1
    one_home = np.where(np.arange(20) < 5, 0.4, 0.0)
    wide = compared({"account": base, "person": base + one_home}, asked, "account", 1)
    assert wide["person.gain_low"] == 0.0
    assert wide["person.gain_high"] > 0.2


def known(*probabilities: float) -> Known:
    persons = tuple((f"p{n}", p) for n, p in enumerate(probabilities))
    said = Who("a", 0, "persons", persons, 0.0, 0.0, False, False, ())
    return Known(np.array([probabilities] * 6, np.float32), said)


def test_persons_can_be_made_wrong_by_one():
    merged = _merged(known(0.6, 0.3, 0.1))
    assert merged.ids == ("p0", "p2")
    assert merged.shares[0].tolist() == pytest.approx([0.9, 0.1])
    assert dict(merged.who.persons)["p0"] == pytest.approx(0.9)
    assert _merged(known(1.0)).ids == ("p0",)
    even = _split(known(0.6, 0.4), np.random.default_rng(1), is_even=True)
    assert [p for _, p in even.who.persons] == pytest.approx([0.3, 0.4, 0.3])
    assert even.who.is_unsure
    assert even.shares.sum(axis=1) == pytest.approx([1.0] * 6)
    sure = _split(known(0.6, 0.4), np.random.default_rng(1), is_even=False)
    assert [p for _, p in sure.who.persons] == pytest.approx([0.6, 0.4, 0.0])


@pytest.fixture
def camra(tmp_path):
    """Twelve couples of one taste each, in the layout of the set."""
    rng = np.random.default_rng(0)
    members, rows = [], []
    for home in range(12):
        for side in range(2):
            member = 2 * home + side
            members.append((home, member))
            liked = rng.permutation(20)[:12] * 2 + side
            rows += [
                (member, int(item), 90, "test" if n < 2 else "train")
                for n, item in enumerate(liked)
            ]
    home, member = map(list, zip(*members, strict=True))
    pq.write_table(
        pa.table({"household_id": home, "member_id": member}),
        tmp_path / "household_members.parquet",
    )
    columns = dict(
        zip(("member_id", "item_id", "rating", "split"), zip(*rows, strict=True), strict=True)
    )
    pq.write_table(
        pa.table({name: list(one) for name, one in columns.items()}),
        tmp_path / "member_ratings.parquet",
    )
    return tmp_path


def test_members_are_asked_about_what_is_new_to_their_household(camra):
    ratings = people_lists_camra.read_ratings(camra)
    asked = people_lists_camra.questions(ratings, RespondSettings(), 7)
    assert len(asked) > 10
    for one in asked:
        assert not set(one.wanted.tolist()) & set(one.hidden["person"].tolist())
        assert set(one.weights) == {"account", "person", "merged", "split", "split_even"}
        assert np.all(one.weights["merged"] == 1)  # of two persons, merged is the account


def test_the_scenario_runs_on_both_worlds(camra, tmp_path, monkeypatch):
    monkeypatch.setattr(people_lists, "_QUICK_ACCOUNTS", 3)
    said: list[str] = []
    context = Context(camra, quick=True, work=tmp_path, say=said.append)
    result = people_lists.run(context)
    assert {"camra2011.fusion.person.gain_low", "simulated.fusion.split.gain_high"} <= set(
        result.bars
    )
    assert result.figures["simulated.n_questions"] > 0
    assert any("camra2011" in line for line in said)
    assert people_lists._camra_folder(None) is None
    assert people_lists._camra_folder(tmp_path / "nothing") is None


def test_who_is_timed_on_a_home_as_every_other(tmp_path, monkeypatch):
    monkeypatch.setattr(who, "_QUICK_ACCOUNTS", 2)
    context = Context(None, quick=True, work=tmp_path, say=lambda _: None)
    result = who.run(context)
    assert set(result.bars) == {"cpu_p99_ms", "batch_sessions_per_s", "bytes_per_household"}
    assert result.figures["sessions"] > 0
