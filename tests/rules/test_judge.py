from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import BadInput, Item
from settee.rules import RULES, Asking, BadFacts, RuleSet, compile_rules
from tests.rules.worlds import DAY_S, IDS, ITEMS, NOON, compiled, facts, removed, rules, told

ASKING = Asking(NOON)


def rule(body: str) -> str:
    return f'[[rules]]\nname = "r"\n{body}'


def test_no_rules_remove_nothing():
    assert told(compiled("")).allowed.all()
    assert removed("") == {}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('kind = "block"\nitems.tags = ["Horror"]', ["knives"]),
        ('kind = "block"\nitems.ids = ["reef", "unheard-of"]', ["reef"]),
        ('kind = "block"\nitems.without_tags = ["Family"]', ["knives", "vizontele", "mystery"]),
        ('kind = "block"\nitems.kinds = ["film"]\nitems.min_year = 2001', ["knives", "vizontele"]),
        ('kind = "block"\nitems.max_year = 2001', ["toys", "vizontele"]),
        ('kind = "block"\nitems.max_price_cents = 500', ["toys"]),
        ('kind = "block"\nitems.min_margin = 0.2\nitems.max_margin = 0.6', ["toys"]),
        ('kind = "block"\nitems.min_stock = 4', ["knives"]),
        ('kind = "block"\nitems.max_stock = 4', ["toys"]),
        ('kind = "block"\nitems.min_age_rating = 18', ["knives", "mystery"]),
        ('kind = "block"\nitems.languages = ["tr"]', ["vizontele"]),
        ('kind = "block"\nitems.new_days = 2', ["reef"]),
        ('kind = "only"\nitems.tags = ["Family"]', ["knives", "vizontele", "mystery"]),
        ('kind = "only"\nitems.new_days = 5', ["toys", "knives", "mystery"]),
        ('kind = "age_limit"\nmax_age = 7', ["knives", "mystery"]),
        ('kind = "age_limit"\nmax_age = 6\nitems.languages = ["tr"]', ["vizontele"]),
        ('kind = "language"\nlanguages = ["en"]', ["vizontele", "mystery"]),
        ('kind = "language"\nlanguages = ["en"]\nunknown = "keep"', ["vizontele"]),
        ('kind = "stock"\npieces = 10', ["toys"]),
        ('kind = "window"\nopens_at = 2027-01-01\nitems.kinds = ["series"]', ["reef"]),
        ('kind = "window"\ncloses_at = 2026-12-24T12:00:00Z\nitems.kinds = ["series"]', ["reef"]),
    ],
)
def test_a_hard_rule_removes_just_what_it_says(body, expected):
    assert removed(rule(body)) == {"r": expected}


@pytest.mark.parametrize(
    "body",
    [
        'kind = "window"\nopens_at = 2026-12-24T12:00:00Z\nitems.kinds = ["series"]',
        'kind = "window"\ncloses_at = 2026-12-24T12:00:01Z\nitems.kinds = ["series"]',
        'kind = "block"\nis_active = false\nitems.tags = ["Horror"]',
        'kind = "boost"\nlift = 10\nitems.tags = ["Horror"]',
        'kind = "pin"\nitem = "toys"\nrank = 1',
        'kind = "language"',  # nothing is asked for
    ],
)
def test_rules_that_do_not_remove_remove_nothing(body):
    assert removed(rule(body)) == {}


@pytest.mark.parametrize(
    ("condition", "asking", "does_count"),
    [
        ('slots = ["home"]', replace(ASKING, slot="home"), True),
        ('slots = ["home"]', replace(ASKING, slot="search"), False),
        ('slots = ["home"]', ASKING, False),
        ('segments = ["kids", "new"]', replace(ASKING, segments=("loyal", "new")), True),
        ('segments = ["kids"]', replace(ASKING, segments=("loyal",)), False),
        ('devices = ["tv"]', replace(ASKING, device_type="tv"), True),
        ('devices = ["tv"]', ASKING, False),
        ('profiles = ["kids*"]', replace(ASKING, profile_id="Kids-2"), True),
        ('profiles = ["kids*"]', replace(ASKING, profile_id="my-kids"), False),
        ('profiles = ["anna", "kids*"]', replace(ASKING, profile_id="anna"), True),
        ('profiles = ["kids*"]', ASKING, False),
        ("starts_at = 2026-12-24T12:00:00Z", ASKING, True),
        ("starts_at = 2026-12-24T12:00:01Z", ASKING, False),
        ("expires_at = 2026-12-24T12:00:01Z", ASKING, True),
        ("expires_at = 2026-12-24T12:00:00Z", ASKING, False),
        ('season = "12-24..12-24"', ASKING, True),
        ('season = "12-01..12-23"', ASKING, False),
        ('season = "11-15..01-06"', ASKING, True),
        ('season = "12-25..01-06"', ASKING, False),
    ],
)
def test_a_rule_counts_only_where_its_conditions_hold(condition, asking, does_count):
    found = removed(rule(f'kind = "block"\nitems.ids = ["toys"]\n{condition}'), asking)
    assert found == ({"r": ["toys"]} if does_count else {})


def test_an_age_that_nobody_knows_counts_as_adult():
    found = removed("", replace(ASKING, max_age=17))
    assert found == {"age_limit": ["knives", "mystery"]}
    assert removed("", replace(ASKING, max_age=18)) == {}


def test_languages_of_the_request_remove_what_is_known_to_be_in_others():
    assert removed("", replace(ASKING, languages=("tr",))) == {
        "language": ["toys", "knives", "reef"]
    }


def test_a_language_rule_without_languages_takes_those_of_the_request():
    found = removed(rule('kind = "language"'), replace(ASKING, languages=("tr", "en")))
    assert found == {"r": ["mystery"]}


def test_of_several_reasons_the_built_in_one_is_named_then_the_higher_priority():
    text = """
        [[rules]]
        name = "late"
        kind = "block"
        items.languages = ["en"]

        [[rules]]
        name = "first"
        kind = "block"
        priority = 5
        items.kinds = ["film"]
    """
    closed = np.zeros(5, np.uint8)
    closed[[0, 1, 2, 3]] = RULES.index("unavailable") + 1
    verdict = told(compiled(text), closed=closed, excluded=[0], seen=[0, 1], disliked=[1, 2])
    assert verdict.examples(9) == {
        "excluded": [0], "seen": [1], "disliked": [2], "unavailable": [3], "late": [4],
    }  # fmt: skip
    assert removed(text) == {"first": ["toys", "knives", "vizontele"], "late": ["reef"]}
    assert verdict.counts() == dict.fromkeys(
        ("excluded", "seen", "disliked", "unavailable", "late"), 1
    )


def test_what_was_kept_of_one_question_is_not_given_to_another():
    text = rule('kind = "block"\nitems.new_days = 2')
    rows = compiled(text)
    assert told(rows).counts() == {"r": 1}
    assert told(rows, Asking(NOON + 2 * DAY_S)).counts() == {}
    assert told(rows).counts() == {"r": 1}
    assert told(rows, replace(ASKING, max_age=0)).counts() == {"age_limit": 3, "r": 1}
    edge_s = int(datetime(2026, 12, 25, tzinfo=UTC).timestamp())
    assert told(rows, Asking(edge_s - 1)).counts() == {"r": 1}
    assert told(rows, Asking(edge_s)).counts() == {}


def test_no_more_than_so_many_outcomes_are_kept():
    rows = compiled("")
    for n in range(300):
        told(rows, replace(ASKING, languages=(f"l{n}",)))
    assert len(rows.kept) <= 64


def test_the_callers_columns_are_left_as_they_are():
    rows, closed = compiled(rule('kind = "block"\nitems.ids = ["toys"]')), np.zeros(5, np.uint8)
    told(rows, closed=closed, seen=[1])
    told(rows, closed=closed)
    assert not closed.any()
    assert told(rows).counts() == {"r": 1}


def test_columns_over_another_item_space_are_refused():
    with pytest.raises(BadFacts, match="compiled over 5 items, and 3 were given"):
        told(compiled(""), closed=np.zeros(3, np.uint8))


def test_a_question_for_less_than_nothing_is_refused():
    with pytest.raises(BadInput, match="k is -1"):
        Asking(NOON, k=-1)


def test_a_catalogue_without_items_is_judged():
    rows = compile_rules(rules(rule('kind = "block"\nitems.tags = ["x"]')), facts(Item("a")))
    assert told(rows).allowed.tolist() == [True]
    empty = compile_rules(RuleSet.empty(), type(rows.facts).of_items([], []))
    assert told(empty).allowed.tolist() == []


HARD = (
    'kind = "block"\nitems.tags = ["Horror", "Nature"]',
    'kind = "block"\nitems.new_days = 2',
    'kind = "only"\nitems.kinds = ["film"]',
    'kind = "age_limit"\nmax_age = 7\nprofiles = ["kids*"]',
    'kind = "language"\nlanguages = ["en"]',
    'kind = "language"',
    'kind = "stock"\npieces = 10\nslots = ["home"]',
    'kind = "window"\nopens_at = 2027-01-01\nitems.languages = ["tr"]',
    'kind = "boost"\nlift = 10\nitems.ids = ["knives"]',
)
QUESTIONS = st.builds(
    Asking,
    as_of_s=st.sampled_from([NOON, NOON + DAY_S, NOON + 40 * DAY_S]),
    slot=st.sampled_from([None, "home"]),
    profile_id=st.sampled_from([None, "kids", "anna"]),
    max_age=st.sampled_from([None, 0, 17, 18]),
    languages=st.sampled_from([(), ("en",), ("tr", "de")]),
)


@given(
    chosen=st.lists(st.sampled_from(HARD), unique=True, max_size=6),
    data=st.data(),
    questions=st.lists(QUESTIONS, min_size=1, max_size=3),
    order=st.permutations(range(5)),
)
def test_no_order_of_rules_items_or_questions_changes_what_may_be_shown(
    chosen, data, questions, order
):
    named = [f'[[rules]]\nname = "r{n}"\n{body}' for n, body in enumerate(chosen)]
    mixed = data.draw(st.permutations(named))
    straight = compiled("\n".join(named))
    shuffled = compiled("\n".join(mixed), *[ITEMS[place] for place in order])
    for asking in questions:
        allowed = {IDS[place] for place in np.flatnonzero(told(straight, asking).allowed)}
        again = np.flatnonzero(told(shuffled, asking).allowed)
        assert {IDS[order[place]] for place in again} == allowed
        alone = [
            {IDS[place] for place in np.flatnonzero(told(compiled(body), asking).allowed)}
            for body in [*named, ""]
        ]
        assert allowed == set.intersection(*alone)
