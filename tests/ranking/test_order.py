import numpy as np
import pytest

from settee.core import RankingSettings
from settee.events import Histories
from settee.features import Context, ItemTimeline
from settee.features.matrix import FeaturesMismatch
from settee.ranking import make_pool, rank, score_sources, warm_up
from settee.ranking.ranker import BadRows
from tests.features.world import DAY, HOUR, NOON, events, person, pool
from tests.ranking.world import BLANK, CLUE, HEAT, RONIN, Written, model, stump

TABLE = np.zeros((4, 4))
TABLE[HEAT] = [0, 0.8, 0.1, 0]
TABLE[CLUE] = [0.3, 0.2, 0, 0.1]
SOURCES = {"ease": Written(TABLE), "knn": Written(2 * TABLE)}
WHO = person((HEAT, NOON - DAY))


def ordered(known, asked, who=WHO, context=None, **more):
    context = context or Context(NOON)
    state = known.timeline.state_at(context.at_s, HOUR)
    return rank(known, asked, who, state, context, **more)


def test_every_source_scores_every_item_for_everybody():
    both = Histories(np.array([0, 1, 1]), np.array([HEAT], np.int32), np.array([NOON]))
    first, second = score_sources(model(SOURCES), both)
    np.testing.assert_array_equal(first, np.array([TABLE[HEAT], np.zeros(4)], np.float32))
    np.testing.assert_array_equal(second, 2 * first)


def test_without_a_ranker_fusion_orders():
    asked = pool([RONIN, CLUE], scores=[[1, 1], [1, 1]], ranks=[[0, 0], [1, 1]])
    answer = ordered(model(SOURCES), asked)
    assert answer.by == "fusion"
    assert answer.places.tolist() == [0, 1]
    assert answer.scores.tolist() == asked.fused.astype(float).tolist()


def test_a_promoted_ranker_orders_and_another_does_not():
    asked = pool([RONIN, CLUE], scores=[[1, 1], [1, 1]], ranks=[[0, 0], [1, 1]])
    newest_first = stump(list(SOURCES), "year_age", threshold=20, left=0, right=1)
    promoted = model(SOURCES, newest_first, is_promoted=True)
    assert ordered(promoted, asked).by == "ranker"
    old_first = stump(list(SOURCES), "year_age", threshold=5, left=1, right=0)
    waiting = model(SOURCES, old_first)
    assert ordered(waiting, asked).by == "fusion"


def test_the_ranker_decides_the_order_and_ties_keep_the_fused_one():
    asked = pool(
        [RONIN, HEAT, CLUE, BLANK],
        scores=np.ones((4, 2)),
        ranks=[[0, 0], [1, 1], [2, 2], [3, 3]],
    )
    by_comedy = stump(list(SOURCES), "tag_affinity", threshold=0.9)
    known = model(SOURCES, by_comedy, is_promoted=True)
    answer = ordered(known, asked, person((CLUE, NOON - DAY)))
    assert asked.items[answer.places].tolist() == [CLUE, RONIN, HEAT, BLANK]
    assert answer.scores.tolist() == [1, 0, 0, 0]


def test_ranker_and_fusion_can_be_forced():
    asked = pool([RONIN, CLUE], scores=[[1, 1], [1, 1]], ranks=[[0, 0], [1, 1]])
    ranker = stump(list(SOURCES), "hour")
    assert ordered(model(SOURCES, ranker), asked, with_ranker=True).by == "ranker"
    promoted = model(SOURCES, ranker, is_promoted=True)
    assert ordered(promoted, asked, with_ranker=False).by == "fusion"
    assert ordered(model(SOURCES), asked, with_ranker=True).by == "fusion"


def test_an_empty_pool_has_an_empty_order():
    known = model(SOURCES, stump(list(SOURCES), "hour"), is_promoted=True)
    answer = ordered(known, make_pool([None, None], np.ones(4, np.bool_), RankingSettings()))
    assert (len(answer.places), len(answer.scores), answer.by) == (0, 0, "ranker")


def test_the_width_of_a_bucket_decides_from_when_an_event_counts():
    asked = pool([RONIN, HEAT], scores=np.ones((2, 2)), ranks=[[0, 0], [1, 1]])
    known = model(SOURCES, stump(list(SOURCES), "n_all"), is_promoted=True)
    context = Context(NOON + 1800)
    timeline = known.timeline.extend(np.array([RONIN], np.int32), np.array([NOON + 60]))
    hourly = rank(known, asked, WHO, timeline.state_at(context.at_s, HOUR), context)
    by_minute = rank(known, asked, WHO, timeline.state_at(context.at_s, 60), context)
    assert hourly.places.tolist() == [1, 0]
    assert by_minute.places.tolist() == [0, 1]


def test_a_pool_of_other_sources_is_refused():
    known = model(SOURCES, stump(list(SOURCES), "hour"), is_promoted=True)
    with pytest.raises(BadRows):
        ordered(known, pool([RONIN]))


def test_a_state_of_another_catalogue_is_refused():
    known = model(SOURCES, stump(list(SOURCES), "hour"), is_promoted=True)
    other = ItemTimeline.from_interactions(events([], n_items=9)).state_at(NOON, HOUR)
    asked = pool([RONIN], scores=[[1, 1]], ranks=[[0, 0]])
    with pytest.raises(FeaturesMismatch):
        rank(known, asked, WHO, other, Context(NOON))


def test_after_warming_up_a_request_compiles_nothing_new():
    from settee.features import kernels
    from settee.ranking import pool as pools
    from settee.ranking import walk

    warm_up()
    loops = (kernels.fill, pools._best, pools._fuse, pools._unite, walk._score_by_bits)
    before = [len(loop.signatures) for loop in loops]
    known = model(SOURCES, stump(list(SOURCES), "hour"), is_promoted=True)
    scores = [row[0] for row in score_sources(known, Histories.of_one(WHO.item, WHO.at_s))]
    ordered(known, make_pool(scores, np.ones(4, np.bool_), known.ranking))
    assert [len(loop.signatures) for loop in loops] == before
