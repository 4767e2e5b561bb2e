"""Lay the table of the rules' versions: only ever added to, each row sealed over the one before."""

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_versions",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("why", sa.String, nullable=False),
        sa.Column("restored", sa.Integer),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("seal", sa.String, nullable=False),
    )
