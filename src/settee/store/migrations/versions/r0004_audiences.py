"""Lay the tables of audiences: who was chosen, who may not be, what left the house, and the log."""

import sqlalchemy as sa
from alembic import op

revision = "r0004"
down_revision = "r0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audiences",
        sa.Column("audience_id", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False, unique=True),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("campaign", sa.String, nullable=False),
        sa.Column("n_members", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audience_members",
        sa.Column("audience_id", sa.String, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audience_exports",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("audience_id", sa.String, nullable=False),
        sa.Column("accounts", sa.LargeBinary, nullable=False),
        sa.Column("units", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audience_log",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("audience_id", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("seal", sa.String, nullable=False),
    )
    op.create_table(
        "suppressions",
        sa.Column("entry", sa.String, primary_key=True),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("why", sa.String, nullable=False),
    )
    op.create_table(
        "salts",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("salt", sa.LargeBinary, nullable=False),
    )
