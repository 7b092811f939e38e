"""Carries cases out by hand: each record by itself, as ``decide`` says, without the engine.

It proves the data map alone. It is for a world of a few rows, and knows one restriction of a person at
a time and no batch, intent or crash.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import asyncpg

from app.datamap.rules import rules_of
from app.demo.schema import TABLES
from app.domain.catalogue import Catalogue
from app.domain.conditions import holds
from app.domain.decisions import Branch, decide
from app.rules import STAND_IN, change_of
from schemas import data_map as grammar
from schemas.data_map import Change, DataMap, RecordType
from schemas.vocabulary import Effect, Right
from tests.spec.cases import Act
from tests.spec.paper_facts import Moment, Record, read_rows

STAND_IN_KEY = 1
"""The stand-in is every world's first row."""

Decided = tuple[str, str, int]
"""A rule: record type, role, and its place."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that waits: with its row, which only paper may remember."""

    record_type: str
    role: str
    rule: grammar.Rule
    row: Record


@dataclass(slots=True)
class Paper:
    """Restricts and erases in a campus of one institution.

    Attributes:
        connection: To the campus.
        data_map: Its map.
        catalogue: Of the campus.
        decided: The rules that have decided a record, by right.
        waits: What is kept for now.
        remnants: Erased persons whose row is still there.
        vault: By person, the rows that a restriction changed, as they were.
    """

    connection: asyncpg.Connection
    data_map: DataMap
    catalogue: Catalogue
    decided: set[tuple[Right, Decided]] = field(default_factory=set)
    waits: list[Waiting] = field(default_factory=list)
    remnants: set[int] = field(default_factory=set)
    vault: dict[int, list[tuple[str, Record]]] = field(default_factory=dict)

    async def carry_out(self, act: Act, key: int) -> None:
        match act:
            case Act.RESTRICT | Act.TRASH:
                await self._act_on(key, Right.RESTRICTION)
            case Act.LIFT:
                await self._lift(key)
            case Act.ERASE | Act.EMPTY:
                await self._lift(key)
                await self._act_on(key, Right.ERASURE)
                await self._release()
            case Act.DELETE_COURSE | Act.DELETE_PROJECT:
                kind = "course" if act is Act.DELETE_COURSE else "project"
                await self.connection.execute(f"SELECT delete_{kind}($1)", key)
                await self._release()

    async def waiting(self) -> set[tuple[str, str]]:
        """Give the record types and roles of what is kept for now."""
        return {(each.record_type, each.role) for each in self.waits}

    async def _moment(self, subject: int | None) -> Moment:
        rows = await read_rows(self.connection, TABLES)
        return Moment(self.data_map, self.catalogue, rows, subject, frozenset(self.remnants))

    async def _act_on(self, subject: int, right: Right) -> None:
        if self.data_map.subject.login is not None:
            await self._remember(right, subject, "person", {"id": subject})
            await self._set("person", {"id": subject}, self.data_map.subject.login.set_ or {})
        moment = await self._moment(subject)
        types = self.data_map.record_types
        for name in sorted(types, key=lambda each: -TABLES.index(types[each].table)):
            if name != "person":
                await self._act_on_type(moment, name, right)
        moment = await self._moment(subject)
        await self._act_on_type(moment, "person", right)
        if right is Right.ERASURE and any(
            row["id"] == subject for row in (await self._moment(None)).rows["person"]
        ):
            self.remnants.add(subject)

    async def _act_on_type(self, moment: Moment, name: str, right: Right) -> None:
        spec = self.data_map.record_types[name]
        assert moment.subject is not None
        rules = rules_of(spec, right)
        for row in moment.records(spec):
            branch = decide(rules, moment.facts(spec, row, moment.subject))
            if branch is not None:
                await self._carry_out(name, row, branch, (moment.subject, right))

    async def _carry_out(
        self, name: str, row: Record, branch: Branch, whose: tuple[int, Right]
    ) -> None:
        spec = self.data_map.record_types[name]
        assert branch.position is not None
        self.decided.add((whose[1], (name, branch.role, branch.position)))
        listed = self._rules(spec, branch.role, whose[1])
        rule = listed[branch.position]
        key = {column: row[column] for column in spec.key}
        if branch.effect is not Effect.KEEP:
            await self._remember(whose[1], whose[0], spec.table, key)
        await self._do(spec, row, branch.effect, change_of(spec, rule, branch.effect), whose[0])
        if rule.until is not None:
            self.waits.append(Waiting(name, branch.role, rule, row))

    def _rules(self, spec: RecordType, role: str, right: Right) -> tuple[grammar.Rule, ...]:
        own: tuple[grammar.Rule, ...] | None = getattr(spec.roles[role], right)
        general: tuple[grammar.Rule, ...] | None = getattr(spec, right)
        return own if own is not None else general or ()

    async def _do(
        self,
        spec: RecordType,
        row: Record,
        effect: Effect,
        change: Change | None,
        whose: int | None,
    ) -> None:
        key = {column: row[column] for column in spec.key}
        if effect is Effect.DELETE or (change is not None and change.remove):
            asked = " AND ".join(f"{name} = ${place}" for place, name in enumerate(key, 1))
            await self.connection.execute(f"DELETE FROM {spec.table} WHERE {asked}", *key.values())
        elif change is not None:
            persons = {role.column for role in spec.roles.values() if role.column is not None}
            values = (change.set_ or {}) | dict.fromkeys(change.blank or ())
            if spec.table != "person":
                values = {
                    name: STAND_IN_KEY if value == STAND_IN else value
                    for name, value in values.items()
                    if name not in persons or whose is None or row[name] == whose
                }
            await self._set(spec.table, key, values)

    async def _set(
        self, table: str, key: Mapping[str, object], values: Mapping[str, object]
    ) -> None:
        sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 1))
        asked = " AND ".join(
            f"{name} = ${place}" for place, name in enumerate(key, 1 + len(values))
        )
        sql = f"UPDATE {table} SET {sets} WHERE {asked}"
        await self.connection.execute(sql, *values.values(), *key.values())

    async def _remember(
        self, right: Right, subject: int, table: str, key: Mapping[str, object]
    ) -> None:
        if right is not Right.RESTRICTION:
            return
        asked = " AND ".join(f"{name} = ${place}" for place, name in enumerate(key, 1))
        row = await self.connection.fetchrow(f"SELECT * FROM {table} WHERE {asked}", *key.values())
        self.vault.setdefault(subject, []).append((table, dict(row)))

    async def _lift(self, subject: int) -> None:
        """Put the oldest values back, the latest change first."""
        for table, row in reversed(self.vault.pop(subject, [])):
            columns = ", ".join(row)
            places = ", ".join(f"${place}" for place, _ in enumerate(row, 1))
            key = next(
                spec.key for spec in self.data_map.record_types.values() if spec.table == table
            )
            sets = ", ".join(f"{name} = EXCLUDED.{name}" for name in row)
            await self.connection.execute(
                f"INSERT INTO {table} ({columns}) VALUES ({places}) "
                f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sets}",
                *row.values(),
            )

    async def _release(self) -> None:
        """Carry out what was waited for, until a round releases nothing."""
        while True:
            moment = await self._moment(None)
            released = [each for each in self.waits if await self._is_released(moment, each)]
            if not released:
                return
            self.waits = [each for each in self.waits if each not in released]

    async def _is_released(self, moment: Moment, waiting: Waiting) -> bool:
        spec = self.data_map.record_types[waiting.record_type]
        row = next(
            (
                each
                for each in moment.records(spec)
                if all(each[name] == waiting.row[name] for name in spec.key)
            ),
            None,
        )
        until = rules_of(spec, Right.ERASURE)[waiting.role]
        asked = next(
            each.until
            for each, rule in zip(
                until, self._rules(spec, waiting.role, Right.ERASURE), strict=True
            )
            if rule == waiting.rule
        )
        container = waiting.row if row is None else row
        if asked is None or not holds(asked, moment.facts(spec, container)):
            return False
        then = waiting.rule.then
        assert then is not None
        if row is not None:
            await self._do(spec, row, then, change_of(spec, waiting.rule, then), None)
        return True
