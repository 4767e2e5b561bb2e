import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from settee.store import AccessTables, SchemaTooNew, Tables, schema
from settee.store.database import Database
from settee.store.migrations import HEAD

FOLDER = files("settee.store") / "migrations"


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def test_the_migrations_travel_with_the_package() -> None:
    assert (FOLDER / "versions" / "r0001_first.py").is_file()


def test_head_is_the_newest_migration_and_there_is_one_line_of_them() -> None:
    assert ScriptDirectory(str(FOLDER)).get_heads() == [HEAD]


def test_the_migrations_build_just_the_tables_that_the_code_knows(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "tables.db")) as database, database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
        assert schema.current_version(connection) == HEAD


def test_a_database_of_a_newer_settee_is_refused_and_left_alone(tmp_path: Path) -> None:
    Tables(tmp_path / "tables.db").close()
    with raw(tmp_path / "tables.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'r9999'")
    with pytest.raises(SchemaTooNew, match=f'version "r9999"; this settee knows up to "{HEAD}"'):
        Tables(tmp_path / "tables.db")
    with raw(tmp_path / "tables.db") as connection:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert found == [("r9999",)]


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with raw(tmp_path / "tables.db") as connection:
        connection.execute("CREATE TABLE views (x)")  # in the way of the last table
    with pytest.raises(Exception, match="views"):
        Tables(tmp_path / "tables.db")
    with raw(tmp_path / "tables.db") as connection:
        names = connection.execute("SELECT name FROM sqlite_schema").fetchall()
    assert names == [("views",)]


def lay_first(path: Path) -> None:
    """Lay the tables as the first settee did."""
    scripts = ScriptDirectory(str(FOLDER))
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
    with (
        EnvironmentContext(
            Config(), scripts, fn=lambda at, _: scripts._upgrade_revs("r0001", at)
        ) as environment,
        engine.begin() as connection,
    ):
        environment.configure(connection=connection, target_metadata=schema.metadata)
        environment.run_migrations()
    engine.dispose()


def test_tables_of_the_first_version_keep_their_rows_when_they_are_upgraded(tmp_path: Path) -> None:
    lay_first(tmp_path / "tables.db")
    with raw(tmp_path / "tables.db") as connection:
        connection.execute("INSERT INTO views VALUES ('profiles', '{\"offset\":7}')")
    with Tables(tmp_path / "tables.db") as tables:
        assert tables.view_offset("profiles") == {"offset": 7}
    with closing(Database(tmp_path / "tables.db")) as database, database.reading() as connection:
        assert schema.current_version(connection) == HEAD
        assert set(schema.metadata.tables) <= set(sa.inspect(connection).get_table_names())


def test_keys_of_the_first_version_go_on_as_owners_of_the_default_tenant(tmp_path: Path) -> None:
    lay_first(tmp_path / "tables.db")
    with raw(tmp_path / "tables.db") as connection:
        for number, revoked in ((2, "NULL"), (1, "NULL"), (3, 9)):
            connection.execute(
                f"INSERT INTO keys VALUES ('k{number}', 'n', '{number}', {number}, {revoked})"  # noqa: S608 -- numbers of our own
            )
    with Tables(tmp_path / "tables.db") as tables:
        keys = AccessTables(tables.database).all_keys()
    assert [(key.key_id, key.slot) for key in keys] == [("k1", 0), ("k2", 1), ("k3", 0)]
    for key in keys:
        assert (key.tenant_id, key.role, key.scopes) == ("default", "owner", ())
        assert {key.expires_at, key.rate_per_s, key.burst, key.quota_per_day} == {None}


def test_a_database_without_a_version_row_is_upgraded(tmp_path: Path) -> None:
    with raw(tmp_path / "tables.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    with Tables(tmp_path / "tables.db") as tables:
        assert tables.n_items() == 0


def test_opening_a_current_database_writes_nothing(tmp_path: Path) -> None:
    Tables(tmp_path / "tables.db").close()
    before = (tmp_path / "tables.db").read_bytes()
    with raw(tmp_path / "tables.db") as connection:
        connection.execute("BEGIN IMMEDIATE")  # nobody else may write
        Tables(tmp_path / "tables.db").close()
    assert (tmp_path / "tables.db").read_bytes() == before


OPENER = """
import sys
from pathlib import Path
from settee.store import Tables
print("ready", flush=True)
sys.stdin.readline()
with Tables(Path(sys.argv[1])) as tables:
    print(tables.n_items(), flush=True)
"""


def test_processes_that_open_a_fresh_home_at_once_all_find_the_tables(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, str(tmp_path / "home" / "tables.db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        with process:
            assert process.stdout is not None
            assert process.stdout.read() == "0\n"
        assert process.returncode == 0


def test_the_second_of_two_openers_upgrades_nothing(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "tables.db")) as database, database.writing() as connection:
        schema.upgrade(connection, "tables.db")  # as one does that saw the tables missing
        assert sa.inspect(connection).has_table("items")
