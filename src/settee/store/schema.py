"""Name the tables, and bring a database to the version that this code knows.

A database without tables, or with older ones, is upgraded inside one transaction under SQLite's
write lock: of two processes that open a fresh one at once, the first lays the tables and the
second finds them. A database that is newer than the code is refused.

Reads / Writes: the database it is given.
Source: Alembic, "Programmatic API use".
Not here: what the rows mean (store.tables).
"""

from pathlib import Path

import sqlalchemy as sa

from settee.store.errors import SchemaTooNew
from settee.store.migrations import HEAD

metadata = sa.MetaData()

items = sa.Table(
    "items",
    metadata,
    sa.Column("item_id", sa.String, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),  # wire JSON
    sa.Column("change_no", sa.BigInteger, nullable=False),  # rises with every put that changed it
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Index("items_by_change", "change_no"),
)
segments = sa.Table(
    "segments",
    metadata,
    sa.Column("segment_id", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),  # order of adding
    sa.Column("origin", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("n_rows", sa.BigInteger, nullable=False),
    sa.Column("first_at_us", sa.BigInteger, nullable=False),
    sa.Column("last_at_us", sa.BigInteger, nullable=False),
    sa.Column("journal_offset", sa.BigInteger),
    sa.Column("sha256", sa.String, nullable=False),
    sa.Column("added_us", sa.BigInteger, nullable=False),
)
reports = sa.Table(
    "reports",
    metadata,
    sa.Column("report_id", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
releases = sa.Table(
    "releases",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("version", sa.String, nullable=False),
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("metrics", sa.LargeBinary, nullable=False),
)
keys = sa.Table(
    "keys",
    metadata,
    sa.Column("key_id", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("key_hash", sa.String, nullable=False, unique=True),
    sa.Column("created_us", sa.BigInteger, nullable=False),
    sa.Column("revoked_us", sa.BigInteger),
    sa.Column("tenant_id", sa.String, nullable=False, server_default="default"),
    sa.Column("role", sa.String, nullable=False, server_default="owner"),
    sa.Column("scopes", sa.String, nullable=False, server_default=""),  # blanks between them
    sa.Column("expires_us", sa.BigInteger),
    sa.Column("rate_per_s", sa.Float),
    sa.Column("burst", sa.Integer),
    sa.Column("quota_per_day", sa.BigInteger),
    sa.Column("slot", sa.Integer, nullable=False, server_default="0"),  # where its uses are counted
)
tenants = sa.Table(
    "tenants",
    metadata,
    sa.Column("tenant_id", sa.String, primary_key=True),
    sa.Column("created_us", sa.BigInteger, nullable=False),
    sa.Column("removed_us", sa.BigInteger),
)
marks = sa.Table(
    "marks",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),  # rises with every change of what it marks
)
views = sa.Table(
    "views",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("state", sa.LargeBinary, nullable=False),
)
rule_versions = sa.Table(
    "rule_versions",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),  # 1, 2, 3 …; the greatest is in use
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("why", sa.String, nullable=False),
    sa.Column("restored", sa.Integer),  # the version whose rules a rollback brought back
    sa.Column("body", sa.LargeBinary, nullable=False),  # JSON
    sa.Column("seal", sa.String, nullable=False),  # SHA-256 over this row and the seal before
)
audiences = sa.Table(
    "audiences",
    metadata,
    sa.Column("audience_id", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),  # order of making
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("campaign", sa.String, nullable=False),
    sa.Column("n_members", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),  # JSON: what was asked and what came of it
)
audience_members = sa.Table(
    "audience_members",
    metadata,
    sa.Column("audience_id", sa.String, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),  # compressed columns
)
audience_exports = sa.Table(
    "audience_exports",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),  # 1, 2, 3 …
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("audience_id", sa.String, nullable=False),
    sa.Column("accounts", sa.LargeBinary, nullable=False),  # sorted salted hashes, 8 bytes each
    sa.Column("units", sa.LargeBinary, nullable=False),  # the same of accounts with persons
)
audience_log = sa.Table(
    "audience_log",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),  # 1, 2, 3 …; rows are only added
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("what", sa.String, nullable=False),
    sa.Column("audience_id", sa.String, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),  # JSON of figures; no id of anybody
    sa.Column("seal", sa.String, nullable=False),  # SHA-256 over this row and the seal before
)
suppressions = sa.Table(
    "suppressions",
    metadata,
    sa.Column("entry", sa.String, primary_key=True),  # a salted hash
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("why", sa.String, nullable=False),
)
salts = sa.Table(
    "salts",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("salt", sa.LargeBinary, nullable=False),
)


def current_version(connection: sa.Connection) -> str | None:
    """The version that the database has, None when it has no tables yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(connection: sa.Connection, place: str) -> None:
    """Bring the database to `HEAD`; the connection's transaction is left open for the caller.

    Args:
        connection: Inside a transaction that holds the write lock.
        place: What to call the database in messages.

    Raises:
        SchemaTooNew: If its version is none that this code knows.
    """
    # Alembic takes as long to import as all the rest, and is needed once in a home's life.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    folder = Path(__file__).parent / "migrations"
    scripts = ScriptDirectory(str(folder))
    version = current_version(connection)
    if version is not None and version not in {one.revision for one in scripts.walk_revisions()}:
        raise SchemaTooNew(
            f'{place}: the tables have version "{version}"; this settee knows up to "{HEAD}".',
            hint="Upgrade settee.",
        )
    with EnvironmentContext(
        Config(), scripts, fn=lambda at, _: scripts._upgrade_revs("head", at)
    ) as environment:
        environment.configure(connection=connection, target_metadata=metadata)
        environment.run_migrations()
