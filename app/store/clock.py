"""The database's clock, which all processes share."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_MOMENT = text("SELECT clock_timestamp()")
_NOW = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")


async def moment(connection: AsyncConnection) -> datetime:
    """Tell the time: an aware UTC moment."""
    now: datetime = (await connection.execute(_MOMENT)).scalar_one()
    return now


async def microseconds(connection: AsyncConnection) -> int:
    """Tell the time, in microseconds since 1970 (UTC)."""
    return int((await connection.execute(_NOW)).scalar_one())
