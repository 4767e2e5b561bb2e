import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from settee.store import SchemaTooNew, StoreBusy, StoreDamaged, StoreUnavailable
from settee.store import sqlite as module
from settee.store.sqlite import Layout, open_file, use_wal, writing

LAYOUT = Layout("toy", 0x5E77EEFF, 2, ("CREATE TABLE toys (name TEXT) STRICT",))


def test_a_fresh_file_is_laid_out_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "toy.db"
    with closing(open_file(path, LAYOUT)) as first:
        first.execute("INSERT INTO toys VALUES ('bear')")
    with closing(open_file(path, LAYOUT)) as second:
        assert second.execute("SELECT name FROM toys").fetchall() == [("bear",)]
        assert second.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize(("synchronous", "number"), [("full", 2), ("normal", 1)])
def test_synchronous_is_what_was_asked_for(tmp_path: Path, synchronous: str, number: int) -> None:
    with closing(open_file(tmp_path / "toy.db", LAYOUT, synchronous=synchronous)) as connection:  # type: ignore[arg-type] # the parameters are the two literals
        assert connection.execute("PRAGMA synchronous").fetchone() == (number,)


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "toy.db"
    open_file(path, Layout("toy", LAYOUT.application_id, 3, LAYOUT.statements)).close()
    with pytest.raises(
        SchemaTooNew, match="version 3; this settee knows up to version 2"
    ) as caught:
        open_file(path, LAYOUT)
    assert caught.value.hint == "Upgrade settee."


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "toy.db"
    open_file(path, Layout("game", 77, 1, LAYOUT.statements)).close()
    with pytest.raises(StoreDamaged, match="something else than a settee toy"):
        open_file(path, LAYOUT)


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE toys (name TEXT)")
    with pytest.raises(StoreDamaged):
        open_file(path, LAYOUT)


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "toy.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreDamaged, match=r"toy\.db"):
        open_file(path, LAYOUT)


def test_a_folder_in_the_place_of_the_file_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        open_file(tmp_path, LAYOUT)


def test_a_file_in_the_place_of_the_folder_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(StoreUnavailable):
        open_file(tmp_path / "home" / "toy.db", LAYOUT)


def test_a_disk_without_write_ahead_log_is_refused() -> None:
    with (
        closing(sqlite3.connect(":memory:")) as connection,
        pytest.raises(StoreUnavailable, match='journal mode "memory"; "wal" is needed'),
    ):
        use_wal(connection, Path("toy.db"))


class Stubborn:
    """A connection whose switch to a write-ahead log is refused a few times."""

    def __init__(self, n_refusals: int, code: int = sqlite3.SQLITE_BUSY) -> None:
        self.n_refusals = n_refusals
        self.code = code

    def execute(self, _: str) -> "Stubborn":
        if self.n_refusals:
            self.n_refusals -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = self.code
            raise error
        return self

    def fetchone(self) -> tuple[str]:
        return ("wal",)


@pytest.fixture
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WAL_PAUSE_S", 0.0)
    monkeypatch.setattr(module, "_WAL_TRIES", 3)


@pytest.mark.usefixtures("_no_pause")
def test_the_switch_waits_for_another_process() -> None:
    use_wal(Stubborn(2), Path("toy.db"))  # type: ignore[arg-type] # a stand-in


@pytest.mark.usefixtures("_no_pause")
@pytest.mark.parametrize(
    "stubborn", [Stubborn(3), Stubborn(1, sqlite3.SQLITE_IOERR)], ids=["locked", "broken"]
)
def test_the_switch_gives_up_in_the_end(stubborn: Stubborn) -> None:
    with pytest.raises(sqlite3.OperationalError):
        use_wal(stubborn, Path("toy.db"))  # type: ignore[arg-type] # a stand-in


def test_a_lock_that_stays_is_told_as_busy(tmp_path: Path) -> None:
    path = tmp_path / "toy.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        use_wal(other, path)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="kept the file locked"):
            open_file(path, LAYOUT, busy_s=0.01)


def test_two_that_open_a_fresh_file_at_once_lay_it_once(tmp_path: Path) -> None:
    path = tmp_path / "toy.db"
    gate, found = threading.Barrier(8), []

    def open_it() -> None:
        gate.wait()
        with closing(open_file(path, LAYOUT)) as connection:
            found.append(connection.execute("SELECT COUNT(*) FROM toys").fetchone())

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(0,)] * 8


def test_the_second_finds_the_tables_that_the_first_laid_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "toy.db"
    look, looks = module._is_laid, []

    def slow_look(*args: object) -> bool:
        looks.append(look(*args))  # type: ignore[arg-type] # handed through
        if len(looks) == 1:
            open_file(path, LAYOUT).close()  # somebody else is faster
        return looks[-1]

    monkeypatch.setattr(module, "_is_laid", slow_look)
    open_file(path, LAYOUT).close()
    assert looks[0] is False
    assert looks[-1] is True


def fail_after(connection: sqlite3.Connection, statement: str) -> None:
    with writing(connection):
        connection.execute(statement)
        raise KeyError


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    with closing(open_file(tmp_path / "toy.db", LAYOUT)) as connection:
        for statement in (
            "INSERT INTO toys VALUES ('bear')",
            "ROLLBACK",  # as SQLite does by itself after some errors
        ):
            with pytest.raises(KeyError):
                fail_after(connection, statement)
        assert connection.execute("SELECT COUNT(*) FROM toys").fetchone() == (0,)
