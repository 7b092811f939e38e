"""Run the migrations on the connection that ``app.store.migrations`` hands over.

A migration that cannot get its locks soon gives up, rather than hold up everybody behind it.
"""

from alembic import context
from sqlalchemy import text

from app.store.metadata import METADATA


def run() -> None:
    """Run the migrations that were asked for, all in the caller's transaction."""
    connection = context.config.attributes["connection"]
    connection.execute(text("SET LOCAL lock_timeout = '5s'"))
    connection.execute(text("SET LOCAL statement_timeout = '10min'"))
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
