import pytest

from settee.core import Item
from settee.rules import find_conflicts
from tests.rules.worlds import NOON, facts, rules


def rule(name: str, body: str) -> str:
    return f'[[rules]]\nname = "{name}"\n{body}\n'


def found(*bodies: str, with_items: bool = True, as_of_s: int | None = NOON) -> list[tuple]:
    """Code and rules of each conflict among rules named a, b, c …"""
    text = "".join(rule(name, body) for name, body in zip("abcdef", bodies, strict=False))
    some = find_conflicts(rules(text), facts() if with_items else None, as_of_s)
    assert all(one.message.endswith(".") and one.hint.endswith((".", "?")) for one in some)
    return [(one.code, one.rules, one.is_contradiction) for one in some]


def pin(item: str, rank: int, more: str = "") -> str:
    return f'kind = "pin"\nitem = "{item}"\nrank = {rank}\n{more}'


def quota(body: str) -> str:
    return f'kind = "quota"\n{body}'


BLOCK = 'kind = "block"\nitems.ids = ["toys"]\n'


def test_rules_that_go_together_are_not_complained_of():
    assert found(
        pin("toys", 1), pin("reef", 2), quota('max_count = 2\nitems.languages = ["en"]'),
        'kind = "boost"\nlift = 2\nitems.tags = ["Comedy"]',
        'kind = "age_limit"\nmax_age = 7\nprofiles = ["kids*"]',
        'kind = "cap"\ntimes = 3\ndays = 7',
    ) == []  # fmt: skip
    assert found() == []


def test_two_pins_on_one_rank_contradict_unless_one_goes_first():
    assert found(pin("toys", 1), pin("reef", 1)) == [("one_rank_two_items", ("b", "a"), True)]
    assert found(pin("toys", 1), pin("reef", 1, "priority = 2")) == [
        ("one_rank_two_items", ("a", "b"), False)
    ]


def test_one_item_cannot_be_pinned_to_two_ranks():
    assert found(pin("toys", 1), pin("toys", 2)) == [("one_item_two_ranks", ("b", "a"), True)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('slots = ["home"]', 'slots = ["search"]'),
        ('devices = ["tv"]', 'devices = ["mobile"]'),
        ('season = "06-01..08-31"', 'season = "09-01..05-31"'),
        ("expires_at = 2027-01-01", "starts_at = 2027-01-01"),
        ('season = "06-01..06-30"', "starts_at = 2026-07-01\nexpires_at = 2027-06-01"),
    ],
)
def test_pins_that_never_meet_do_not_contradict(one, other):
    assert found(pin("toys", 1, one), pin("reef", 1, other)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('slots = ["home", "tv"]', 'slots = ["tv"]'),
        ('segments = ["kids"]', 'segments = ["new"]'),
        ('season = "11-15..01-06"', 'season = "01-01..02-01"'),
        ('season = "02-29..02-29"', "starts_at = 2026-01-01\nexpires_at = 2029-01-01"),
        ('season = "02-29..02-29"', "starts_at = 2026-01-01\nexpires_at = 2099-01-01"),
        ("expires_at = 2027-01-01T00:00:01Z", "starts_at = 2027-01-01"),
    ],
)
def test_pins_that_may_meet_contradict(one, other):
    assert len(found(pin("toys", 1, one), pin("reef", 1, other))) == 1


def test_a_pin_of_what_is_blocked_contradicts_and_of_what_a_rule_removes_is_told():
    assert found(pin("toys", 1), BLOCK, with_items=False) == [("pin_of_removed", ("a", "b"), True)]
    assert found(pin("toys", 1), BLOCK) == [("pin_of_removed", ("a", "b"), True)]
    assert found(pin("knives", 1), 'kind = "block"\nitems.tags = ["Horror"]') == [
        ("pin_of_removed", ("a", "b"), False)
    ]
    assert found(pin("mystery", 1), 'kind = "age_limit"\nmax_age = 7') == [
        ("pin_of_removed", ("a", "b"), False)
    ]
    assert found(pin("toys", 1), 'kind = "block"\nitems.tags = ["Horror"]') == []
    elsewhere = 'kind = "block"\nitems.ids = ["toys"]\nslots = ["x"]'
    assert found(pin("toys", 1, 'slots = ["y"]'), elsewhere) == []


def test_a_lift_of_what_is_removed_does_nothing():
    lift = 'kind = "boost"\nlift = 2\nitems.ids = ["toys"]\n'
    assert found(lift, BLOCK) == [("lift_of_removed", ("a", "b"), False)]
    assert found(lift, BLOCK + 'slots = ["home"]') == []
    assert found(lift + 'slots = ["home"]', BLOCK + 'slots = ["home"]') == [
        ("lift_of_removed", ("a", "b"), False)
    ]
    assert found('kind = "boost"\nlift = 2\nitems.languages = ["en"]', BLOCK) == []
    assert found(lift, 'kind = "block"\nitems.new_days = 3') == []  # the clock decides
    assert found(lift, 'kind = "window"\nopens_at = 2026-01-01\nitems.ids = ["toys"]') == []


def test_a_season_that_never_comes_is_told():
    never = 'season = "06-01..08-31"\nstarts_at = 2026-10-01\nexpires_at = 2027-03-01'
    assert found(pin("toys", 1, never)) == [("never", ("a",), False)]


def test_what_has_expired_is_told_where_the_time_is_known():
    over = "expires_at = 2026-12-24T12:00:00Z"
    assert found(pin("toys", 1, over)) == [("expired", ("a",), False)]
    assert found(pin("toys", 1, over), as_of_s=None) == []
    assert found(pin("toys", 1, over), as_of_s=NOON - 1) == []


def test_a_least_over_the_most_of_the_same_items_contradicts():
    english = 'items.languages = ["en"]'
    assert found(quota(f"min_count = 3\n{english}"), quota(f"max_count = 2\n{english}")) == [
        ("least_over_most", ("a", "b"), True)
    ]
    assert found(quota(f"min_count = 3\n{english}"), quota(f"max_count = 3\n{english}")) == []
    shares = found(
        quota(f"min_share = 0.5\nmin_count = 1\n{english}"), quota(f"max_share = 0.2\n{english}")
    )
    assert shares == [("least_over_most", ("a", "b"), True)]


def test_a_least_of_some_items_over_the_most_of_all_that_hold_them_is_told():
    some = quota('min_count = 2\nitems.tags = ["Family"]')
    assert found(some, quota('max_count = 1\nitems.languages = ["en"]')) == [
        ("least_over_most", ("a", "b"), False)
    ]
    new = 'kind = "newcomers"\ndays = 9\nmin_count = 2'
    assert found(new, quota("max_count = 1")) == [("least_over_most", ("a", "b"), False)]
    assert found(some, quota("max_count = 1\nitems.new_days = 1")) == []


def test_more_pins_than_a_quota_allows_are_told():
    most = quota('max_count = 1\nitems.languages = ["en"]')
    assert found(pin("toys", 1), pin("knives", 2), most) == [
        ("pins_over_most", ("c", "a", "b"), False)
    ]
    assert found(pin("toys", 1), pin("vizontele", 2), most) == []
    assert found(pin("toys", 1), quota('per = "tag"\nmax_count = 0')) == []


def test_a_least_with_too_few_items_in_the_catalogue_is_told():
    least = quota('min_count = 2\nitems.languages = ["tr"]')
    assert found(least) == [("too_few_items", ("a",), False)]
    blocked = 'kind = "block"\nitems.tags = ["Nature"]'
    assert found(quota('min_count = 2\nitems.tags = ["Family"]'), blocked) == [
        ("too_few_items", ("a",), False)
    ]


def test_rules_that_leave_nothing_for_anybody_are_told():
    both = ('kind = "only"\nitems.kinds = ["film"]', 'kind = "only"\nitems.kinds = ["series"]')
    assert found(*both) == [("nothing_left", ("a", "b"), False)]
    assert found(both[0], both[1] + '\nslots = ["x"]') == []


def test_a_rule_about_no_item_is_told_with_what_was_perhaps_meant():
    def hint(body: str) -> str:
        (one,) = find_conflicts(rules(rule("a", body)), facts())
        assert one.code == "no_items"
        return one.hint

    assert hint('kind = "bury"\nlift = 0.5\nitems.tags = ["Horor"]') == 'Did you mean "Horror"?'
    assert hint('kind = "prefer"\nlift = 2\ntags = ["Comedies"]') == 'Did you mean "Comedy"?'
    assert hint('kind = "prefer"\nlift = 2\ntags = ["zzz"]').startswith("Check its items")
    assert hint(pin("toyz", 1)) == 'Did you mean "toys"?'
    assert hint('kind = "overstock"\nlift = 2\npieces = 5000').startswith("Check its items")
    assert hint('kind = "cap"\ntimes = 1\ndays = 1\nitems.kinds = ["game"]').startswith("Check")


def test_what_is_switched_off_is_not_complained_of():
    assert found(pin("toys", 1), pin("reef", 1, "is_active = false")) == []


def test_contradictions_come_first():
    some = found(pin("toyz", 1), pin("reef", 1))
    assert [contradicts for *_, contradicts in some] == [True, False]


def test_an_empty_catalogue_is_no_reason_to_say_that_nothing_is_left():
    none = find_conflicts(rules(rule("a", BLOCK)), facts(Item("x")).of_items([], []))
    assert [one.code for one in none] == ["no_items"]
