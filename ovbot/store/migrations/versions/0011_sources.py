"""Where an event came from: what the CDR tells is no sign that webhooks arrive.

Additive: an older ovbot goes on working on the newer schema, and takes all for webhooks.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("events", sa.Column("source", sa.Text, nullable=False, server_default=""))
