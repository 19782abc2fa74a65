"""Who was given which role, for what and until when.

Additive: an older ovbot goes on working on the newer schema, and gives nobody a role by it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "grants",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("gives", sa.Text, nullable=False),
        sa.Column("sessions", sa.Text, nullable=False, server_default=""),
        sa.Column("in_channel", sa.Text, nullable=False, server_default=""),
        sa.Column("until", sa.BigInteger),
        sa.Column("granted_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_by", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
        sqlite_autoincrement=True,
    )
    holding = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_grants_holding",
        "grants",
        ["team", "server"],
        sqlite_where=holding,
        postgresql_where=holding,
    )
    op.create_table(
        "grant_changes",
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("number", _ID, nullable=False),
        sa.PrimaryKeyConstraint("team", "server", name="pk_grant_changes"),
    )
