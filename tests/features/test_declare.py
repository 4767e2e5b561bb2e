import pytest

from settee.features import (
    FEATURES,
    Context,
    ItemColumns,
    ItemTimeline,
    feature_matrix,
    feature_names,
    matrix,
    timeline,
)
from settee.features.declare import SOURCE_FEATURES, StaleLoops, column
from tests.features.world import NOON, catalogue, events, person, pool


def test_every_feature_has_one_name_a_meaning_and_a_unit():
    every = (*FEATURES, *SOURCE_FEATURES)
    assert len({feature.name for feature in every}) == len(every)
    assert all(feature.meaning.endswith(".") and feature.unit for feature in every)


def test_source_features_repeat_for_every_source_in_order():
    names = feature_names(["popular", "ease"])
    assert names[: len(FEATURES)] == tuple(feature.name for feature in FEATURES)
    assert names[len(FEATURES)] == "popular.score_share"
    assert names[-1] == "ease.reciprocal_rank"
    assert len(names) == len(FEATURES) + 2 * len(SOURCE_FEATURES)


def test_an_unknown_feature_has_no_column():
    with pytest.raises(ValueError, match="not in list"):
        column("charm")


def test_loops_compiled_for_other_columns_compute_nothing(monkeypatch):
    asked, counted = pool([0]), ItemTimeline.from_interactions(events([])).state_at(NOON, 1)
    monkeypatch.setattr(matrix, "LAYOUT", 1)
    with pytest.raises(StaleLoops, match="another version"):
        feature_matrix(asked, person(), counted, ItemColumns.of(catalogue()), Context(NOON))
    monkeypatch.setattr(timeline, "LAYOUT", 1)
    with pytest.raises(StaleLoops):
        ItemTimeline.from_interactions(events([])).state_at(NOON, 1)
