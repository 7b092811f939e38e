"""Bring the database to a version of the store, as the role that owns its tables."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.store.engine import create_engine

SCRIPTS = Path(__file__).resolve().parents[2] / "alembic"
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('habeas migrations', 0))")


async def upgrade(owner_url: str, revision: str = "head") -> None:
    """Apply the migrations up to a revision, all or none; waits while another process does.

    Args:
        owner_url: ``postgresql://…`` as the role that owns the database.
        revision: The revision to reach.
    """
    await _migrate(owner_url, lambda config: command.upgrade(config, revision))


async def downgrade(owner_url: str, revision: str = "base") -> None:
    """Take migrations back down to a revision. What their tables held is lost.

    Args:
        owner_url: ``postgresql://…`` as the role that owns the database.
        revision: The revision to reach; ``base`` is the empty database.
    """
    await _migrate(owner_url, lambda config: command.downgrade(config, revision))


async def is_current(engine: AsyncEngine) -> bool:
    """Say whether the database has exactly the migrations that this version ships.

    Args:
        engine: Of a role that may read ``alembic_version``.
    """

    def heads(connection: Connection) -> set[str]:
        return set(MigrationContext.configure(connection).get_current_heads())

    async with engine.connect() as connection:
        return await connection.run_sync(heads) == set(
            ScriptDirectory.from_config(_config()).get_heads()
        )


async def _migrate(owner_url: str, run: Callable[[Config], None]) -> None:
    def on(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        run(config)

    engine = create_engine(owner_url, pool_size=1)
    try:
        async with engine.begin() as connection:
            await connection.execute(_ONE_AT_A_TIME)
            await connection.run_sync(on)
    finally:
        await engine.dispose()


def _config() -> Config:
    """Build the configuration that Alembic would read from a file."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config
