"""Who is banned from which session.

Additive: an older ovbot goes on working on the newer schema, and carries out no ban.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "bans",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("removals", sa.Integer, nullable=False, server_default="0"),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_by", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_bans"),
        sqlite_autoincrement=True,
    )
    holding = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_bans_holding",
        "bans",
        ["server", "session"],
        sqlite_where=holding,
        postgresql_where=holding,
    )
    op.create_index("ix_bans_ref", "bans", ["ref"])
