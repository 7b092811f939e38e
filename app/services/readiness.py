"""Looks whether the service can do its work."""

from typing import Literal

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from app.services.context import Context
from app.store.migrations import is_current
from schemas.health import Readiness


async def look(context: Context) -> Readiness:
    """Look at Habeas's own database and at the doorbell."""
    database = await _database(context)
    rings = await context.waker.is_reachable()
    return Readiness(
        is_ready=database == "ready",
        database=database,
        doorbell="ready" if rings else "unreachable",
    )


async def _database(context: Context) -> Literal["ready", "unreachable", "not migrated"]:
    try:
        return "ready" if await is_current(context.database) else "not migrated"
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return "unreachable"
