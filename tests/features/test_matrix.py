import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.core import DEVICE_TYPES
from settee.features import (
    FEATURES,
    Context,
    ItemColumns,
    ItemTimeline,
    feature_matrix,
    feature_names,
)
from settee.features.matrix import FeaturesMismatch
from tests.features.world import DAY, HOUR, NOON, catalogue, events, person, pool

HEAT, RONIN, CLUE, BLANK = range(4)
COLUMNS = ItemColumns.of(catalogue())
RECORD = [(HEAT, NOON - 40 * DAY), (HEAT, NOON - 2 * HOUR), (CLUE, NOON - 90 * 60)]


def state(rows=RECORD, as_of=NOON, bucket=HOUR):
    return ItemTimeline.from_interactions(events(rows)).state_at(as_of, bucket)


def features(items, who, context=None, record=None, **shape):
    """One dict of features per item of the pool."""
    asked = pool(items, **shape)
    context = context or Context(NOON)
    counted = state(as_of=context.at_s) if record is None else record
    rows = feature_matrix(asked, who, counted, COLUMNS, context)
    sources = [f"s{place}" for place in range(asked.source_scores.shape[1])]
    return [dict(zip(feature_names(sources), row.tolist(), strict=True)) for row in rows]


def test_a_matrix_has_a_row_per_item_and_a_column_per_name():
    rows = feature_matrix(pool([RONIN, CLUE]), person(), state(), COLUMNS, Context(NOON))
    assert rows.shape == (2, len(feature_names(["one"])))
    assert rows.dtype == np.float32


def test_an_empty_pool_has_no_rows():
    assert feature_matrix(pool([]), person(), state(), COLUMNS, Context(NOON)).shape[0] == 0


def test_item_features_are_those_of_the_state():
    counted = state()
    (row,) = features([HEAT], person())
    for place, feature in enumerate(FEATURES[: counted.values.shape[1]]):
        np.testing.assert_equal(np.float32(row[feature.name]), counted.values[HEAT, place])


def test_release_years_age_and_unknown_ones_stay_unknown():
    heat, blank = features([HEAT, BLANK], person())
    assert heat["year_age"] == pytest.approx(1970 + NOON / 31_556_952 - 1995.5, abs=1e-3)
    assert math.isnan(blank["year_age"])


def test_the_history_is_counted_and_dated():
    who = person((HEAT, NOON - 100 * DAY), (RONIN, NOON - 20 * DAY), (CLUE, NOON - HOUR))
    (row,) = features([BLANK], who)
    assert row["n_history"] == pytest.approx(math.log1p(3))
    assert row["tenure_days"] == 100
    assert row["idle_days"] == pytest.approx(1 / 24)
    assert row["n_history_1d"] == pytest.approx(math.log1p(1))
    assert row["n_history_30d"] == pytest.approx(math.log1p(2))


def test_features_at_noon_ignore_the_play_at_one():
    before = [(RONIN, NOON - DAY)]
    left = features([HEAT, CLUE], person(*before))
    right = features([HEAT, CLUE], person(*before, (CLUE, NOON), (HEAT, NOON + HOUR)))
    np.testing.assert_equal(left, right)


def test_a_stranger_has_no_taste():
    (row,) = features([HEAT], person())
    assert row["n_history"] == 0
    for name in (
        "tenure_days",
        "idle_days",
        "tag_breadth",
        "taste_percentile",
        "taste_year",
        "tag_affinity",
        "tag_affinity_recent",
        "tag_lift",
        "tag_match_last",
        "year_gap",
        "year_gap_recent",
        "percentile_gap",
    ):
        assert math.isnan(row[name]), name


def test_tag_affinity_is_the_share_of_the_history_with_the_tags():
    who = person((HEAT, NOON - 3 * DAY), (RONIN, NOON - 2 * DAY), (CLUE, NOON - DAY))
    heat, ronin, clue = features([HEAT, RONIN, CLUE], who)
    assert ronin["tag_affinity"] == pytest.approx(2 / 3)
    assert heat["tag_affinity"] == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert clue["tag_affinity"] == pytest.approx(1 / 3)


def test_newer_tags_weigh_more():
    crime_then_comedy = person((RONIN, NOON - 2 * DAY), (CLUE, NOON - DAY))
    ronin, clue = features([RONIN, CLUE], crime_then_comedy)
    assert ronin["tag_affinity"] == clue["tag_affinity"]
    assert ronin["tag_affinity_recent"] < clue["tag_affinity_recent"]
    old = 2 ** (-1 / 10)
    assert ronin["tag_affinity_recent"] == pytest.approx(old / (1 + old))


def test_lift_compares_with_how_common_the_tags_are():
    (ronin,) = features([RONIN], person((CLUE, NOON - 2 * DAY), (RONIN, NOON - DAY)))
    assert ronin["tag_lift"] == pytest.approx(math.log((1 / 2 + 0.01) / (2 / 4 + 0.01)))
    (heat,) = features([HEAT], person((CLUE, NOON - DAY)))
    assert heat["tag_lift"] < 0


def test_breadth_is_the_number_of_equally_frequent_tags():
    (one,) = features([HEAT], person((RONIN, NOON - DAY)))
    (two,) = features([HEAT], person((RONIN, NOON - 2 * DAY), (CLUE, NOON - DAY)))
    assert (one["tag_breadth"], two["tag_breadth"]) == (pytest.approx(1), pytest.approx(2))


def test_the_newest_item_is_matched_by_its_tags():
    heat, ronin, clue = features([HEAT, RONIN, CLUE], person((RONIN, NOON - DAY)))
    assert heat["tag_match_last"] == pytest.approx(1 / 2)
    assert ronin["tag_match_last"] == 1
    assert clue["tag_match_last"] == 0


def test_without_tags_nothing_is_said_about_tags():
    (row,) = features([BLANK], person((HEAT, NOON - DAY)))
    assert math.isnan(row["tag_affinity"])
    (row,) = features([HEAT], person((BLANK, NOON - DAY)))
    assert math.isnan(row["tag_affinity"])
    (row,) = features([HEAT], person((HEAT, NOON - 2 * DAY), (BLANK, NOON - DAY)))
    assert row["tag_affinity"] == 1
    assert math.isnan(row["tag_match_last"])


def test_years_are_compared_with_the_years_of_the_history():
    who = person((CLUE, NOON - 2 * DAY), (BLANK, NOON - DAY - 1), (HEAT, NOON - DAY))
    ronin, blank = features([RONIN, BLANK], who)
    assert ronin["taste_year"] == 1990
    assert ronin["year_gap"] == 8
    old = 2 ** (-2 / 10)
    assert ronin["year_gap_recent"] == pytest.approx(1998 - (1995 + old * 1985) / (1 + old))
    assert math.isnan(blank["year_gap"])


def test_taste_for_the_popular_is_compared_with_the_item():
    counted = state()
    heat, ronin = features([HEAT, RONIN], person((HEAT, NOON - DAY)))
    assert heat["taste_percentile"] == counted.column("percentile_all")[HEAT]
    assert heat["percentile_gap"] == 0
    assert ronin["percentile_gap"] < 0


def test_the_context_is_hour_weekday_and_device():
    (row,) = features([HEAT], person(), Context(NOON, "mobile"))
    assert row["hour"] == 12
    assert row["weekday"] == Context(NOON).weekday
    assert row["device_type"] == DEVICE_TYPES.index("mobile")
    (row,) = features([HEAT], person(), Context(NOON))
    assert math.isnan(row["device_type"])


def test_source_scores_are_taken_relative_to_the_pool():
    scores, ranks = [[4, 0.1], [2, 0.3], [0, 0.2]], [[0, -1], [1, 0], [-1, 1]]
    rows = features([HEAT, RONIN, CLUE], person(), scores=scores, ranks=ranks)
    assert [row["s0.score_share"] for row in rows] == [1, 0.5, 0]
    assert rows[0]["s0.score_z"] == pytest.approx(2 / np.std([4, 2, 0]))
    assert [row["s0.reciprocal_rank"] for row in rows] == [1, 0.5, 0]
    assert [row["n_sources"] for row in rows] == [1, 2, 1]
    assert rows[0]["fused_share"] == 1
    assert rows[2]["fused_share"] == pytest.approx(61 / 63)


@given(factor=st.sampled_from([0.001, 0.5, 64.0, 1e6]))
@settings(deadline=None)
def test_a_source_on_another_scale_gives_the_same_features(factor):
    scores = np.array([[4.0], [2.0], [1.0], [0.5]])
    usual = features([0, 1, 2, 3], person(), scores=scores)
    scaled = features([0, 1, 2, 3], person(), scores=scores * factor)
    for left, right in zip(usual, scaled, strict=True):
        assert left["s0.score_share"] == pytest.approx(right["s0.score_share"], rel=1e-5)
        assert left["s0.score_z"] == pytest.approx(right["s0.score_z"], rel=1e-4)


def test_a_source_that_gave_no_answer_stays_unknown():
    scores, ranks = [[1, math.nan], [0.5, math.nan]], [[0, -1], [1, -1]]
    rows = features([HEAT, RONIN], person(), scores=scores, ranks=ranks)
    assert all(math.isnan(row["s1.score_share"]) for row in rows)
    assert all(math.isnan(row["s1.score_z"]) for row in rows)
    assert [row["s1.reciprocal_rank"] for row in rows] == [0, 0]


def test_equal_scores_do_not_stand_out():
    rows = features([HEAT, RONIN], person(), scores=[[2], [2]])
    assert all(math.isnan(row["s0.score_z"]) for row in rows)


def test_scores_that_speak_against_everything_have_no_share():
    rows = features([HEAT, RONIN], person(), scores=[[-1], [-2]], fused=[0, 0])
    assert all(math.isnan(row["s0.score_share"]) for row in rows)
    assert all(math.isnan(row["fused_share"]) for row in rows)


def test_the_person_does_not_grow_old_after_the_record_ended():
    who = person((HEAT, NOON - DAY))
    (row,) = features([RONIN], who, Context(NOON + 9000 * DAY))
    assert row["idle_days"] < 2
    (row,) = features([RONIN], person((HEAT, NOON + 8000 * DAY)), Context(NOON + 9000 * DAY))
    assert row["idle_days"] == pytest.approx(1 / 24)


@pytest.mark.parametrize("where", ["pool", "history"])
@pytest.mark.parametrize("item", [-1, 4])
def test_an_item_of_another_catalogue_is_refused(where, item):
    asked = pool([item if where == "pool" else HEAT])
    who = person((item if where == "history" else HEAT, NOON - DAY))
    with pytest.raises(FeaturesMismatch, match="outside 0 to 3"):
        feature_matrix(asked, who, state(), COLUMNS, Context(NOON))


def test_a_state_of_another_catalogue_is_refused():
    counted = ItemTimeline.from_interactions(events([], n_items=5)).state_at(NOON, HOUR)
    with pytest.raises(FeaturesMismatch, match="5 items and the catalogue 4"):
        feature_matrix(pool([HEAT]), person(), counted, COLUMNS, Context(NOON))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_training_in_bulk_and_serving_one_by_one_give_the_same_bytes(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    rows = [(int(rng.integers(4)), int(NOON - rng.integers(90 * DAY))) for _ in range(30)]
    timeline = ItemTimeline.from_interactions(events(rows))
    stored = ItemTimeline.from_arrays(timeline.to_arrays())
    requests = []
    for _ in range(5):
        order = rng.permutation(4)[: rng.integers(1, 5)]
        past = rng.permutation(4)[: rng.integers(0, 5)]
        times = np.sort(NOON - rng.integers(0, 60 * DAY, len(past)))
        shape = (len(order), 2)
        requests.append((
            pool(order, rng.normal(size=shape), rng.integers(-1, 4, shape)),
            person(*zip(past.tolist(), times.tolist(), strict=True)),
            Context(int(NOON - rng.integers(0, 10 * DAY)), "tv"),
        ))  # fmt: skip
    bulk = [
        feature_matrix(asked, who, timeline.state_at(context.at_s, HOUR), COLUMNS, context)
        for asked, who, context in requests
    ]
    for place in reversed(range(len(requests))):
        asked, who, context = requests[place]
        live = feature_matrix(asked, who, stored.state_at(context.at_s, HOUR), COLUMNS, context)
        assert live.tobytes() == bulk[place].tobytes()
