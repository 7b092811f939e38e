"""The same effects and counts by plain SQL, one statement a table: what Habeas is held against."""

import time

import asyncpg

from benchmarks.lms import ANONYMISED, TABLES


async def erase(url: str, person: int) -> float:
    """Delete and anonymise a person's records; give the seconds that it took.

    Args:
        url: The measured LMS.
        person: The subject's key.
    """
    connection = await asyncpg.connect(url)
    try:
        stand_in = await _stand_in(connection)
        started = time.perf_counter()
        for table, column in TABLES.items():
            statement = f"DELETE FROM {table} WHERE {column} = {person}"
            if table in ANONYMISED:
                statement = f"UPDATE {table} SET {column} = {stand_in} WHERE {column} = {person}"
            await connection.execute(statement, timeout=600)
        await connection.execute("DELETE FROM person WHERE id = $1", person)
        return time.perf_counter() - started
    finally:
        await connection.close()


async def _stand_in(connection: asyncpg.Connection) -> int:
    found = await connection.fetchval("SELECT id FROM person WHERE email = 'nobody'")
    if found is None:
        found = await connection.fetchval(
            "INSERT INTO person (school_id, full_name, email) VALUES (1, 'Nobody', 'nobody')"
            " RETURNING id"
        )
    return int(found)


async def count(url: str, person: int) -> float:
    """Count a person's records table by table; give the seconds that it took."""
    connection = await asyncpg.connect(url)
    try:
        started = time.perf_counter()
        for table, column in TABLES.items():
            await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = {person}")
        return time.perf_counter() - started
    finally:
        await connection.close()
