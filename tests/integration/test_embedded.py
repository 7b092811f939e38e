"""The embedded servers: bound to their supervisor's life, their data kept."""

import asyncpg

from app.embedded.stack import Stack
from tests.fixtures.stack import NewDatabase


async def test_a_new_database_is_a_copy_of_its_template(
    stack: Stack, new_database: NewDatabase
) -> None:
    template = new_database()
    connection = await asyncpg.connect(stack.database_url(template))
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    await connection.close()

    connection = await asyncpg.connect(stack.database_url(new_database(template=template)))
    assert await connection.fetchval("SELECT answer FROM kept") == 42
    await connection.close()
