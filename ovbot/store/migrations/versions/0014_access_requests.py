"""Who asked for which role, and what was decided.

Additive: an older ovbot goes on working on the newer schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "access_requests",
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("gives", sa.Text, nullable=False),
        sa.Column("sessions", sa.Text, nullable=False, server_default=""),
        sa.Column("in_channel", sa.Text, nullable=False, server_default=""),
        sa.Column("until", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("decided_by", sa.Text, nullable=False, server_default=""),
        sa.Column("given", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("ref", name="pk_access_requests"),
    )
