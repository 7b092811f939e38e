"""The tables of the campus LMS."""

from functools import cache
from pathlib import Path

import asyncpg

TABLES = (
    "institution",
    "person",
    "guardian",
    "guardian_of",
    "login_session",
    "activity_log",
    "course",
    "enrolment",
    "project",
    "project_member",
    "thread",
    "thread_member",
    "message",
    "discussion",
    "discussion_post",
    "announcement",
    "announcement_comment",
    "assignment",
    "test",
    "test_question",
    "note",
    "material",
    "material_share",
    "submission",
    "submission_file",
    "plagiarism_check",
    "test_attempt",
    "test_answer",
    "grade",
    "marking_comment",
    "attendance",
    "behaviour_comment",
    "extra_time",
    "event",
    "person_setting",
    "ui_state",
)
"""Every table, those referred to before those that refer to them."""

_ADVANCE_IDENTITIES = """
    SELECT format(
        'SELECT setval(%L, (SELECT max(id) FROM %I))',
        pg_get_serial_sequence(table_name, 'id'), table_name
    )
      FROM unnest($1::text[]) AS given (table_name)
     WHERE EXISTS (
        SELECT FROM information_schema.columns AS shown
         WHERE shown.table_schema = current_schema() AND shown.table_name = given.table_name
           AND shown.column_name = 'id' AND shown.is_identity = 'YES')
"""


@cache
def campus_sql() -> str:
    """Read the statements that create the tables in an empty schema."""
    return Path(__file__).with_name("campus.sql").read_text(encoding="utf-8")


async def create_tables(connection: asyncpg.Connection) -> None:
    """Create the tables of the campus LMS.

    Args:
        connection: To a database that has none of them.
    """
    await connection.execute(campus_sql())


async def advance_identities(connection: asyncpg.Connection) -> None:
    """Let identity columns go on where loaded rows end.

    Args:
        connection: To a campus that was loaded with given ids.
    """
    for (statement,) in await connection.fetch(_ADVANCE_IDENTITIES, list(TABLES)):
        await connection.execute(statement)


async def drop_tables(connection: asyncpg.Connection) -> None:
    """Drop the tables of the campus LMS, and nothing else in the database.

    Args:
        connection: A database with these tables.
    """
    await connection.execute(f"DROP TABLE {', '.join(TABLES)} CASCADE")
    # What deletes courses and projects goes with the tables that it names.
