"""Since when something is seen to be in a state that should pass.

Additive: an older ovbot goes on working on the newer schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "noticed",
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("server", "subject", name="pk_noticed"),
    )
