from collections.abc import Iterator
from pathlib import Path

import pytest

from settee.core import SetteeError
from settee.store import HouseholdMark, Households, StoreBusy, StoreClosed, StoreDamaged


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "households.db"


@pytest.fixture
def households(path: Path) -> Iterator[Households]:
    with Households(path) as made:
        yield made


def put(households: Households, account_id: str, passed_us: int = 5, running: bytes = b"r") -> int:
    with households.changing() as change:
        change.put(account_id, passed_us, running, b"p")
        return change.version


def test_a_fresh_view_holds_nothing(households: Households) -> None:
    mark = households.mark()
    assert (mark.journal_offset, mark.segment_ids, mark.conditions) == (0, frozenset(), b"")
    assert (households.get("a"), households.version_of("a"), households.answers("a")) == (
        None, 0, [],
    )  # fmt: skip
    assert (households.n_accounts(), households.account_ids()) == (0, [])


def test_state_offset_segments_and_conditions_are_kept_together(path: Path) -> None:
    with Households(path) as one, one.changing() as change:
        change.put("a", 5, b"running", b"persons")
        change.move_to(7)
        change.add_segments(["s1", "s2"])
        change.add_segments(["s1"])
        change.set_conditions(b"conditions")
        change.set_under_way(b"half")
    with Households(path) as other:
        mark = other.mark()
        assert (mark.journal_offset, mark.conditions, mark.under_way) == (7, b"conditions", b"half")
        assert mark.segment_ids == {"s1", "s2"}
        assert other.get("a") == (1, 5, b"running", b"persons")


def test_one_look_tells_version_and_offset(households: Households) -> None:
    assert households.look("a") == (0, 0)
    put(households, "a")
    with households.changing() as change:
        change.put("b", 5, b"running", b"persons")
        change.move_to(7)
    for name in "abc":
        assert households.look(name) == (households.version_of(name), households.offset())
    assert households.look("b") == (2, 7)


def test_an_error_inside_leaves_everything_as_it_was(households: Households) -> None:
    put(households, "a")

    def fail() -> None:
        with households.changing() as change:
            change.put("a", 9, b"x", b"y")
            change.add_answers("a", b"z")
            change.move_to(3)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert households.get("a") == (1, 5, b"r", b"p")
    assert (households.answers("a"), households.mark().journal_offset) == ([], 0)


def test_a_state_carries_the_number_of_the_transaction_that_wrote_it(
    path: Path, households: Households
) -> None:
    assert [put(households, "a"), put(households, "b"), put(households, "a")] == [1, 2, 3]
    with Households(path) as other:
        assert [other.version_of(name) for name in "abc"] == [3, 2, 0]
        assert put(other, "b") == 4
    assert households.version_of("b") == 4
    with households.changing() as change:
        assert [change.version_of(name) for name in "abc"] == [3, 4, 0]
        assert change.get("c") is None
        change.put("c", 1, b"", b"")
        assert change.get("c") == (5, 1, b"", b"")


def test_answers_come_in_the_order_of_adding(households: Households) -> None:
    for part in (b"1", b"2", b"3"):
        with households.changing() as change:
            change.add_answers("a", part)
            change.add_answers("b", b"b" + part)
    assert households.answers("a") == [b"1", b"2", b"3"]
    assert households.answers("b") == [b"b1", b"b2", b"b3"]


def test_a_forgotten_account_is_gone_and_others_stay(households: Households) -> None:
    for name in "ab":
        with households.changing() as change:
            change.put(name, 1, b"", b"")
            change.add_answers(name, b"x")
    with households.changing() as change:
        change.forget("a")
    assert (households.get("a"), households.answers("a")) == (None, [])
    assert (households.account_ids(), households.answers("b")) == (["b"], [b"x"])


def test_a_cleared_view_is_a_fresh_one(households: Households) -> None:
    with households.changing() as change:
        change.put("a", 1, b"", b"")
        change.add_answers("a", b"x")
        change.move_to(7)
        change.add_segments(["s1"])
        change.set_conditions(b"c")
        change.set_under_way(b"u")
    with households.changing() as change:
        change.clear()
    assert households.mark() == HouseholdMark(0, frozenset(), b"", b"")
    assert (households.n_accounts(), households.answers("a")) == (0, [])


def test_accounts_that_are_beyond_an_instant_can_be_found(households: Households) -> None:
    for name, passed_us in (("c", 30), ("a", 20), ("b", 10)):
        put(households, name, passed_us)
    with households.changing() as change:
        assert change.passed(20, "", 9) == ["a", "c"]
        assert change.passed(20, "a", 9) == ["c"]
        assert change.passed(0, "", 1) == ["a"]


def test_accounts_come_sorted_a_page_at_a_time(households: Households) -> None:
    for name in "cab":
        put(households, name)
    assert households.account_ids(limit=2) == ["a", "b"]
    assert households.account_ids("b", 2) == ["c"]
    assert households.account_ids(limit=-1) == []
    assert households.n_accounts() == 3


def test_another_process_that_writes_is_waited_for_in_vain_only_so_long(
    path: Path, households: Households
) -> None:
    with Households(path) as other:
        other._writer.execute("PRAGMA busy_timeout = 0")
        with households.changing(), pytest.raises(StoreBusy), other.changing():
            pass
    assert put(households, "a") == 2


def test_a_closed_view_says_so(path: Path) -> None:
    households = Households(path)
    households.close()
    households.close()
    with pytest.raises(StoreClosed):
        households.get("a")
    with pytest.raises(SetteeError), households.changing():
        pass


def test_a_file_of_something_else_is_refused(path: Path) -> None:
    path.write_bytes(b"no database at all, but quite some text" * 100)
    with pytest.raises(StoreDamaged):
        Households(path)
