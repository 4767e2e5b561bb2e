import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settee.core import DEVICE_TYPES
from settee.rules import BadRule, RuleSet, parse_rules, to_json, to_toml
from settee.rules.fields import FIELDS, SELECTION_FIELDS
from settee.rules.kinds import COMMON, KINDS_OF_RULES
from settee.rules.words import RULE_KINDS, Rule, Selection
from tests.rules.worlds import one, rules

BOOST = 'name = "summer-boost"\nkind = "boost"\n'
BEACH = 'items.tags = ["Beach"]\n'
PIN = 'name = "p"\nkind = "pin"\n'
QUOTA = 'name = "q"\nkind = "quota"\n'


def refusal(text: str, heading: str = "[[rules]]\n") -> BadRule:
    with pytest.raises(BadRule) as caught:
        rules(heading + text)
    return caught.value


def test_a_lift_out_of_range_is_refused_in_the_words_of_the_shop():
    error = refusal(f"{BOOST}lift = 40\n{BEACH}")
    assert error.message == 'rule "summer-boost" lifts by 40; lifts must be between 0.1 and 10.'
    assert error.hint == 'Write 4.0 for "four times".'
    assert error.place == "rules[0].lift"


@pytest.mark.parametrize(
    ("text", "message", "hint", "place"),
    [
        (f'{BOOST}lift = "2"\n{BEACH}', 'has lift "2"; accepted is 0.1 to 10.', "Write", "lift"),
        (f"{BOOST}lift = true\n{BEACH}", "has lift true; accepted is 0.1 to 10.", "Write", "lift"),
        (f"{BOOST}lift = nan\n{BEACH}", "lifts by NaN; lifts must be", "Write 4.0", "lift"),
        (f"{BOOST}lift = inf\n{BEACH}", "lifts by Infinity; lifts must be", "Write 4.0", "lift"),
        (f"{BOOST}lift = 0.5\n{BEACH}", "is of kind boost and lifts by 0.5; accepted is 1 to 10",
         'Write kind = "bury"', "lift"),
        (f'name = "b"\nkind = "bury"\nlift = 2\n{BEACH}',
         "is of kind bury and lifts by 2; accepted is 0.1 to 1", "Write 0.5", "lift"),
        (BOOST + BEACH, 'needs "lift": 0.1 to 10.', "Write 4.0", "lift"),
        (f"{BOOST}lift = 2", 'needs "items": a table', "", "items"),
        (f"{BOOST}lift = 2\nitems = {{}}", "has items a table; a table with one of ids, tags",
         "Write items.tags", "items"),
        (f"{BOOST}lift = 2\nitems = 3", "has items 3; a table with one of ids, tags",
         "Write items.tags", "items"),
        (f'{BOOST}lift = 2\nitems.tag = ["x"]', 'has items by "tag"; accepted are ids, tags',
         'Did you mean "tags"?', "items.tag"),
        (f"{BOOST}lift = 2\nitems.tags = []", "has items.tags []; accepted is a list of 1 to",
         "", "items.tags"),
        (f'{BOOST}lift = 2\nitems.tags = [""]', 'has items.tags [""]; accepted', "", "items.tags"),
        (f'{BOOST}lift = 2\nitems.tags = "x"', 'has items.tags "x"; accepted', "", "items.tags"),
        (f"{BOOST}lift = 2\nitems.min_year = 2000\nitems.max_year = 1999",
         "has items.min_year 2000 over items.max_year 1999", "Exchange", "items.min_year"),
        (f"{BOOST}lift = 2\nitems.min_year = 2000.0",
         "has items.min_year 2000.0; accepted is a year", "", "items.min_year"),
        (f"{BOOST}lift = 2\nlifts = 3\n{BEACH}", 'is of kind boost and has no "lifts"; its fields '
         "are lift, items, and those of every rule: name, kind,", 'Did you mean "lift"?', "lifts"),
        (f"{BOOST}lift = 2\nrank = 1\n{BEACH}", 'has no "rank"', "Leave it out.", "rank"),
        ('name = "x"\nkind = "bost"', 'rule "x" has the kind "bost"; accepted are block, only,',
         'Did you mean "boost"?', "kind"),
        ('name = "x"\nkind = 3', 'rule "x" has the kind 3; accepted are', "Take one", "kind"),
        ('kind = "boost"', 'rule 1 has no "name"', 'Write "summer-boost".', "name"),
        ('name = "x"', 'rule 1 has no "kind"', "Kinds are block", "kind"),
        ('name = "Summer Boost"\nkind = "pin"', 'rule 1 has name "Summer Boost"; accepted is 1 to '
         "64 of a-z", 'Write "summer-boost".', "name"),
        ('name = "seen"\nkind = "pin"\nitem = "a"\nrank = 1', 'rule 1 is named "seen", as a rule '
         "that is built in; any name but excluded, seen,", 'Write "seen-own".', "name"),
        (f'{PIN}item = "a"\nrank = 0', "has rank 0; accepted is a whole number from 1 to 200.",
         "Ranks start at 1.", "rank"),
        (f'{PIN}item = "a"\nrank = 1.5', "has rank 1.5; accepted is a whole number", "", "rank"),
        (f'{PIN}item = ""\nrank = 1', 'has item ""; accepted is the id of an item.', "", "item"),
        (f'{PIN}item = "a\\u0007"\nrank = 1', 'has item "a\\u0007"; accepted', "", "item"),
        (f'{PIN}item = "{"a" * 129}"\nrank = 1', "…; accepted is the id", "", "item"),
        (f'{PIN}item = "a"\nrank = 1\npriority = 5000', "has priority 5000; accepted is a whole "
         "number from -1000 to 1000.", "", "priority"),
        (f'{PIN}item = "a"\nrank = 1\nis_active = 1', "has is_active 1; accepted is true or false",
         "", "is_active"),
        (f'{PIN}item = "a"\nrank = 1\ndevices = ["fridge"]',
         'has devices ["fridge"]; accepted is a list of tv, desktop', "", "devices"),
        (f'{PIN}item = "a"\nrank = 1\nseason = "summer"', 'has season "summer"; accepted is two '
         "days of the year.", 'Write "12-01..12-26"', "season"),
        (f'{PIN}item = "a"\nrank = 1\nseason = "02-30..03-01"', 'has season "02-3', "", "season"),
        (f'{PIN}item = "a"\nrank = 1\nseason = "13-01..03-01"', 'has season "13-0', "", "season"),
        (f'{PIN}item = "a"\nrank = 1\nseason = 3', "has season 3; accepted", "", "season"),
        (f'{PIN}item = "a"\nrank = 1\nstarts_at = 2026-12-01T00:00:00', "has starts_at "
         "2026-12-01T00:00:00; accepted is an instant with its zone", "Write 2026", "starts_at"),
        (f'{PIN}item = "a"\nrank = 1\nstarts_at = "soon"', 'has starts_at "soon"', "", "starts_at"),
        (f'{PIN}item = "a"\nrank = 1\nstarts_at = 12:00:00', "has starts_at 12:00:00", "",
         "starts_at"),
        (f'{PIN}item = "a"\nrank = 1\nstarts_at = 1960-01-01', "has starts_at 1960", "",
         "starts_at"),
        (f'{PIN}item = "a"\nrank = 1\nstarts_at = 2026-02-01\nexpires_at = 2026-01-01T00:00:00Z',
         "has expires_at 2026-01-01T00:00:00Z, not after starts_at 2026-02-01T00:00:00Z",
         "Exchange them.", "expires_at"),
        (QUOTA, "needs at least one of min_count, min_share, max_count, max_share", "min_count is",
         ""),
        (f"{QUOTA}min_count = 3\nmax_count = 2", "has min_count 3 over max_count 2; accepted is "
         "0 to 2.", "Exchange them.", "min_count"),
        (f"{QUOTA}min_share = 0.5\nmax_share = 0.2", "has min_share 0.5 over max_share 0.2", "",
         "min_share"),
        (f"{QUOTA}max_share = 30", "has max_share 30; accepted is 0 to 1.", "Write 0.3 for 30 %.",
         "max_share"),
        (f'{QUOTA}per = "tag"\nmin_count = 1', 'has a least for each tag; with "per", only',
         "Write a quota", "per"),
        (f'{QUOTA}per = "director"\nmax_count = 1',
         'has per "director"; accepted is language, kind', "", "per"),
        ('name = "l"\nkind = "language"\nunknown = "ask"',
         'has unknown "ask"; accepted is "remove"', "", "unknown"),
        ('name = "w"\nkind = "window"\nitems.ids = ["a"]', "needs at least one of opens_", "", ""),
        ('name = "a"\nkind = "age_limit"\nmax_age = 40', "has max_age 40; accepted is a whole "
         "number from 0 to 21.", "Write 6", "max_age"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_rule_field_value_and_what_is_accepted(
    text, message, hint, place
):
    error = refusal(text)
    assert message in error.message
    assert hint in error.hint
    assert error.place == "rules[0]" + (f".{place}" if place else "")


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        (b"rules = [", "toml", "rules are no TOML: "),
        (b" " * 1_048_577, "json", "rules are 1,048,577 bytes; at most 1,048,576 are accepted."),
        (b"\xff", "toml", "rules are no TOML: "),
        (b"{", "json", "rules are no JSON: "),
        (b'{"rules": "\xff"}', "json", "rules are no JSON: "),
        (b"[" * 100_000, "json", "rules are no JSON: "),
        (b"[1]", "json", "rules are [1]; a table with a list"),
        (b'rule = [{name = "x"}]', "toml", '"rule" is no part of rules'),
        (b"zzz = 1", "toml", '"zzz" is no part of rules'),
        (b"[rules]\nx = 1", "toml", "rules is a table; a list of rules is accepted."),
        (b"rules = [3]", "toml", "rule 1 is 3; a table is accepted."),
        (json.dumps({"rules": [{}] * 201}).encode(), "json", "there are 201 rules; at most 200"),
        (
            b'{"rules": [{"name":"a","kind":"pin","item":"i","rank":1},'
            b'{"name":"a","kind":"pin","item":"j","rank":2}]}',
            "json",
            'rule 2 is named "a" as rule 1 is; names are used once.',
        ),
    ],
)
def test_a_document_that_holds_no_rules_is_refused(data, kind, message):
    with pytest.raises(BadRule) as caught:
        parse_rules(data, kind)
    assert message in caught.value.message


def test_a_number_of_very_many_digits_is_refused_like_any_other():
    error = refusal(f"{BOOST}lift = 0x{'f' * 9000}\n{BEACH}")
    assert "lifts by a number of very many digits; lifts must be between" in error.message


def test_nothing_is_no_rule():
    assert parse_rules(b"", "toml") == RuleSet.empty()
    assert parse_rules(b'{"rules": [], "version": 7}', "json") == RuleSet.empty()


def test_days_and_instants_are_read_in_utc():
    rule = one(f'{PIN}item = "a"\nrank = 1\nstarts_at = 2026-12-24\nexpires_at = "2026-12-25"')
    assert rule.starts_at == datetime(2026, 12, 24, tzinfo=UTC)
    assert rule.expires_at == datetime(2026, 12, 25, tzinfo=UTC)
    rule = one(f'{PIN}item = "a"\nrank = 1\nstarts_at = 2026-12-24T12:00:00+03:00')
    assert rule.starts_at == datetime(2026, 12, 24, 9, tzinfo=UTC)


def test_rules_stand_in_the_order_in_which_they_count():
    text = "".join(
        f'[[rules]]\nname = "{name}"\nkind = "pin"\nitem = "{name}"\nrank = 1\npriority = {n}\n'
        for name, n in (("low", -1), ("a", 0), ("b", 0), ("high", 9))
    )
    assert [rule.name for rule in rules(text).rules] == ["high", "a", "b", "low"]
    assert len(rules(text)) == 4
    assert rules(text).at_version(3).version == 3


def test_every_kind_and_field_has_a_row_and_a_place():
    assert tuple(KINDS_OF_RULES) == RULE_KINDS
    own = {field for kind in KINDS_OF_RULES.values() for field in kind.own}
    assert {*COMMON, *own} == set(FIELDS) == set(Rule.__struct_fields__)
    assert tuple(SELECTION_FIELDS) == Selection.__struct_fields__
    for field in (*FIELDS.values(), *SELECTION_FIELDS.values()):
        assert field.meaning.endswith(".")


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=9)
TEXTS = st.lists(TEXT, min_size=1, max_size=3, unique=True)
INSTANTS = st.datetimes(
    datetime.fromisoformat("1971-01-02"),
    datetime.fromisoformat("9998-12-30"),
    timezones=st.just(UTC),
)
DAYS = st.floats(0.01, 36_500)
SELECTIONS = st.fixed_dictionaries(
    {"tags": TEXTS},
    optional={"ids": TEXTS, "min_year": st.integers(1000, 3000), "new_days": DAYS,
              "max_margin": st.floats(-1e9, 1e9)},
)  # fmt: skip
ANY = {
    "note": TEXT, "priority": st.integers(-1000, 1000), "is_active": st.booleans(),
    "slots": TEXTS, "segments": TEXTS, "profiles": TEXTS, "season": st.just("12-01..01-06"),
    "devices": st.lists(st.sampled_from(DEVICE_TYPES), min_size=1, unique=True),
    "starts_at": INSTANTS,
}  # fmt: skip


def of_kind(kind: str, **own: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({"kind": st.just(kind), **own}, optional=ANY)


WRITTEN = st.one_of(
    of_kind("block", items=SELECTIONS),
    of_kind("boost", items=SELECTIONS, lift=st.floats(1, 10)),
    of_kind("prefer", tags=TEXTS, lift=st.floats(1, 10)),
    of_kind("age_limit", max_age=st.integers(0, 21)),
    of_kind("language", languages=TEXTS, unknown=st.sampled_from(["remove", "keep"])),
    of_kind("window", items=SELECTIONS, opens_at=INSTANTS),
    of_kind("pin", item=TEXT, rank=st.integers(1, 200)),
    of_kind("quota", per=st.just("tag"), max_share=st.floats(0, 1), fill=st.booleans()),
    of_kind("cap", times=st.integers(1, 100), days=DAYS),
)


@given(st.lists(WRITTEN, max_size=4))
def test_what_is_written_is_read_the_same(tables):
    named = [{"name": f"r{number}", **table} for number, table in enumerate(tables)]
    whole = parse_rules(json.dumps({"rules": named}, default=datetime.isoformat).encode(), "json")
    assert parse_rules(to_json(whole), "json") == whole
    assert parse_rules(to_toml(whole).encode(), "toml") == whole


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*FIELDS, *SELECTION_FIELDS, "rules", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def read_or_none(data: bytes, kind: str) -> RuleSet | None:
    try:
        return parse_rules(data, kind)
    except BadRule:
        return None


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps({"rules": value}).encode()))
def test_no_bytes_bring_the_reader_down(data):
    for kind in ("toml", "json"):
        found = read_or_none(data, kind)
        assert found is None or parse_rules(to_json(found), "json") == found


@given(WRITTEN, st.sampled_from(sorted(FIELDS)), JSON)
def test_no_value_of_a_field_brings_the_reader_down(table, field, value):
    data = {"rules": [{"name": "r", **table, field: value}]}
    found = read_or_none(json.dumps(data, default=datetime.isoformat).encode(), "json")
    assert found is None or parse_rules(to_toml(found).encode(), "toml") == found
