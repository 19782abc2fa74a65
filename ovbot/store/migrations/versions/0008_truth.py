"""What is needed to take back what was told, and not to tell late what is true no more.

Additive: an older ovbot goes on working on the newer schema, and takes nothing back.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("over_at", sa.BigInteger))
    op.add_column("sessions", sa.Column("revivals", sa.Integer, nullable=False, server_default="0"))
    op.add_column("recordings", sa.Column("reason", sa.Text, nullable=False, server_default=""))
    op.add_column("recordings", sa.Column("told", sa.Integer, nullable=False, server_default="0"))
