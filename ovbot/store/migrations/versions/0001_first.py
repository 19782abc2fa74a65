"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _number(name: str, *, default: str | None = None, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null, server_default=default)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


def _text(name: str, default: str | None = None, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null, server_default=default)


def _identity() -> sa.Column[int]:
    return sa.Column("id", _ID, autoincrement=True, nullable=False)


def upgrade() -> None:
    """Make every table."""
    _people()
    _outgoing()
    _incoming()


def _people() -> None:
    op.create_table(
        "bindings",
        _identity(),
        *(_text(name) for name in ("team", "server", "channel", "pattern", "topics")),
        _text("created_by"),
        _number("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_bindings"),
        sa.UniqueConstraint(
            "team",
            "server",
            "channel",
            "pattern",
            name="uq_bindings_team_server_channel_pattern",
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audit",
        _identity(),
        _text("ref"),
        _text("phase"),
        _number("at"),
        *(_text(name) for name in ("team", "server", "actor", "channel", "command")),
        _text("session", ""),
        _text("target", ""),
        _text("arguments", "{}"),
        _text("interaction", null=True),
        _text("outcome", null=True),
        _text("answer", ""),
        _text("detail", ""),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sa.UniqueConstraint("ref", "phase", name="uq_audit_ref_phase"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_team", "audit", ["team", "id"])
    intents = sa.text("phase = 'intent'")
    op.create_index(
        "uq_audit_interaction",
        "audit",
        ["team", "interaction"],
        unique=True,
        sqlite_where=intents,
        postgresql_where=intents,
    )
    op.create_table(
        "shown",
        *(_text(name) for name in ("team", "user", "channel", "server", "session")),
        _text("connections"),
        _number("at"),
        sa.PrimaryKeyConstraint("team", "user", name="pk_shown"),
    )


def _outgoing() -> None:
    op.create_table(
        "outbox",
        _identity(),
        *(_text(name) for name in ("team", "server", "channel", "key", "audience")),
        _text("user", ""),
        _text("reply"),
        _number("created_at"),
        _text("status", "pending"),
        _count("attempts"),
        _count("ambiguous"),
        _text("reason", ""),
        _text("posted_channel", ""),
        _text("posted_ts", ""),
        _number("finished_at", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("team", "channel", "key", name="uq_outbox_team_channel_key"),
        sqlite_autoincrement=True,
    )
    pending = sa.text("status = 'pending'")
    op.create_index(
        "ix_outbox_pending",
        "outbox",
        ["team", "channel", "id"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
    op.create_table(
        "outbox_channels",
        _text("team"),
        _text("channel"),
        _number("not_before", default="0"),
        _text("owner", ""),
        _number("lease_until", default="0"),
        sa.PrimaryKeyConstraint("team", "channel", name="pk_outbox_channels"),
    )


def _incoming() -> None:
    op.create_table(
        "recordings",
        _text("server"),
        _text("recording"),
        _number("created_at"),
        _text("session"),
        _text("name", ""),
        _text("status"),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("duration", sa.Float, nullable=False, server_default="0"),
        _number("size", default="0"),
        _text("team", ""),
        _text("started_by", ""),
        _number("seen_at"),
        _number("announced_at", null=True),
        sa.PrimaryKeyConstraint("server", "recording", "created_at", name="pk_recordings"),
    )
    op.create_table(
        "sessions",
        _text("server"),
        _text("session"),
        _number("created_at"),
        _number("seen_at"),
        _count("missing"),
        _number("ended_at", null=True),
        sa.PrimaryKeyConstraint("server", "session", "created_at", name="pk_sessions"),
    )
    live = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_sessions_live", "sessions", ["server"], sqlite_where=live, postgresql_where=live
    )
    op.create_table(
        "events",
        _identity(),
        *(_text(name) for name in ("server", "key", "kind", "body")),
        _number("received_at"),
        _count("attempts"),
        _number("not_before", default="0"),
        _number("processed_at", null=True),
        _text("result", ""),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("server", "key", name="uq_events_server_key"),
        sqlite_autoincrement=True,
    )
    waiting = sa.text("processed_at IS NULL")
    op.create_index(
        "ix_events_waiting",
        "events",
        ["server", "id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
