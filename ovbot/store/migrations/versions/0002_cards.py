"""Live cards, and notices that go into a card's thread.

Additive: an older ovbot goes on working on the newer schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("thread", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "cards",
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("ts", sa.Text, nullable=False, server_default=""),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("wanted", sa.Integer, nullable=False, server_default="1"),
        sa.Column("shown", sa.Integer, nullable=False, server_default="0"),
        sa.Column("not_before", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("most_people", sa.Integer, nullable=False, server_default="0"),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ending", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("team", "server", "session", "channel", name="pk_cards"),
    )
