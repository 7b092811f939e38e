"""The database's clock, which all processes share."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_NOW = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")


async def microseconds(connection: AsyncConnection) -> int:
    """Tell the time, in microseconds since 1970 (UTC)."""
    return int((await connection.execute(_NOW)).scalar_one())
