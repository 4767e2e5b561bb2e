import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import ITEM_KINDS, KINDS, RuleSettings
from settee.rules import RULES, BadRule, decide, keep, kinds_that_hide

N_ITEMS = 12
NONE = np.zeros(0, dtype=np.int32)
OPEN = np.zeros(N_ITEMS, dtype=np.uint8)
POSITIONS = st.lists(st.integers(0, N_ITEMS - 1), max_size=20).map(
    lambda items: np.array(items, dtype=np.int32)
)


def test_nothing_seen_and_nothing_excluded_allows_everything():
    verdict = decide(OPEN, seen=NONE, excluded=NONE)
    assert verdict.allowed.all()
    assert verdict.counts() == {}
    assert verdict.examples(3) == {}


def test_each_removed_item_counts_once_under_the_first_rule():
    shelf = OPEN.copy()
    shelf[[0, 5]] = 4, 5
    verdict = decide(shelf, seen=np.array([0, 1, 1]), excluded=np.array([1, 2]))
    assert verdict.counts() == {"excluded": 2, "seen": 1, "out_of_stock": 1}
    assert verdict.examples(1) == {"excluded": [1], "seen": [0], "out_of_stock": [5]}


def test_the_callers_shelf_is_not_changed():
    decide(OPEN, seen=np.array([3]), excluded=np.array([4]))
    assert not OPEN.any()


def test_kinds_in_the_settings_decide_what_hides():
    default = kinds_that_hide(RuleSettings().exclude_seen)
    assert default[KINDS.index("play")]
    assert not default[KINDS.index("click")]
    only_click = kinds_that_hide(RuleSettings(exclude_seen=("click",)).exclude_seen)
    assert only_click[KINDS.index("click")]
    assert not only_click[KINDS.index("play")]


def test_every_item_kind_may_hide():
    assert kinds_that_hide(sorted(ITEM_KINDS)).sum() == len(ITEM_KINDS)


@pytest.mark.parametrize(
    ("kind", "hint"), [("plays", 'Did you mean "play"?'), ("", "Leave it out.")]
)
def test_unknown_kind_is_refused_with_the_nearest_name(kind, hint):
    with pytest.raises(BadRule) as caught:
        kinds_that_hide([kind])
    assert caught.value.hint == hint
    assert caught.value.place == "rules.exclude_seen"


@given(
    shelf=st.lists(st.integers(0, len(RULES)), min_size=N_ITEMS, max_size=N_ITEMS),
    seen=POSITIONS,
    excluded=POSITIONS,
    ranked=st.lists(st.integers(-1, N_ITEMS - 1), max_size=30),
    k=st.integers(0, 30),
)
def test_no_order_of_candidates_ever_shows_a_removed_item(shelf, seen, excluded, ranked, k):
    closed = np.array(shelf, dtype=np.uint8)
    verdict = decide(closed, seen=seen, excluded=excluded)
    candidates = np.array(ranked, dtype=np.int32)
    shown = candidates[keep(verdict, candidates, k)].tolist()
    removed = {*seen.tolist(), *excluded.tolist(), *np.flatnonzero(closed).tolist()}
    assert not removed & set(shown)
    assert -1 not in shown
    assert shown == [item for item in ranked if item >= 0 and item not in removed][:k]
    assert sum(verdict.counts().values()) == len(removed)
    assert int((~verdict.allowed).sum()) == len(removed)
