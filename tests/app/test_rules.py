from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from settee.app import Workspace, open_workspace
from settee.core import Item, Settings
from settee.respond import recorded_requests
from settee.rules import NoSuchRules, RulesContradict, RuleSet, parse_rules
from settee.store import Record, Stale

NOON = datetime(2026, 12, 24, 12, tzinfo=UTC)
BLOCK = '[[rules]]\nname = "no-horror"\nkind = "block"\nitems.tags = ["Horror"]\n'
PIN = '[[rules]]\nname = "top"\nkind = "pin"\nitem = "c"\nrank = 1\nslots = ["home"]\n'


def rules(text: str) -> RuleSet:
    return parse_rules(text.encode(), "toml")


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(Settings(home=tmp_path / "home"), lambda: NOON) as workspace:
        items = [
            Item(item_id=name, year=2000 - place, tags=("Horror",) if name == "b" else ("Drama",))
            for place, name in enumerate("abcd")
        ]
        workspace.tables.put_items(items, NOON)
        yield workspace


def shown(work: Workspace, slot: str = "home") -> list[str]:
    """What an account is shown; its exposure is on disk, for what comes after it is."""
    answer = work.recommend("a7", k=3, slot=slot)
    after = f"after {answer.exposure_id}"
    work.journal.append([Record(after, "a1", "browse", int(NOON.timestamp() * 1e6), b"{}")])
    return [one.item_id for one in answer.items]


def test_answers_follow_the_rules_at_once_and_the_trace_names_them(work: Workspace) -> None:
    assert shown(work) == ["a", "b", "c"]
    put = work.put_rules(rules(BLOCK + PIN), "ada", "Christmas")
    assert put.version.number == 1
    assert shown(work) == ["c", "a", "d"]
    assert shown(work, "search") == ["a", "c", "d"]
    answer = work.recommend("a7", k=3, slot="home")
    assert answer.removed == {"no-horror": 1}
    trace = answer.rules
    assert trace.version == 1
    assert [(one.rule, one.item_id, one.to_rank) for one in trace.moved] == [("top", "c", 1)]


def test_another_process_sees_new_rules_when_it_next_looks(work: Workspace, tmp_path: Path) -> None:
    assert shown(work) == ["a", "b", "c"]
    with open_workspace(Settings(home=tmp_path / "home"), lambda: NOON) as other:
        other.put_rules(rules(BLOCK), "bo")
    work.responder().renew()
    assert shown(work) == ["a", "c", "d"]


def test_one_call_goes_back_to_the_rules_before(work: Workspace) -> None:
    shown(work)
    work.put_rules(rules(BLOCK), "ada")
    work.put_rules(rules(PIN), "ada", after=1)
    assert shown(work) == ["c", "a", "b"]
    back = work.rollback_rules("bo", "too bold")
    assert back.version.restored == 1
    assert shown(work) == ["a", "c", "d"]
    assert work.rules() == work.rulebook.current()
    assert [rule.name for rule in work.rules(2).rules] == ["top"]
    assert [(one.who, one.why) for one in work.rules_history(2)] == [
        ("bo", "too bold"),
        ("ada", ""),
    ]
    with pytest.raises(NoSuchRules):
        work.rules(9)
    with pytest.raises(Stale):
        work.put_rules(rules(PIN), "ada", after=1)


def test_contradictions_are_refused_and_oddities_are_told_by_the_catalogue(work: Workspace) -> None:
    both = PIN + PIN.replace("top", "other").replace('"c"', '"d"')
    with pytest.raises(RulesContradict):
        work.put_rules(rules(both), "ada")
    assert work.put_rules(rules(both), "ada", force=True).version.number == 1
    odd = work.check_rules(rules(BLOCK.replace("Horror", "Horor")))
    assert [(one.code, one.hint) for one in odd] == [("no_items", 'Did you mean "Horror"?')]


def test_a_dry_run_tells_what_would_change_and_changes_nothing(work: Workspace) -> None:
    shown(work)
    shown(work, "search")
    before = work.journal.last_offset()
    found = work.dry_run_rules(rules(BLOCK + PIN))
    what = found.difference
    assert (found.version, found.n_asked, found.passed_over) == (0, 2, {})
    assert (what.n_lists, what.n_changed, what.n_reordered) == (2, 2, 0)
    assert [(one.slot, one.n_changed) for one in what.slots] == [("home", 1), ("search", 1)]
    assert [(one.item_id, one.n_in, one.n_out) for one in what.items] == [
        ("b", 0, 2), ("d", 2, 0),
    ]  # fmt: skip
    assert [(one.rule, one.n_removed, one.n_moved) for one in what.rules] == [
        ("no-horror", 2, 0), ("top", 0, 1),
    ]  # fmt: skip
    assert work.journal.last_offset() == before
    assert work.rules() == RuleSet.empty()
    assert shown(work) == ["a", "b", "c"]


def test_a_dry_run_may_look_at_one_slot_and_at_another_day(work: Workspace) -> None:
    shown(work)
    shown(work, "search")
    june = BLOCK + 'season = "06-01..06-30"\n'
    assert work.dry_run_rules(rules(june)).difference.n_changed == 0
    later = datetime(2027, 6, 5, tzinfo=UTC)
    found = work.dry_run_rules(rules(june), slot="search", at=later)
    assert (found.n_asked, found.difference.n_changed) == (1, 1)
    assert work.dry_run_rules(rules(june), 1, at=later).n_asked == 1


def test_rules_that_leave_nothing_make_empty_lists_in_a_dry_run(work: Workspace) -> None:
    shown(work)
    found = work.dry_run_rules(
        rules('[[rules]]\nname = "x"\nkind = "block"\nitems.max_year = 3000')
    )
    assert found.difference.n_empty == 1
    assert [one.code for one in found.conflicts] == ["nothing_left"]


def test_a_dry_run_without_recorded_requests_says_so(work: Workspace) -> None:
    found = work.dry_run_rules(rules(BLOCK))
    assert (found.n_asked, found.difference.overlap) == (0, None)


def test_what_does_not_say_what_was_asked_is_passed_over(work: Workspace) -> None:
    shown(work)
    at_us = int(NOON.timestamp() * 1e6)
    bodies = {
        "old": b'{"at":"2026-12-24T12:00:00Z"}',
        "again": b'{"at":"2026-12-24T12:00:00Z","asked":{"k":3},"repeats":"e1"}',
        "torn": b"{",
    }
    work.journal.append(
        [Record(name, "a7", "exposure", at_us, body) for name, body in bodies.items()]
    )
    recorded = recorded_requests(work.journal, 10)
    assert recorded.passed_over == {"old": 2, "repeat": 1}
    assert len(recorded.requests) == 1


def test_requests_are_found_however_far_back_they_are(work: Workspace) -> None:
    shown(work)
    at_us = int((NOON + timedelta(hours=1)).timestamp() * 1e6)
    work.journal.append([Record(f"e{n}", "a1", "browse", at_us, b"{}") for n in range(6000)])
    shown(work, "search")
    recorded = recorded_requests(work.journal, 10)
    assert [one.slot for one in recorded.requests.values()] == ["home", "search"]
