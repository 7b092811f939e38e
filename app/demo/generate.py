"""Fills a campus database and its file store."""

from collections import Counter
from pathlib import Path

import asyncpg

from app.demo.facts import CampusFacts, InstitutionFacts, facts_of
from app.demo.rows import Rows
from app.demo.schema import advance_identities, create_tables
from app.demo.schools import make_schools
from app.demo.size import SMALL, Size
from app.demo.uploads import Uploads


async def load_campus(url: str, files_directory: Path, size: Size = SMALL) -> CampusFacts:
    """Create the tables of the campus LMS and fill them and its file store.

    The rows go through ``COPY``, school by school, in one transaction. The same size always gives
    the same rows and files.

    Args:
        url: A PostgreSQL database without these tables.
        files_directory: The root of the file store; made where it is missing.
        size: How large the campus is.

    Returns:
        Who and what in it is worth a story.
    """
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await create_tables(connection)
            facts = await _fill(connection, files_directory, size)
            await advance_identities(connection)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
    return facts


async def _fill(connection: asyncpg.Connection, files_directory: Path, size: Size) -> CampusFacts:
    uploads = Uploads(files_directory, own_files=size.own_files)
    institutions: list[InstitutionFacts] = []
    row_counts: Counter[str] = Counter()
    missing: list[str] = []
    for school in make_schools(size, uploads):
        if school.is_first:
            institutions.append(facts_of(school))
        missing += (upload.path for upload in school.lost)
        row_counts += await _copy(connection, school.rows)
    return CampusFacts(tuple(institutions), dict(row_counts), tuple(missing))


async def _copy(connection: asyncpg.Connection, rows: Rows) -> Counter[str]:
    counts: Counter[str] = Counter()
    for table, columns, values in rows.tables():
        await connection.copy_records_to_table(table, columns=columns, records=values)
        counts[table] = len(values)
    return counts
