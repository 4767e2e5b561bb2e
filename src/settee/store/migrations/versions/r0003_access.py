"""Let keys have a tenant, a role, an end and limits; lay the tables of tenants and of marks.

Every key that there was goes on as it did: an owner of the default tenant, for ever, without limit.
"""

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("tenant_id", sa.String, nullable=False, server_default="default"),
        sa.Column("role", sa.String, nullable=False, server_default="owner"),
        sa.Column("scopes", sa.String, nullable=False, server_default=""),
        sa.Column("expires_us", sa.BigInteger),
        sa.Column("rate_per_s", sa.Float),
        sa.Column("burst", sa.Integer),
        sa.Column("quota_per_day", sa.BigInteger),
        sa.Column("slot", sa.Integer, nullable=False, server_default="0"),
    ):
        op.add_column("keys", column)
    _give_slots()
    op.create_table(
        "tenants",
        sa.Column("tenant_id", sa.String, primary_key=True),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("removed_us", sa.BigInteger),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )


def _give_slots() -> None:
    """Give each key that works a number of its own, from 0."""
    keys = sa.table(
        "keys",
        sa.column("key_id", sa.String),
        sa.column("slot", sa.Integer),
        sa.column("created_us", sa.BigInteger),
        sa.column("revoked_us", sa.BigInteger),
    )
    connection = op.get_bind()
    working = sa.select(keys.c.key_id).where(keys.c.revoked_us.is_(None))
    ordered = working.order_by(keys.c.created_us, keys.c.key_id)
    for slot, key_id in enumerate(connection.scalars(ordered).all()):
        connection.execute(sa.update(keys).where(keys.c.key_id == key_id).values(slot=slot))
