"""Rows of the campus LMS that name each other by words, and worlds that are made of them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg

from app.demo.schema import TABLES

WHEN = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
STAND_IN = "the stand-in"
"""The name of the row that takes a person's place, in every world."""

LINKS = {
    "guardian_of": ("guardian_id", "person_id"),
    "enrolment": ("course_id", "person_id"),
    "project_member": ("project_id", "person_id"),
    "thread_member": ("thread_id", "person_id"),
    "material_share": ("material_id", "person_id"),
    "test_answer": ("attempt_id", "question_id"),
    "person_setting": ("person_id", "name"),
}
"""The keys of tables that have no ``id``."""

_EVERY_ROW = " UNION ALL ".join(
    f"(SELECT '{table} ' || t::text FROM {table} AS t ORDER BY 1)" for table in TABLES
)

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Row:
    """A row before it has a key.

    Attributes:
        name: What the world calls it.
        table: Where it lies.
        values: Its own columns.
        names: Columns that refer to another row, and what the world calls that one.
    """

    name: str
    table: str
    values: Values = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, ...]:
        return LINKS.get(self.table, ("id",))


@dataclass(frozen=True, slots=True)
class World:
    """A few rows of one institution, each referring to earlier ones only.

    Attributes:
        story: What is the case, in a sentence for people.
        rows: In the order in which they are inserted.
    """

    story: str
    rows: tuple[Row, ...]

    def row(self, name: str) -> Row:
        return next(row for row in self.rows if row.name == name)


def columns(row: Row, world: World) -> dict[str, object]:
    """Give a row's columns with keys of this world in place of names.

    A row's key is its place in the world. The institution is number 1.
    """
    number = {each.name: place for place, each in enumerate(world.rows, 1)}
    found: dict[str, object] = {column: number[name] for column, name in row.names.items()}
    own = number[row.name]
    if row.key == ("id",):
        found["id"] = uuid.UUID(int=own) if row.table == "login_session" else own
    return found | dict(row.values)


async def insert(connection: asyncpg.Connection, world: World) -> None:
    """Insert a world into empty tables."""
    await connection.execute(
        "INSERT INTO institution (id, name, country, mail_domain) VALUES (1, 'A', 'NO', 'a.example')"
    )
    for row in world.rows:
        found = columns(row, world)
        places = ", ".join(f"${place}" for place, _ in enumerate(found, 1))
        await connection.execute(
            f"INSERT INTO {row.table} ({', '.join(found)}) VALUES ({places})", *found.values()
        )


async def look(connection: asyncpg.Connection, row: Row, world: World) -> dict[str, object] | None:
    """Read a row as it is now; None where it is gone."""
    found = columns(row, world)
    asked = " AND ".join(f"{name} = ${place}" for place, name in enumerate(row.key, 1))
    keys = [found[name] for name in row.key]
    read = await connection.fetchrow(f"SELECT * FROM {row.table} WHERE {asked}", *keys)
    return None if read is None else dict(read)


async def every_row(connection: asyncpg.Connection) -> list[str]:
    """Give every row of every table as PostgreSQL writes it, with its table's name."""
    return [text for (text,) in await connection.fetch(_EVERY_ROW)]
