import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from settee.rules import (
    BadRule,
    Change,
    NoRulesBefore,
    NoSuchRules,
    Rulebook,
    RulesContradict,
    RuleSet,
)
from settee.store import RuleTable, Stale, StoreDamaged, Tables
from tests.rules.worlds import facts, rules

NOON = datetime(2026, 12, 24, 12, tzinfo=UTC)
ADA = Change(NOON, "ada", "a test")


def pin(rank: int) -> RuleSet:
    return rules(f'[[rules]]\nname = "p"\nkind = "pin"\nitem = "toys"\nrank = {rank}')


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Tables]:
    with Tables(tmp_path / "tables.db") as tables:
        yield tables


@pytest.fixture
def book(tables: Tables) -> Rulebook:
    return Rulebook(RuleTable(tables.database))


def ranks(book: Rulebook) -> list[int | None]:
    return [rule.rank for rule in book.current().rules]


def test_before_the_first_there_are_no_rules(book: Rulebook) -> None:
    assert book.current() == RuleSet.empty()
    assert book.history(9) == []
    assert book.check() == 0


def test_what_is_put_is_in_force_everywhere_when_next_asked(book: Rulebook, tables: Tables) -> None:
    other = Rulebook(RuleTable(tables.database))
    assert other.current().version == 0
    put = book.put(pin(3), ADA)
    assert put.version.number == put.rules.version == 1
    assert other.current() == book.current() == put.rules
    assert other.current() is other.current()
    (version,) = book.history(9)
    assert (version.who, version.why, version.at) == ("ada", "a test", NOON)


def test_rollback_brings_the_rules_before_as_a_new_version(book: Rulebook) -> None:
    for rank in (1, 2, 3):
        book.put(pin(rank), ADA)
    back = book.rollback(Change(NOON + timedelta(hours=1), "bo", "too bold"))
    assert (back.version.number, back.version.restored, back.version.who) == (4, 2, "bo")
    assert ranks(book) == [2]
    book.rollback(ADA)
    assert ranks(book) == [1]
    with pytest.raises(NoRulesBefore, match="version 1 of the rules was the first"):
        book.rollback(ADA)
    book.rollback(ADA, to=3)
    assert ranks(book) == [3]
    assert [one.restored for one in book.history(9)] == [3, 1, 2, None, None, None]
    assert book.check() == 6


def test_going_back_before_the_first_is_refused(book: Rulebook) -> None:
    with pytest.raises(NoRulesBefore, match="none were put yet"):
        book.rollback(ADA)
    with pytest.raises(NoSuchRules, match="no version 1 of the rules; none was put yet"):
        book.version(1)
    book.put(pin(1), ADA)
    for number in (0, 2, -1):
        with pytest.raises(NoSuchRules, match=f"no version {number} of the rules; there are 1"):
            book.rollback(ADA, to=number)


def test_who_changed_what_was_changed_meanwhile_is_refused(book: Rulebook) -> None:
    book.put(pin(1), Change(NOON, "ada", after=0))
    with pytest.raises(Stale):
        book.put(pin(2), Change(NOON, "bo", after=0))
    with pytest.raises(Stale):
        book.rollback(Change(NOON, "bo", after=7), to=1)


def test_contradictions_are_refused_unless_forced_and_oddities_are_told(book: Rulebook) -> None:
    both = rules(
        '[[rules]]\nname = "a"\nkind = "pin"\nitem = "toys"\nrank = 1\n'
        '[[rules]]\nname = "b"\nkind = "pin"\nitem = "reef"\nrank = 1\n'
    )
    with pytest.raises(RulesContradict, match="pin two items to rank 1") as caught:
        book.put(both, ADA)
    assert "force" in caught.value.hint
    assert book.current().version == 0
    assert [one.code for one in book.put(both, ADA, force=True).conflicts] == ["one_rank_two_items"]
    odd = rules('[[rules]]\nname = "a"\nkind = "block"\nitems.tags = ["Horor"]')
    assert book.put(odd, ADA).conflicts == ()
    assert [one.code for one in book.put(odd, ADA, facts()).conflicts] == ["no_items"]


def test_rules_of_a_newer_settee_are_refused_and_what_was_in_force_stays(
    book: Rulebook, tables: Tables
) -> None:
    book.put(pin(1), ADA)
    assert ranks(book) == [1]
    table = RuleTable(tables.database)
    table.add(b'{"rules": [{"name": "x", "kind": "sing"}]}', at=NOON, who="z", why="")
    with pytest.raises(BadRule, match='has the kind "sing"'):
        book.current()


def test_a_changed_past_is_found(book: Rulebook, tables: Tables) -> None:
    book.put(pin(1), ADA)
    with tables.database.writing() as connection:
        connection.exec_driver_sql("UPDATE rule_versions SET why = 'other'")
    with pytest.raises(StoreDamaged):
        book.check()


def test_many_who_ask_while_one_puts_see_whole_versions(book: Rulebook) -> None:
    seen: list[tuple[int, int | None]] = []

    def ask() -> None:
        for _ in range(50):
            current = book.current()
            if current.rules:
                seen.append((current.version, current.rules[0].rank))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for rank in range(1, 6):
        book.put(pin(rank), ADA)
    for thread in threads:
        thread.join()
    assert all(version == rank for version, rank in seen)


def test_rules_that_are_in_force_already_are_not_taken_anew(tables: Tables) -> None:
    class Ahead(RuleTable):
        """Says that there is something newer, as to whoever asked before another thread read it."""

        def mark(self) -> int:
            return super().mark() + 1

    Rulebook(RuleTable(tables.database)).put(pin(3), ADA)
    book = Rulebook(Ahead(tables.database))
    read = book.current()
    assert read.version == 1
    assert book.current() is read
