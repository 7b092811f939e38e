"""What is so about a record, found out row by row: slowly, and as plainly as it can be written."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from app.domain.catalogue import Catalogue
from app.domain.conditions import Facts
from app.references import target
from schemas.data_map import Condition, DataMap, EveryoneWhere, RecordType, Role

Record = Mapping[str, Any]


class Answers(dict[str, Any]):
    """Answers that are found when they are asked for."""

    def __init__(self, find: Callable[[str], Any]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, name: str) -> Any:
        return self._find(name)


@dataclass(frozen=True, slots=True)
class Moment:
    """Every row at one moment, and who has been erased by then.

    Attributes:
        data_map: The map.
        catalogue: Of the campus.
        rows: By table.
        subject: Whose job it is; None between jobs.
        remnants: Erased persons whose row is still there.
    """

    data_map: DataMap
    catalogue: Catalogue
    rows: Mapping[str, list[Record]]
    subject: int | None
    remnants: frozenset[int]

    def records(self, spec: RecordType) -> Iterator[Record]:
        """Go through the records of a type."""
        yield from (row for row in self.rows[spec.table] if meets(row, spec.where))

    def roles(self, spec: RecordType, row: Record, subject: int) -> tuple[str, ...]:
        """Name the roles that a record names a person in."""
        return tuple(name for name, role in spec.roles.items() if self._is(role, row, subject))

    def facts(self, spec: RecordType, row: Record, subject: int | None = None) -> Facts:
        """Give everything that a rule could ask of a record."""
        return Facts(
            roles=() if subject is None else self.roles(spec, row, subject),
            living_audience=Answers(lambda name: len(self._living_in(name, row))),
            gone_containers=Answers(lambda path: self._is_gone(path, spec.table, row)),
            gone_persons=Answers(lambda column: row[column] not in self.living()),
            columns=row,
            named_by_kept=self.is_named(row["id"]) if spec.table == "person" else False,
        )

    def living(self) -> set[int]:
        """Give the persons who count."""
        persons = self.rows[self.data_map.subject.table]
        where = self.data_map.subject.where
        return {row["id"] for row in persons if meets(row, where)} - {self.subject} - self.remnants

    def is_named(self, person: int) -> bool:
        """Say whether any record names a person by a column."""
        return any(
            row[role.column] == person
            for spec in self.data_map.record_types.values()
            if spec.table != self.data_map.subject.table
            for role in spec.roles.values()
            if role.column is not None
            for row in self.records(spec)
        )

    def _is(self, role: Role, row: Record, subject: int) -> bool:
        if role.column is not None:
            return bool(row[role.column] == subject)
        other = self.data_map.record_types[role.via or ""]
        return any(
            self.roles(other, found, subject)
            for found in self.records(other)
            if all(row[own] == found[theirs] for own, theirs in (role.match or {}).items())
        )

    def _living_in(self, name: str, row: Record) -> set[int]:
        audience = self.data_map.audiences[name]
        if audience.any_ is not None:
            found: set[int] = set()
            for part in audience.any_:
                if not isinstance(part, EveryoneWhere):
                    found |= self._living_in(part, row)
                elif meets(row, part.everyone):
                    found |= self.living()
            return found
        match = (audience.match or {}).items()
        members = {
            each[audience.person or ""]
            for each in self.rows[audience.table or ""]
            if all(row[own] == each[theirs] for own, theirs in match)
        }
        return members & self.living()

    def _is_gone(self, path: str, table: str, row: Record) -> bool:
        column, _, rest = path.partition(".")
        found = target(self.data_map, self.catalogue, (table, column))
        assert found is not None
        other, key = found
        there = next((each for each in self.rows[other] if each[key] == row[column]), None)
        return there is None or (rest != "" and self._is_gone(rest, other, there))


def meets(row: Record, where: Condition | None) -> bool:
    """Say whether a row meets a ``where``."""
    if where is None:
        return True
    values = (where.is_ or {}).items()
    own = all(row[name] in (one if isinstance(one, tuple) else (one,)) for name, one in values)
    return own and (where.not_ is None or not meets(row, where.not_))


async def read_rows(connection: asyncpg.Connection, tables: tuple[str, ...]) -> dict[str, Any]:
    """Read every row of some tables."""
    return {
        table: [dict(row) for row in await connection.fetch(f"SELECT * FROM {table}")]
        for table in tables
    }
