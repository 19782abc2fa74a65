"""The tables as the code sees them. The migrations are what makes them; a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class CleanText(TypeDecorator[str]):
    """Text without what PostgreSQL cannot store: NUL characters and halves of surrogate pairs.

    Foreign names may hold either. Compared values pass here too, so look-ups still match.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or value.isascii():
            return value.replace("\0", "") if value else value
        return value.replace("\0", "").encode("utf-8", "replace").decode()


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself
_MS = BigInteger  # a moment: milliseconds since the epoch


def _text(name: str, default: str | None = None) -> Column[str]:
    return Column(name, CleanText, nullable=False, server_default=default)


bindings = Table(
    "bindings",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    _text("team"),
    _text("server"),
    _text("channel"),
    _text("pattern"),
    _text("topics"),
    _text("created_by"),
    Column("created_at", _MS, nullable=False),
    UniqueConstraint("team", "server", "channel", "pattern"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    _text("ref"),
    _text("phase"),
    Column("at", _MS, nullable=False),
    _text("team"),
    _text("server"),
    _text("actor"),
    _text("channel"),
    _text("command"),
    _text("session", ""),
    _text("target", ""),
    _text("arguments", "{}"),
    Column("interaction", CleanText),
    Column("outcome", CleanText),
    _text("answer", ""),
    _text("detail", ""),
    _text("process", ""),
    UniqueConstraint("ref", "phase"),
    Index("ix_audit_team", "team", "id"),
    Index("ix_audit_actor", "team", "actor", "id"),
    Index(
        "ix_audit_denied",
        "at",
        sqlite_where=text("outcome = 'denied'"),
        postgresql_where=text("outcome = 'denied'"),
    ),
    # Slack delivers some things twice and people press twice: the second finds the first.
    Index(
        "uq_audit_interaction",
        "team",
        "interaction",
        unique=True,
        sqlite_where=text("phase = 'intent'"),
        postgresql_where=text("phase = 'intent'"),
    ),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    _text("team"),
    _text("server"),
    Column("channel", CleanText, key="lane", nullable=False),
    _text("key"),
    _text("audience"),
    _text("user", ""),
    _text("reply"),
    _text("thread", ""),
    Column("created_at", _MS, nullable=False),
    _text("status", "pending"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("ambiguous", Integer, nullable=False, server_default="0"),
    Column("digest", Integer, nullable=False, server_default="0"),
    _text("reason", ""),
    _text("posted_channel", ""),
    _text("posted_ts", ""),
    Column("finished_at", _MS),
    UniqueConstraint("team", "lane", "key"),
    Index(
        "ix_outbox_pending",
        "team",
        "lane",
        "id",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
    sqlite_autoincrement=True,
)

outbox_lanes = Table(
    "outbox_channels",
    metadata,
    Column("team", CleanText, primary_key=True),
    Column("channel", CleanText, key="lane", primary_key=True),
    Column("not_before", _MS, nullable=False, server_default="0"),
    _text("owner", ""),
    Column("lease_until", _MS, nullable=False, server_default="0"),
)

shown = Table(
    "shown",
    metadata,
    Column("team", CleanText, primary_key=True),
    Column("user", CleanText, primary_key=True),
    _text("channel"),
    _text("server"),
    _text("session"),
    _text("connections"),
    Column("at", _MS, nullable=False),
)

recordings = Table(
    "recordings",
    metadata,
    Column("server", CleanText, primary_key=True),
    Column("recording", CleanText, primary_key=True),
    Column("created_at", _MS, primary_key=True),
    _text("session"),
    _text("name", ""),
    _text("status"),
    Column("rank", Integer, nullable=False),
    Column("duration", Float, nullable=False, server_default="0"),
    Column("size", BigInteger, nullable=False, server_default="0"),
    _text("team", ""),
    _text("started_by", ""),
    Column("seen_at", _MS, nullable=False),
    Column("announced_at", _MS),
    Column("stuck_at", _MS),
    _text("reason", ""),
    Column("told", Integer, nullable=False, server_default="0"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("server", CleanText, primary_key=True),
    Column("session", CleanText, primary_key=True),
    Column("created_at", _MS, primary_key=True),
    Column("seen_at", _MS, nullable=False),
    Column("missing", Integer, nullable=False, server_default="0"),
    Column("ended_at", _MS),
    Column("over_at", _MS),
    Column("revivals", Integer, nullable=False, server_default="0"),
    Index(
        "ix_sessions_live",
        "server",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)

noticed = Table(
    "noticed",
    metadata,
    Column("server", CleanText, primary_key=True),
    Column("subject", CleanText, primary_key=True),
    Column("since", _MS, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    _text("server"),
    _text("key"),
    _text("kind"),
    _text("body"),
    Column("received_at", _MS, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", _MS, nullable=False, server_default="0"),
    Column("processed_at", _MS),
    _text("result", ""),
    _text("source", ""),
    UniqueConstraint("server", "key"),
    Index(
        "ix_events_waiting",
        "server",
        "id",
        sqlite_where=text("processed_at IS NULL"),
        postgresql_where=text("processed_at IS NULL"),
    ),
    Index(
        "ix_events_recovered",
        "server",
        sqlite_where=text("result = 'recovered'"),
        postgresql_where=text("result = 'recovered'"),
    ),
    sqlite_autoincrement=True,
)

cdr = Table(
    "cdr",
    metadata,
    _text("server"),
    _text("file"),
    Column("position", BigInteger, nullable=False),
    Column("grown_at", _MS, nullable=False),
    PrimaryKeyConstraint("server", "file"),
)

cards = Table(
    "cards",
    metadata,
    Column("team", CleanText, primary_key=True),
    Column("server", CleanText, primary_key=True),
    Column("session", CleanText, primary_key=True),
    Column("channel", CleanText, primary_key=True),
    _text("ts", ""),
    _text("created_by"),
    Column("created_at", _MS, nullable=False),
    # What is wanted and what is shown: a card is due while they differ.
    Column("wanted", Integer, nullable=False, server_default="1"),
    Column("shown", Integer, nullable=False, server_default="0"),
    Column("not_before", _MS, nullable=False, server_default="0"),
    Column("most_people", Integer, nullable=False, server_default="0"),
    Column("ended_at", _MS),
    _text("ending", ""),
    # The metadata of a message that was begun to be posted, and is not known to be there.
    _text("trying", ""),
    Column("tried_at", _MS, nullable=False, server_default="0"),
    Column("claimed_until", _MS, nullable=False, server_default="0"),
)

# Messages that were a card, or may have become one, and have to say that they are none.
former_cards = Table(
    "former_cards",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    _text("team"),
    _text("server"),
    _text("session"),
    _text("channel"),
    _text("ts", ""),
    _text("trying", ""),
    Column("tried_at", _MS, nullable=False, server_default="0"),
    _text("ending", ""),
    Column("not_before", _MS, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)

later = Table(
    "later",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    _text("ref"),
    _text("team"),
    _text("server"),
    _text("actor"),
    _text("channel"),
    _text("session", ""),
    _text("verb"),
    _text("about"),
    _text("command"),
    _text("said"),
    _text("label"),
    _text("again"),
    Column("due_at", _MS, nullable=False),
    Column("created_at", _MS, nullable=False),
    _text("state", "waiting"),
    Column("ended_at", _MS),
    _text("ended_by", ""),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("since", _MS, nullable=False, server_default="0"),
    Index(
        "ix_later_waiting",
        "server",
        "due_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("ix_later_about", "team", "server", "verb", "about"),
    sqlite_autoincrement=True,
)

bans = Table(
    "bans",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    _text("team"),
    _text("server"),
    _text("session"),
    _text("by"),
    _text("who"),
    _text("label"),
    Column("since", _MS, nullable=False),
    Column("until", _MS),
    _text("actor"),
    _text("channel"),
    _text("reason", ""),
    _text("ref"),
    Column("created_at", _MS, nullable=False),
    Column("removals", Integer, nullable=False, server_default="0"),
    Column("ended_at", _MS),
    _text("ended_by", ""),
    Index(
        "ix_bans_holding",
        "server",
        "session",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index("ix_bans_ref", "ref"),
    sqlite_autoincrement=True,
)

grants = Table(
    "grants",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    _text("team"),
    _text("server"),
    _text("subject"),
    _text("gives"),
    _text("sessions", ""),
    _text("in_channel", ""),
    Column("until", _MS),
    _text("granted_by"),
    _text("reason", ""),
    _text("ref"),
    Column("created_at", _MS, nullable=False),
    Column("ended_at", _MS),
    _text("ended_by", ""),
    Index(
        "ix_grants_holding",
        "team",
        "server",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

grant_changes = Table(
    "grant_changes",
    metadata,
    _text("team"),
    _text("server"),
    Column("number", _ID, nullable=False),
    PrimaryKeyConstraint("team", "server"),
)

access_requests = Table(
    "access_requests",
    metadata,
    Column("ref", CleanText, primary_key=True),
    _text("team"),
    _text("server"),
    _text("actor"),
    _text("gives"),
    _text("sessions", ""),
    _text("in_channel", ""),
    _text("until"),
    _text("reason", ""),
    Column("asked_at", _MS, nullable=False),
    Column("decided_at", _MS),
    _text("decided_by", ""),
    Column("given", Integer, nullable=False, server_default="0"),
)

disabled = Table(
    "disabled",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    _text("team"),
    _text("server"),
    _text("what"),
    _text("by"),
    _text("reason", ""),
    _text("ref"),
    Column("at", _MS, nullable=False),
    Column("ended_at", _MS),
    _text("ended_by", ""),
    sqlite_autoincrement=True,
)

approvals = Table(
    "approvals",
    metadata,
    Column("ref", CleanText, primary_key=True),
    _text("team"),
    _text("server"),
    _text("channel"),
    _text("actor"),
    _text("verb"),
    _text("session"),
    _text("target"),
    _text("label"),
    _text("command"),
    _text("reason", ""),
    Column("asked_at", _MS, nullable=False),
    Column("decided_at", _MS),
    _text("decided_by", ""),
    _text("answer", ""),
    Index("ix_approvals_of", "server", "session", "target"),
)
