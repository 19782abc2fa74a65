"""Which process carries out an intent, which notices may share a message, and what was told.

Additive: an older ovbot goes on working on the newer schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("audit", sa.Column("process", sa.Text, nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("digest", sa.Integer, nullable=False, server_default="0"))
    found = sa.text("result = 'recovered'")
    op.create_index(
        "ix_events_recovered", "events", ["server"], sqlite_where=found, postgresql_where=found
    )
    op.add_column("recordings", sa.Column("stuck_at", sa.BigInteger))
