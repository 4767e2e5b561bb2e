from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import Item
from settee.rules import Asking, lay_page, lift, trace_lifted, trace_removed
from settee.rules.mark import rules_mark
from tests.rules.worlds import DAY_S, IDS, NOON, compiled, told

FIVE = np.arange(5, dtype=np.int32)
ASKING = Asking(NOON)


def factors(body: str, asking: Asking = ASKING) -> dict[str, float]:
    """By what each of the five items is lifted; those that are not are left out."""
    found = lift(compiled(f'[[rules]]\nname = "r"\n{body}'), asking, FIVE)
    by = np.exp(found.log_lift.astype(np.float64))
    return {item: round(one, 3) for item, one in zip(IDS, by.tolist(), strict=True) if one != 1}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('kind = "boost"\nlift = 4\nitems.tags = ["Horror"]', {"knives": 4.0}),
        ('kind = "bury"\nlift = 0.5\nitems.tags = ["Horror"]', {"knives": 0.5}),
        ('kind = "prefer"\nlift = 4\ntags = ["Comedy"]', {"toys": 2.0, "vizontele": 4.0}),
        ('kind = "prefer"\nlift = 4\ntags = ["Comedy"]\nitems.languages = ["tr"]',
         {"vizontele": 4.0}),
        ('kind = "prefer_language"\nlift = 3\nlanguages = ["tr"]', {"vizontele": 3.0}),
        ('kind = "margin"\nlift = 9', {"toys": 3.0, "vizontele": 9.0}),
        ('kind = "overstock"\nlift = 2\npieces = 900', {"knives": 2.0}),
        ('kind = "boost"\nlift = 2\nitems.new_days = 2', {"reef": 2.0}),
        ('kind = "margin"\nlift = 9\nitems.new_days = 5', {"vizontele": 9.0}),
    ],
)  # fmt: skip
def test_a_soft_rule_lifts_just_what_it_says(body, expected):
    assert factors(body) == expected


def test_languages_of_the_request_are_preferred_where_a_rule_names_none():
    body = 'kind = "prefer_language"\nlift = 3'
    assert factors(body) == {}
    assert factors(body, replace(ASKING, languages=("tr",))) == {"vizontele": 3.0}


def test_what_came_in_lately_is_lifted_the_less_the_longer_ago():
    body = 'kind = "recency"\nlift = 4\nhalf_life_days = 2'
    at_s = int(datetime(2026, 12, 24, tzinfo=UTC).timestamp())
    assert factors(body, Asking(at_s)) == {"vizontele": 1.414, "reef": 2.665}
    assert factors(body, Asking(at_s - DAY_S)) == {"vizontele": 1.633, "reef": 4.0}


def test_what_is_not_available_yet_is_no_more_than_new():
    body = 'kind = "recency"\nlift = 4\nhalf_life_days = 2'
    assert factors(body, Asking(NOON - 90 * DAY_S)) == {"vizontele": 4.0, "reef": 4.0}


def test_a_rule_of_another_slot_lifts_nothing():
    assert factors('kind = "boost"\nlift = 2\nslots = ["x"]\nitems.ids = ["toys"]') == {}


def test_margins_that_are_all_the_same_lift_nothing():
    rows = compiled('[[rules]]\nname = "r"\nkind = "margin"\nlift = 2', Item("a", margin=1.0))
    assert lift(rows, ASKING, np.zeros(1, np.int32)).log_lift.tolist() == [0.0]


TWO = """
    [[rules]]
    name = "up"
    kind = "boost"
    lift = 4
    items.languages = ["en"]

    [[rules]]
    name = "down"
    kind = "bury"
    lift = 0.5
    items.tags = ["Horror"]
"""


def test_the_trace_tells_which_rule_lifted_what_and_removed_what():
    rows = compiled(TWO)
    found = lift(rows, ASKING, FIVE)
    told_ = [(one.rule, one.item_id, one.by) for one in trace_lifted(rows, found, [0, 1])]
    assert told_ == [("up", "toys", 4.0), ("up", "knives", 4.0), ("down", "knives", 0.5)]
    removed = trace_removed(rows, told(rows, seen=[0, 1], excluded=[4]), limit=1)
    assert [(one.rule, one.n, one.examples) for one in removed] == [
        ("excluded", 1, ["reef"]), ("seen", 2, ["toys"]),
    ]  # fmt: skip
    assert trace_lifted(compiled(""), lift(compiled(""), ASKING, FIVE), [0]) == []


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=6), st.randoms())
def test_lifts_multiply_in_whatever_order_they_stand(lifts, rng):
    named = [
        f'[[rules]]\nname = "r{n}"\nkind = "{"boost" if by >= 1 else "bury"}"\nlift = {by}\n'
        'items.ids = ["toys"]\n'
        for n, by in enumerate(lifts)
    ]
    rng.shuffle(named)
    found = lift(compiled("".join(named)), ASKING, FIVE)
    assert found.log_lift[0] == pytest.approx(np.log(lifts).sum(), abs=1e-4)
    assert not found.log_lift[1:].any()
    total = sum(found.by_rule.values())
    np.testing.assert_allclose(total, found.log_lift, atol=1e-5)


def test_no_lift_brings_back_what_was_removed():
    rows = compiled(TWO + '[[rules]]\nname = "no"\nkind = "block"\nitems.ids = ["toys"]')
    utility = lift(rows, ASKING, FIVE).log_lift
    found = lay_page(rows, ASKING, FIVE, utility, verdict=told(rows))
    assert 0 not in found.places


def test_the_mark_of_the_rules_moves_when_they_do():
    rule = '[[rules]]\nname = "r"\nkind = "boost"\nlift = 2\nitems.ids = ["toys"]\n'
    rows = compiled(rule + "starts_at = 2026-12-24T12:00:30Z")
    assert rules_mark(rows, Asking(NOON)) == rules_mark(rows, Asking(NOON + 29))
    assert rules_mark(rows, Asking(NOON)) != rules_mark(rows, Asking(NOON + 30))
    window = compiled(
        '[[rules]]\nname = "w"\nkind = "window"\nopens_at = 2026-12-24T12:00:30Z\n'
        'items.ids = ["toys"]'
    )
    assert rules_mark(window, Asking(NOON)) != rules_mark(window, Asking(NOON + 30))
    new = compiled(rule.replace('ids = ["toys"]', "new_days = 2"))
    assert rules_mark(new, Asking(NOON)) != rules_mark(new, Asking(NOON + 1))
    fading = compiled('[[rules]]\nname = "f"\nkind = "recency"\nlift = 2\nhalf_life_days = 1')
    assert rules_mark(fading, Asking(NOON)) == rules_mark(fading, Asking(NOON + 59))
    assert rules_mark(fading, Asking(NOON)) != rules_mark(fading, Asking(NOON + 60))
