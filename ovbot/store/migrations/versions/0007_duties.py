"""How often a planned command was tried, and since when.

Additive: an older ovbot goes on working on the newer schema, and tries nothing again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("later", sa.Column("tries", sa.Integer, nullable=False, server_default="0"))
    op.add_column("later", sa.Column("since", sa.BigInteger, nullable=False, server_default="0"))
