"""Alembic's environment: runs over the connection that `server.database.schema` hands in."""

from alembic import context

from server.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
