"""Who is at a card, which message of it may be there unnoted, and messages that are cards no more.

Additive: an older ovbot goes on working on the newer schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("cards", sa.Column("trying", sa.Text, nullable=False, server_default=""))
    op.add_column("cards", sa.Column("tried_at", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column(
        "cards", sa.Column("claimed_until", sa.BigInteger, nullable=False, server_default="0")
    )
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "former_cards",
        sa.Column("id", number, nullable=False, autoincrement=True),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("ts", sa.Text, nullable=False, server_default=""),
        sa.Column("trying", sa.Text, nullable=False, server_default=""),
        sa.Column("tried_at", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("ending", sa.Text, nullable=False, server_default=""),
        sa.Column("not_before", sa.BigInteger, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_former_cards"),
        sqlite_autoincrement=True,
    )
