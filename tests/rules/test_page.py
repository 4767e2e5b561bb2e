from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import Item
from settee.rules import Asking, BadFacts, Moved, Page, Unmet, lay_page, put_forward
from tests.rules.worlds import DAY_S, IDS, NOON, compiled, told

FIVE = np.arange(5, dtype=np.int32)


def page(text: str, k: int = 3, items=FIVE, **given_) -> Page:
    asking = given_.pop("asking", Asking(NOON, k=k))
    utility = np.linspace(2, 1, len(items))
    return lay_page(compiled(text), asking, items, utility, **given_)


def ids(found: Page, items=FIVE) -> list[str]:
    return [IDS[item] for item in items[found.places]]


def rule(body: str, name: str = "r") -> str:
    return f'[[rules]]\nname = "{name}"\n{body}\n'


def test_without_rules_the_order_that_was_given_stays():
    found = page("", k=4)
    assert found.places.tolist() == [0, 1, 2, 3]
    assert found.moves == ()
    assert found.unmet == ()
    assert found.accepts(0, 4)
    assert not found.accepts(0, 1)  # it is there already
    assert not found.accepts(4, 4)
    assert not found.accepts(0, 5)


def test_a_pin_puts_its_item_at_its_rank_and_says_what_it_costs():
    found = page(rule('kind = "pin"\nitem = "reef"\nrank = 2'))
    assert ids(found) == ["toys", "reef", "knives"]
    assert found.moves == (Moved("r", "reef", "pinned", 5, 2, 0.75),)
    assert not found.accepts(1, 2)
    assert not found.accepts(0, 4)
    assert found.accepts(2, 3)


def test_a_pin_of_what_stands_there_already_keeps_it():
    found = page(rule('kind = "pin"\nitem = "knives"\nrank = 2'))
    assert ids(found) == ["toys", "knives", "vizontele"]
    assert found.moves == (Moved("r", "knives", "kept", 2, 2),)


def test_of_two_pins_at_one_rank_the_higher_priority_gets_it_and_the_other_the_next():
    text = rule('kind = "pin"\nitem = "reef"\nrank = 1', "low") + rule(
        'kind = "pin"\nitem = "mystery"\nrank = 1\npriority = 1', "high"
    )
    assert ids(page(text)) == ["mystery", "reef", "toys"]


def test_a_pin_beyond_the_page_waits_outside():
    found = page(rule('kind = "pin"\nitem = "reef"\nrank = 4'))
    assert ids(found) == ["toys", "knives", "vizontele"]
    assert found.unmet == (Unmet("r", "rank 4 and all below it are taken"),)


def test_pins_that_cannot_be_kept_are_told():
    text = rule('kind = "pin"\nitem = "unheard-of"\nrank = 1', "a") + "".join(
        rule(f'kind = "pin"\nitem = "toys"\nrank = {rank}', f"b{rank}") for rank in (1, 2)
    )
    found = page(text)
    assert ids(found) == ["toys", "knives", "vizontele"]
    assert found.unmet == (
        Unmet("a", 'item "unheard-of" may not be shown or is unknown'),
        Unmet("b2", 'item "toys" is pinned by another rule'),
    )


def test_no_pin_brings_back_what_may_not_be_shown():
    text = rule('kind = "pin"\nitem = "knives"\nrank = 1')
    verdict = told(compiled(rule('kind = "block"\nitems.ids = ["knives"]')))
    found = page(text, k=5, verdict=verdict)
    assert "knives" not in ids(found)
    assert len(found.places) == 4
    assert not found.accepts(0, 1)


def test_most_places_hold_back_what_comes_after_them():
    found = page(rule('kind = "quota"\nmax_count = 1\nitems.languages = ["en"]'), k=4)
    assert ids(found) == ["toys", "vizontele", "mystery"]
    assert found.moves == (
        Moved("r", "knives", "held_back", 2),
        Moved("r", "reef", "held_back", 5),
    )


def test_most_places_that_may_be_filled_leave_no_place_empty():
    text = rule('kind = "quota"\nmax_count = 1\nfill = true\nitems.languages = ["en"]')
    found = page(text, k=4)
    assert ids(found) == ["toys", "vizontele", "mystery", "knives"]
    assert Moved("r", "knives", "filled", 2, 4, -0.5) in found.moves
    assert found.unmet == (Unmet("r", "2 places; at most 1 are wanted"),)


def test_a_share_of_the_places_is_rounded_in_favour_of_the_promise():
    most = page(rule('kind = "quota"\nmax_share = 0.5\nitems.languages = ["en"]'), k=3)
    assert ids(most) == ["toys", "vizontele", "mystery"]
    least = page(rule('kind = "quota"\nmin_share = 0.34\nitems.tags = ["Nature", "Comedy"]'), k=3)
    assert ids(least) == ["toys", "knives", "vizontele"]
    least = page(rule('kind = "quota"\nmin_share = 0.34\nitems.languages = ["tr"]'), k=2)
    assert ids(least) == ["toys", "vizontele"]


def test_a_least_takes_the_lowest_places_it_can():
    found = page(rule('kind = "quota"\nmin_count = 1\nitems.kinds = ["series"]'))
    assert ids(found) == ["toys", "knives", "reef"]
    assert found.moves == (Moved("r", "reef", "raised", 5, 3, 0.5),)
    assert not found.accepts(2, 3)  # the least would be broken
    assert found.accepts(1, 3)


def test_a_least_that_cannot_be_reached_is_told_and_costs_no_place():
    found = page(rule('kind = "quota"\nmin_count = 3\nitems.kinds = ["series"]'), k=4)
    assert ids(found) == ["toys", "knives", "vizontele", "reef"]
    assert found.unmet == (Unmet("r", "1 places; at least 3 are wanted"),)


def test_of_two_leasts_without_room_for_both_the_higher_priority_is_kept():
    text = rule('kind = "quota"\nmin_count = 2\nitems.languages = ["tr"]', "low") + rule(
        'kind = "quota"\nmin_count = 1\npriority = 9\nitems.kinds = ["series"]', "high"
    )
    found = page(text, k=1)
    assert ids(found) == ["reef"]


def test_the_most_per_value_counts_each_value_by_itself():
    by_tag = page(rule('kind = "quota"\nper = "tag"\nmax_count = 1'), k=5)
    assert ids(by_tag) == ["toys", "knives", "mystery"]
    for attribute in ("language", "kind", "age_rating", "year"):
        found = page(rule(f'kind = "quota"\nper = "{attribute}"\nmax_count = 1'), k=5)
        assert (
            ids(found)
            == {
                "language": ["toys", "vizontele", "mystery"],
                "kind": ["toys", "mystery", "reef"],
                "age_rating": ["toys", "knives", "vizontele"],
                "year": ["toys", "knives", "vizontele", "mystery", "reef"],
            }[attribute]
        )


def test_new_titles_get_their_places_while_they_are_new():
    text = rule('kind = "newcomers"\ndays = 2\nmin_count = 1')
    assert ids(page(text)) == ["toys", "knives", "reef"]
    later = Asking(NOON + 9 * DAY_S, k=3)
    assert ids(page(text, asking=later)) == ["toys", "knives", "vizontele"]


def test_a_cap_leaves_out_what_was_shown_often_enough():
    asked: list[int] = []

    def shown(since_s: int) -> np.ndarray:
        asked.append(since_s)
        return np.array([3, 2, 9, 0, 0])

    found = page(rule('kind = "cap"\ntimes = 3\ndays = 7\nitems.languages = ["en"]'), shown=shown)
    assert ids(found) == ["knives", "vizontele", "mystery"]
    assert asked == [NOON - 7 * DAY_S]
    assert found.moves == (Moved("r", "toys", "capped", 1),)
    assert not found.accepts(0, 0)
    assert ids(page(rule('kind = "cap"\ntimes = 3\ndays = 7'))) == ["toys", "knives", "vizontele"]


def test_a_cap_is_stronger_than_a_pin():
    text = rule('kind = "cap"\ntimes = 1\ndays = 1', "cap") + rule(
        'kind = "pin"\nitem = "toys"\nrank = 1', "pin"
    )
    found = page(text, shown=lambda _: np.array([1, 0, 0, 0, 0]))
    assert ids(found) == ["knives", "vizontele", "mystery"]
    assert found.unmet == (Unmet("pin", 'item "toys" may not be shown or is unknown'),)


def test_padding_and_repeats_never_come_in():
    items = np.array([2, -1, 2, 0, 0, 1], np.int32)
    for text in ("", rule('kind = "pin"\nitem = "knives"\nrank = 1')):
        found = page(text, k=6, items=items)
        assert sorted(ids(found, items)) == ["knives", "toys", "vizontele"]


def test_an_empty_pool_makes_an_empty_page():
    nothing = np.zeros(0, np.int32)
    assert page(rule('kind = "quota"\nmin_count = 1'), items=nothing).places.tolist() == []
    assert page("", k=0).places.tolist() == []


def test_utilities_of_another_length_are_refused():
    with pytest.raises(BadFacts, match="2 utilities are given for 5 items"):
        lay_page(compiled(""), Asking(NOON), FIVE, np.zeros(2))


def test_a_move_without_a_finite_cost_tells_none():
    utility = np.array([2, 1, 1, 1, -np.inf])
    text = rule('kind = "pin"\nitem = "reef"\nrank = 1')
    found = lay_page(compiled(text), Asking(NOON, k=2), FIVE, utility)
    assert found.moves == (Moved("r", "reef", "pinned", 5, 1),)


def test_the_pool_is_told_what_rules_of_the_page_need():
    text = (
        rule('kind = "pin"\nitem = "mystery"\nrank = 1', "pin")
        + rule('kind = "pin"\nitem = "knives"\nrank = 2', "gone")
        + rule('kind = "newcomers"\ndays = 9\nmin_count = 1', "new")
        + rule('kind = "cap"\ntimes = 1\ndays = 1', "cap")
        + rule('kind = "quota"\nmax_count = 1\nitems.languages = ["en"]', "most")
        + rule('kind = "quota"\nmin_count = 1\nslots = ["x"]', "elsewhere")
    )
    rows = compiled(text)
    verdict = told(rows, excluded=[1])
    assert [IDS[item] for item in put_forward(rows, Asking(NOON), verdict)] == [
        "mystery", "vizontele", "reef",
    ]  # fmt: skip
    assert put_forward(compiled(""), Asking(NOON), verdict).tolist() == []


def test_of_many_new_titles_all_are_put_forward_to_somebody():
    items = [Item(item_id=f"n{number}", tags=("x",)) for number in range(20)]
    rows = compiled(rule('kind = "quota"\nmin_count = 1\nitems.tags = ["x"]'), *items)
    verdict = told(rows)
    seen: set[int] = set()
    for account in range(200):
        asking = Asking(NOON, account_id=f"a{account}")
        some = put_forward(rows, asking, verdict).tolist()
        assert some == put_forward(rows, asking, verdict).tolist()
        assert len(set(some)) == 2
        seen.update(some)
    assert len(seen) == 20


PAGE_RULES = (
    'kind = "pin"\nitem = "reef"\nrank = 1',
    'kind = "pin"\nitem = "knives"\nrank = 2\npriority = 3',
    'kind = "pin"\nitem = "toys"\nrank = 2',
    'kind = "quota"\nmax_count = 1\nitems.languages = ["en"]',
    'kind = "quota"\nmax_share = 0.5\nper = "tag"',
    'kind = "quota"\nmin_count = 1\nitems.languages = ["tr"]',
    'kind = "newcomers"\ndays = 2\nmin_share = 0.3\npriority = 1',
    'kind = "cap"\ntimes = 2\ndays = 7',
)
HARD = (
    'kind = "block"\nitems.tags = ["Horror"]',
    'kind = "age_limit"\nmax_age = 7',
    'kind = "language"\nlanguages = ["en"]\nunknown = "keep"',
)


@given(data=st.data(), k=st.integers(0, 6), order=st.permutations(range(5)))
def test_whatever_is_pinned_wanted_or_explored_nothing_forbidden_comes_in(data, k, order):
    chosen = data.draw(st.lists(st.sampled_from(PAGE_RULES + HARD), unique=True))
    rows = compiled("".join(rule(body, f"r{n}") for n, body in enumerate(chosen)))
    asking = Asking(NOON, k=k)
    items = np.array(order, np.int32)
    verdict = told(rows, asking, seen=data.draw(st.lists(st.integers(0, 4), max_size=2)))
    shown = np.array(data.draw(st.lists(st.integers(0, 3), min_size=5, max_size=5)))
    found = lay_page(rows, asking, items, np.zeros(5), lambda _: shown, verdict=verdict)
    places = found.places.tolist()
    for position in range(len(places)):
        for row in range(5):
            if found.accepts(position, row) and row not in places:
                places[position] = row
    assert len(places) <= k
    assert len(set(places)) == len(places)
    assert verdict.allowed[items[places]].all()
    if PAGE_RULES[-1] in chosen:
        assert (shown[places] < 2).all()


@given(
    data=st.data(),
    k=st.integers(1, 12),
    most=st.integers(0, 6),
    least=st.integers(0, 6),
    n=st.integers(0, 30),
)
def test_most_is_never_gone_over_and_a_least_is_reached_where_it_can_be(data, k, most, least, n):
    languages = data.draw(st.lists(st.sampled_from(["en", "tr", "de"]), min_size=n, max_size=n))
    items = [Item(item_id=f"i{n}", language=one) for n, one in enumerate(languages)]
    text = rule(f'kind = "quota"\nmax_count = {most}\nitems.languages = ["en"]', "most") + rule(
        f'kind = "quota"\nmin_count = {least}\nitems.languages = ["tr"]', "least"
    )
    rows = compiled(text, *items)
    pool = np.arange(n, dtype=np.int32)
    found = lay_page(rows, Asking(NOON, k=k), pool, np.zeros(n))
    places = found.places.tolist()
    replaced = list(places)
    for position in data.draw(st.permutations(range(len(places)))):
        for row in range(n):
            if row not in replaced and found.accepts(position, row):
                replaced[position] = row
                break
    n_turkish = languages.count("tr")
    for some in (places, replaced):
        in_page = [languages[row] for row in some]
        assert in_page.count("en") <= most
        assert in_page.count("tr") >= min(least, n_turkish, k)
    n_others = n - languages.count("en")
    assert len(places) == min(k, n_others + min(most, languages.count("en")))


@given(st.integers(0, 8), st.integers(0, 5))
def test_a_page_is_as_long_as_it_can_be(k, n):
    text = rule('kind = "pin"\nitem = "reef"\nrank = 4')
    items = FIVE[5 - n :]
    found = page(text, k=k, items=items)
    assert len(found.places) == min(k, n)
    assert replace(found, moves=()).places.tolist() == found.places.tolist()
