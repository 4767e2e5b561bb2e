"""The places of a few people, so few that lists and figures are known."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.harness import Context
from bench.quality.gowalla import BESIDE, GRAPH, NoSuchPairs, run, world_of
from bench.quality.gowalla_lists import Visits, found, lists_of
from settee.candidates import Knn, Popular
from settee.core import SourceSettings, load_settings
from tests.candidates.world import films


def visits(*people: list[int], n_items: int = 30) -> Visits:
    person = np.repeat(np.arange(len(people)), [len(one) for one in people])
    item = np.array([place for one in people for place in one], np.int64)
    return Visits.of(person, item, len(people), n_items)


def fitted(kind, known):
    return kind.fit(known.events(), films(known.n_items), SourceSettings())


def test_a_place_visited_twice_counts_once_and_places_ascend():
    one = visits([3, 1, 3], [], [2])
    assert one.item.tolist() == [1, 3, 2]
    assert one.sizes.tolist() == [2, 0, 1]
    assert one.of_people(np.array([2, 0])).item.tolist() == [2, 1, 3]
    assert one.audience[:4].tolist() == [1, 1, 1, 1]


def test_recall_divides_by_all_that_was_hidden_and_a_perfect_list_has_an_ndcg_of_one():
    hidden = visits([4], [0, 1], list(range(25)))
    lists = np.array([list(range(5, 25)), [0, 1, *range(5, 23)], list(range(20))])
    value = found(lists, hidden)
    assert value["recall@20"].tolist() == [0.0, 1.0, 0.8]
    assert np.allclose(value["ndcg@20"], [0.0, 1.0, 1.0])


def test_ndcg_halves_when_the_only_hidden_place_comes_third():
    value = found(np.array([[7, 8, 4, *range(10, 27)]]), visits([4]))
    assert value["ndcg@20"][0] == pytest.approx(0.5)


def test_a_place_that_counts_more_weighs_more_in_both_figures_and_so_does_its_person():
    worth = np.ones(30)
    worth[0] = 3.0
    lists = np.array([[0, *range(5, 24)], [1, *range(5, 24)]])
    hidden = visits([0, 1], [1])
    plain, tilted = found(lists, hidden), found(lists, hidden, worth)
    assert plain["recall@20"].tolist() == [0.5, 1.0]
    # The first person's places count 2 on average, the second's 1; the mean of both is 1.5.
    assert np.allclose(tilted["recall@20"], [(3 + 0) / 2 / 1.5, 1 / 1.5])
    assert np.allclose(tilted["ndcg@20"], plain["ndcg@20"] * [3 / 1.5, 1 / 1.5])
    everything = np.array([[0, 1, *range(5, 23)], [1, *range(5, 24)]])
    assert found(everything, hidden, worth)["recall@20"].mean() == pytest.approx(1.0)


def test_lists_leave_out_what_is_known_and_a_blend_of_one_is_the_one():
    known = visits([0, 1, 2], [1, 2, 3], [0, 2, 4], [5, 6], n_items=40)
    knn, popular = fitted(Knn, known), fitted(Popular, known)
    people = np.array([0, 3])
    lists = lists_of(
        {"knn": [(knn, 1.0)], "twice": [(knn, 2.0)], "both": [(knn, 0.0), (popular, 1.0)],
         "popular": [(popular, 1.0)]}, known, people,
    )  # fmt: skip
    assert set(lists["knn"][0, :2].tolist()) == {3, 4}
    assert not np.isin(lists["popular"][0], [0, 1, 2]).any()
    assert lists["popular"][1, 0] == 2
    assert np.array_equal(lists["knn"], lists["twice"])
    assert np.array_equal(lists["both"], lists["popular"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The layout of the real table."""
    rng = np.random.default_rng(5)
    person, item = np.repeat(np.arange(60), 8), rng.integers(0, 50, 480)
    place = tmp_path / "gowalla-lightgcn"
    place.mkdir()
    fold = np.where(rng.random(480) < 0.2, "valid", "train")
    table = {"user_id": person.astype(np.uint16), "item_id": item.astype(np.uint16), "fold": fold}
    pq.write_table(pa.table(table), place / "train.parquet")
    return tmp_path


def context(folder: Path | None, tmp_path: Path, said: list[str], test: Path | None = None):
    return Context(folder, True, tmp_path, say=said.append, test=test)


def test_folds_add_up_to_what_is_known(folder: Path, tmp_path: Path):
    said: list[str] = []
    world = world_of(context(folder, tmp_path, said))
    assert world.both.item.max() + 1 == world.both.n_items
    whole = np.unique(np.concatenate([world.train.person(), world.valid.person()]))
    assert whole.tolist() == np.unique(world.both.person()).tolist()
    assert len(world.train.item) > 2 * len(world.valid.item) > 0


def test_the_held_back_table_alone_judges_and_is_refused_with_unknown_numbers(
    folder: Path, tmp_path: Path
):
    said: list[str] = []
    test = tmp_path / "test.parquet"
    pq.write_table(pa.table({"user_id": [0, 1, 1], "item_id": [3, 4, 5]}), test)
    result = run(context(folder, tmp_path, said, test))
    assert result.figures["n_people"] == 2
    assert set(result.bars) == {"recall@20 over BSPM", "ndcg@20 over BSPM"}
    assert not any("no --test" in line for line in said)
    pq.write_table(pa.table({"user_id": [99], "item_id": [3]}), test)
    with pytest.raises(NoSuchPairs, match="60 people"):
        run(context(folder, tmp_path, said, test))


def test_without_a_held_back_table_people_judge_who_did_not_choose(tmp_path: Path):
    said: list[str] = []
    result = run(context(None, tmp_path, said))
    assert result.bars == {}
    assert any("no --test" in line for line in said)
    assert result.figures["blend.ndcg@20"] > result.figures["popular.ndcg@20"]
    assert result.peers["BSPM (published)"]["blend.recall@20"] == 0.192


def test_the_preset_for_places_holds_what_the_scenario_blends() -> None:
    said = load_settings(flags=["preset=places"]).sources.model_dump()
    assert set(said["enabled"]) == {"popular", "graph", *BESIDE}
    settings = [GRAPH["two steps, target .2"], *BESIDE.values()]
    for name, value in (pair for one in settings for pair in one.items()):
        assert said[name] == value, name
