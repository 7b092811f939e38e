"""Uploads of a world: stored because a row names them, and there for as long as one does."""

from collections import Counter
from pathlib import Path

import asyncpg

from app.domain.upload_paths import upload_path
from schemas.data_map import DataMap, FileSpec
from tests.spec.rows import World


def columns_of_uploads(data_map: DataMap) -> list[tuple[str, str, FileSpec]]:
    """List the tables and columns that name uploads."""
    return [
        (spec.table, field.column or name, field.file)
        for spec in data_map.record_types.values()
        for name, field in spec.fields.items()
        if field.file is not None
    ]


def store(directory: Path, world: World, data_map: DataMap) -> None:
    """Store something for every row that names an upload."""
    for table, column, file in columns_of_uploads(data_map):
        for row in world.rows:
            value = row.values.get(column)
            if row.table == table and isinstance(value, str):
                place = directory / upload_path(file.path, value)
                place.parent.mkdir(exist_ok=True)
                place.write_bytes(b"%PDF")


def stored(directory: Path) -> set[str]:
    """Name what lies in the file store."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix() for path in files}


async def named(connection: asyncpg.Connection, data_map: DataMap) -> Counter[str]:
    """Name what rows of the LMS name now, and say how many rows do."""
    columns = columns_of_uploads(data_map)
    every = " UNION ALL ".join(
        f"SELECT {place}, {column} FROM {table} WHERE {column} IS NOT NULL"
        for place, (table, column, _) in enumerate(columns)
    )
    rows = await connection.fetch(every)
    return Counter(upload_path(columns[place][2].path, value) for place, value in rows)
