"""How far each file of OpenVidu's CDR has been read.

Additive: an older ovbot goes on working on the newer schema, and reads none of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "cdr",
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("grown_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("server", "file", name="pk_cdr"),
    )
