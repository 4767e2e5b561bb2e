import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.core import Damaged
from settee.ranking.forest import NAN_LEFT, NAN_RIGHT, RankerDamaged, parse_forest
from settee.ranking.walk import score_rows
from tests.ranking.test_walk import N, booster

TEXT = booster(n_trees=3, num_leaves=6).model_to_string()

THREE_LEAVES = """tree
num_class=1
max_feature_idx=1
feature_names=a b

Tree=0
num_leaves=3
num_cat=0
split_feature=0 1
threshold=0.5 2
decision_type=10 8
left_child=-1 -2
right_child=1 -3
leaf_value=10 20 30
is_linear=0


end of trees
"""


def test_three_leaves_become_three_bits():
    forest = parse_forest(THREE_LEAVES)
    assert forest.n_trees == 1
    assert forest.feature_names == ("a", "b")
    assert [int(keep) & 7 for keep in forest.keeps] == [0b110, 0b101]
    assert forest.missing.tolist() == [NAN_LEFT, NAN_RIGHT]
    rows = np.array([[0, 0], [1, 2], [1, 3], [np.nan, 9], [1, np.nan]], np.float32)
    assert score_rows(forest, rows).tolist() == [10, 20, 30, 10, 30]


def test_a_split_that_only_parts_what_is_missing_is_read():
    forest = parse_forest(THREE_LEAVES.replace("threshold=0.5 2", "threshold=0.5 inf"))
    rows = np.array([[1, 1e38], [1, np.inf], [1, np.nan]], np.float32)
    assert score_rows(forest, rows).tolist() == [20, 20, 30]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("tree\n", "wood\n", "end of trees"),
        ("end of trees", "", "end of trees"),
        ("num_class=1", "num_class=2", "num_class"),
        ("max_feature_idx=1", "", "max_feature_idx"),
        ("max_feature_idx=1", "max_feature_idx=2", "names 2 features"),
        ("num_leaves=3", "num_leaves=many", "num_leaves"),
        ("num_leaves=3", "num_leaves=4", "leaf_value"),
        ("num_cat=0", "num_cat=1", "num_cat"),
        ("is_linear=0", "is_linear=1", "linear"),
        ("split_feature=0 1", "split_feature=0 2", "split_feature"),
        ("split_feature=0 1", "split_feature=0 0.5", "split_feature"),
        ("split_feature=0 1", "", "split_feature"),
        ("threshold=0.5 2", "threshold=0.5 nan", "threshold"),
        ("threshold=0.5 2", "threshold=0.5 two", "threshold"),
        ("leaf_value=10 20 30", "leaf_value=10 20 inf", "infinite"),
        ("decision_type=10 8", "decision_type=11 8", "categorical"),
        ("decision_type=10 8", "decision_type=10 12", "decision_type"),
        ("right_child=1 -3", "right_child=0 -3", "same node twice"),
        ("right_child=1 -3", "right_child=1 -2", "reaches 2 leaves"),
        ("right_child=1 -3", "right_child=-3 -3", "reaches 2 leaves"),
        ("right_child=1 -3", "right_child=1 -4", "right_child"),
        ("left_child=-1 -2", "left_child=2 -2", "left_child"),
    ],
)
def test_nonsense_is_refused_with_the_place(old, new, says):
    assert old in THREE_LEAVES
    with pytest.raises(RankerDamaged, match=says):
        parse_forest(THREE_LEAVES.replace(old, new, 1))


def test_more_trees_than_can_be_meant_are_refused(monkeypatch):
    monkeypatch.setattr("settee.ranking.forest._MAX_TREES", 2)
    with pytest.raises(RankerDamaged, match="3 trees"):
        parse_forest(TEXT)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_an_altered_text_is_refused_or_still_a_forest(data):
    place = data.draw(st.integers(0, len(TEXT) - 1))
    length = data.draw(st.integers(0, 5))
    letters = data.draw(st.text("0123456789-=. \nabe", max_size=6))
    altered = TEXT[:place] + letters + TEXT[place + length :]
    try:
        forest = parse_forest(altered)
    except Damaged:
        return
    scores = score_rows(forest, np.zeros((3, forest.n_features), np.float32))
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("text", ["", "tree\n", "\x00\xff", "end of trees", "{}"])
def test_garbage_is_no_ranker(text):
    with pytest.raises(RankerDamaged):
        parse_forest(text)


def test_a_text_cut_anywhere_before_the_end_of_its_trees_is_refused():
    end = TEXT.index("end of trees")
    for place in range(0, end, 97):
        with pytest.raises(RankerDamaged):
            parse_forest(TEXT[:place])
    assert parse_forest(TEXT).n_features == N
