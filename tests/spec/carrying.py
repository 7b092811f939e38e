"""Carries a case out and looks whether what must hold does, whoever carries it out."""

from typing import Protocol

import asyncpg

from tests.spec.cases import Act, Case, Outcome, Stage, all_as_before
from tests.spec.rows import STAND_IN, Row, World, every_row, look

Seen = dict[str, object] | None


class Carrier(Protocol):
    """Does what a stage says: on paper, or by the engine."""

    async def carry_out(self, act: Act, key: int) -> None: ...

    async def waiting(self) -> set[tuple[str, str]]:
        """Give the record types and roles of which something is kept for now."""
        ...


async def carried_out(case: Case, carrier: Carrier, connection: asyncpg.Connection) -> None:
    """Carry a case out on a world that has been inserted.

    Raises:
        AssertionError: Something else holds than must.
    """
    names = [row.name for row in case.world.rows]
    began = {row.name: await look(connection, row, case.world) for row in case.world.rows}
    before = await every_row(connection)
    for number, stage in enumerate(case.stages, 1):
        await carrier.carry_out(stage.act, 1 + names.index(stage.whom))
        for name, outcome in stage.after.items():
            row = case.world.row(name)
            now = await look(connection, row, case.world)
            wanted = must_be(began[name], outcome, case.world)
            assert now == wanted, f"stage {number}, {stage.act}: {name}"
        if stage.after == all_as_before(case.world):
            assert await every_row(connection) == before
        assert await _waits(case, carrier) == _must_wait(case, stage), f"stage {number}"


def must_be(began: Seen, outcome: Outcome, world: World) -> Seen:
    """Say how a row must be."""
    if outcome.is_gone or began is None:
        return None
    names = [row.name for row in world.rows]
    sets = {
        column: 1 + names.index(STAND_IN) if value == STAND_IN else value
        for column, value in outcome.sets.items()
    }
    return began | sets


async def _waits(case: Case, carrier: Carrier) -> set[str]:
    return {role for record, role in await carrier.waiting() if record == case.record}


def _must_wait(case: Case, stage: Stage) -> set[str]:
    return {
        outcome.waits
        for name, outcome in stage.after.items()
        if outcome.waits is not None and is_of(case.world.row(name), case.record)
    }


def is_of(row: Row, record_type: str) -> bool:
    """Say whether a row is a record of a type: two tables hold more than one."""
    kind = row.values.get("kind")
    if row.table == "event":
        return record_type == f"event_{kind}"
    if row.table == "ui_state":
        return record_type == kind
    return record_type == row.table
