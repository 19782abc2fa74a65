"""What somebody did last, and refusals by age, found without reading the whole audit.

Additive: an older ovbot goes on working on the newer schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_index("ix_audit_actor", "audit", ["team", "actor", "id"])
    op.create_index(
        "ix_audit_denied",
        "audit",
        ["at"],
        sqlite_where=sa.text("outcome = 'denied'"),
        postgresql_where=sa.text("outcome = 'denied'"),
    )
