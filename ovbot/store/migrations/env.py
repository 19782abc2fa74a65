"""How Alembic runs our migrations: on the connection and in the transaction it is given."""

from alembic import context

from ovbot.store.schema import VERSION_TABLE
from ovbot.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite cannot alter most of a table in place
)
context.run_migrations()
