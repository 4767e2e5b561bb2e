import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settee.core import RankingSettings
from settee.events import Histories
from settee.ranking import explain, make_pool, score_sources
from settee.ranking.reasons import MAX_SHARES
from tests.features.world import DAY, NOON, catalogue, person
from tests.ranking.world import BLANK, CLUE, HEAT, RONIN, ZEROS, Written, model


def table(**rows):
    out = np.zeros((4, 4))
    for name, row in rows.items():
        out[("heat", "ronin", "clue", "blank").index(name)] = row
    return out


def explained(sources, who, item, kinds=None, items=None, weight=None):
    known = model(sources, items=items)
    scores = [row[0] for row in score_sources(known, Histories.of_one(who.item, who.at_s))]
    asked = make_pool(scores, np.ones(known.catalogue.n_items, np.bool_), RankingSettings())
    (place,) = np.flatnonzero(asked.items == item)
    (answer,) = explain(known, asked, np.array([place]), who, kinds, weight)
    assert answer.item == item
    return answer


TWO = person((HEAT, NOON - 2 * DAY), (CLUE, NOON - DAY))


def test_shares_are_the_parts_of_the_score():
    ease = Written(table(heat=[0, 0.8, 0, 0], clue=[0, 0.2, 0, 0]))
    reason = explained({"ease": ease}, TWO, RONIN).reason
    assert [share.item for share in reason.shares] == [HEAT, CLUE]
    assert [share.share for share in reason.shares] == pytest.approx([0.8, 0.2])
    assert (reason.other, reason.against) == (0, 0)
    assert (reason.kind, reason.source) == ("history", "ease")


def test_an_item_that_was_mostly_somebody_elses_has_a_smaller_share():
    ease = Written(table(heat=[0, 0.8, 0, 0], clue=[0, 0.8, 0, 0]))
    weight = np.array([0.25, 0.75], np.float32)
    reason = explained({"ease": ease}, TWO, RONIN, weight=weight).reason
    assert [share.item for share in reason.shares] == [CLUE, HEAT]
    assert [share.share for share in reason.shares] == pytest.approx([0.75, 0.25])


def test_what_speaks_against_an_item_is_told_apart():
    who = person((HEAT, NOON - 3 * DAY), (CLUE, NOON - 2 * DAY), (BLANK, NOON - DAY))
    ease = Written(table(heat=[0, 0.8, 0, 0], clue=[0, 0.4, 0, 0], blank=[0, -0.2, 0, 0]))
    reason = explained({"ease": ease}, who, RONIN).reason
    assert [share.share for share in reason.shares] == pytest.approx([2 / 3, 1 / 3])
    assert reason.against == pytest.approx(1 / 6)
    score = ease.score(Histories.of_one(who.item, who.at_s))[0, RONIN]
    assert score == pytest.approx(1.2 * (1 - reason.against))


def test_ease_explains_before_the_neighbours_do():
    ease = Written(table(clue=[0, 1, 0, 0]))
    knn = Written(table(heat=[0, 1, 1, 0]))
    assert explained({"knn": knn, "ease": ease}, TWO, RONIN).reason.source == "ease"
    assert explained({"knn": knn, "ease": ease}, TWO, CLUE).reason.source == "knn"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("play", "because you watched Heat"),
        ("complete", "because you watched Heat"),
        ("rate", "because you rated Heat"),
        ("like", "because you liked Heat"),
        ("purchase", "because you bought Heat"),
        ("stop", "because of Heat"),
    ],
)
def test_the_wording_says_what_was_done(kind, text):
    ease = Written(table(heat=[0, 1, 0, 0]))
    assert explained({"ease": ease}, TWO, RONIN, kinds=[kind, "click"]).reason.text == text


def test_the_wording_leaves_open_what_is_not_known():
    ease = Written(table(heat=[0, 1, 0, 0]))
    assert explained({"ease": ease}, TWO, RONIN).reason.text == "because of Heat"


def test_an_item_without_a_title_is_called_by_its_id():
    ease = Written(table(heat=[0, 1, 0, 0]))
    untitled = catalogue(titles=["", "", "", ""])
    assert explained({"ease": ease}, TWO, RONIN, items=untitled).reason.text == "because of heat"


def test_the_newest_of_equal_parts_is_named():
    ease = Written(table(heat=[0, 1, 0, 0], clue=[0, 1, 0, 0]))
    assert explained({"ease": ease}, TWO, RONIN).reason.text == "because of Clue"


def test_common_tags_explain_what_content_put_forward():
    content = Written(table(heat=[0, 1, 0, 0]))
    reason = explained({"content": content}, TWO, RONIN).reason
    assert (reason.kind, reason.text) == ("tags", "similar tags: Crime")
    assert reason.shares == ()


def test_the_most_frequent_common_tags_come_first_and_three_at_most():
    tags = (("A", "B", "C", "D", "E"), ("E", "D"), ("E", "C"), ("A", "B", "C", "D", "E"))
    content = Written(table(heat=[0, 0, 0, 1]))
    who = person((HEAT, NOON - 3), (RONIN, NOON - 2), (CLUE, NOON - 1))
    reason = explained({"content": content}, who, BLANK, items=catalogue(tags=tags)).reason
    assert reason.text == "similar tags: E, C, D"


def test_content_without_common_tags_is_about_words():
    content = Written(table(clue=[0, 1, 0, 0]))
    reason = explained({"content": content}, person((CLUE, NOON)), RONIN).reason
    assert (reason.kind, reason.text) == ("content", "similar words in title or description")


class Always(Written):
    def score(self, histories):
        return np.tile(self.table[0], (histories.n_people, 1))


def test_what_only_popularity_put_forward_is_popular():
    popular = Always(table(heat=[1, 2, 3, 4]), has_shares=False)
    answer = explained({"popular": popular, "ease": Written(ZEROS)}, person(), CLUE)
    assert (answer.reason.kind, answer.reason.text) == ("popular", "popular now")


def test_nothing_is_invented_where_nothing_is_known():
    other = Always(table(heat=[1, 2, 3, 4]), has_shares=False)
    answer = explained({"other": other}, person(), CLUE)
    assert answer.reason is None


def test_a_source_without_parts_is_passed_over():
    ease = Written(table(heat=[0, 1, 0, 0]), has_shares=False)
    popular = Always(table(heat=[0, 1, 0, 0]), has_shares=False)
    assert explained({"ease": ease, "popular": popular}, TWO, RONIN).reason.kind == "popular"


def test_a_history_that_only_speaks_against_is_no_reason():
    ease = Always(table(heat=[0, 1, 0, 0]))
    ease.shares = lambda history, items: -np.ones((len(items), len(history)), np.float32)
    assert explained({"ease": ease}, TWO, RONIN).reason is None


def test_no_items_need_no_explanation():
    known = model({"ease": Written(ZEROS)})
    asked = make_pool([None], np.ones(4, np.bool_), RankingSettings())
    assert explain(known, asked, np.empty(0, np.int64), TWO) == ()


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_shares_lie_between_0_and_1_and_sum_to_1_and_give_the_score_back(data):
    n = data.draw(st.integers(1, 12))
    parts = data.draw(
        st.lists(st.floats(-1, 1, width=32).filter(lambda x: abs(x) > 1e-3), min_size=n, max_size=n)
    )
    big = np.zeros((n + 1, n + 1))
    big[:n, n] = parts
    world = catalogue([f"i{place}" for place in range(n + 1)], [()] * (n + 1), [2000] * (n + 1))
    known = model({"ease": Written(big)}, items=world)
    who = person(*((place, NOON + place) for place in range(n)))
    score = float(np.array(parts, np.float32).sum())
    if score <= 1e-3:
        return
    asked = make_pool([np.append(np.zeros(n), score)], np.ones(n + 1, np.bool_), RankingSettings())
    (answer,) = explain(known, asked, np.array([0]), who)
    reason = answer.reason
    shares = [share.share for share in reason.shares]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) <= MAX_SHARES
    assert all(0 < share <= 1 for share in shares)
    assert reason.other >= 0
    assert sum(shares) + reason.other == pytest.approx(1)
    total = sum(part for part in parts if part > 0)
    assert total * (1 - reason.against) == pytest.approx(score, rel=1e-3)
