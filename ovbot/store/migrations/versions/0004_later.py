"""Commands that are carried out later.

Additive: an older ovbot goes on working on the newer schema, and leaves them to a newer one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "later",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("session", sa.Text, nullable=False, server_default=""),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("again", sa.Text, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_by", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_later"),
        sqlite_autoincrement=True,
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_later_waiting",
        "later",
        ["server", "due_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index("ix_later_about", "later", ["team", "server", "verb", "about"])
