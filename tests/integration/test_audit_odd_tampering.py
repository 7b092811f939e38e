"""Tampering that leaves nothing to follow, or what cannot be hashed, is told like any other."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.checkpoints import CheckpointUnfit
from app.embedded.stack import Stack
from app.engine.checkpoints import make
from app.keyring import KeyRing
from app.services import audit_exports, exported_trails
from app.services.audit_exports import Archive
from app.services.audit_verification import Trust, verify, verify_all
from app.signing import public_keys
from app.store.controllers import Controller
from app.store.engine import create_engine
from app.store.transaction import transaction
from schemas.audit import AuditExport
from tests.fixtures.store import AUDITOR, NewController
from tests.fixtures.trails import recorded, somebody

BEHEADED = (
    "DELETE FROM audit_head WHERE controller_id = :id",
    """INSERT INTO audit_head (controller_id, sequence, hash)
        SELECT controller_id, sequence, hash FROM audit_entry
        WHERE controller_id = :id ORDER BY sequence DESC LIMIT 1""",
)
"""Takes a trail's head away, and puts it back."""


@pytest.fixture
async def trail(engine: AsyncEngine, keyring: KeyRing, new_controller: NewController) -> Controller:
    controller = await new_controller("Of an odd trail")
    await recorded(engine, keyring, somebody(controller.id), 3)
    return controller


@asynccontextmanager
async def tampered(
    superuser: AsyncEngine, change: str, back: str, **parameters: object
) -> AsyncIterator[None]:
    """Change something past every trigger, until the block ends."""
    for statement, is_first in ((change, True), (back, False)):
        async with superuser.begin() as connection:
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            await connection.execute(text(statement), parameters)
        if is_first:
            yield


async def test_a_trail_that_lost_its_head_is_told_to_an_auditor(
    stack: Stack,
    store_database: str,
    superuser_engine: AsyncEngine,
    keyring: KeyRing,
    trail: Controller,
) -> None:
    auditor = create_engine(stack.database_url(store_database, AUDITOR))
    async with tampered(superuser_engine, *BEHEADED, id=trail.id):
        found = await verify_all(auditor, Trust(keyring))
    await auditor.dispose()
    assert found[trail.id].reason == "the trail has no head"


async def test_a_checkpoint_of_a_trail_that_lost_its_head_is_told_to_whoever_looks(
    engine: AsyncEngine, superuser_engine: AsyncEngine, keyring: KeyRing, trail: Controller
) -> None:
    async with transaction(engine, trail.id) as connection:
        kept = await make(connection, keyring, trail.id)
    assert kept is not None
    trust = Trust(keyring, notes=[kept.note])
    async with tampered(superuser_engine, *BEHEADED, id=trail.id):
        with pytest.raises(CheckpointUnfit, match="a trail that is not here"):
            await verify_all(engine, trust)


@pytest.mark.parametrize(
    "details", ['{"candidate_count": 100000000000000000000}', '"abc"', "null", "[1]", "[]"]
)
async def test_details_that_no_entry_was_written_with_are_told(
    engine: AsyncEngine,
    superuser_engine: AsyncEngine,
    keyring: KeyRing,
    trail: Controller,
    details: str,
) -> None:
    change = """UPDATE audit_entry SET details = CAST(:details AS jsonb)
        WHERE controller_id = :id AND sequence = 2"""
    back = """UPDATE audit_entry SET details = CAST(:former AS jsonb)
        WHERE controller_id = :id AND sequence = 2"""
    async with superuser_engine.begin() as connection:
        query = "SELECT details FROM audit_entry WHERE controller_id = :id AND sequence = 2"
        former = (await connection.execute(text(query), {"id": trail.id})).scalar_one()
    values = {"id": trail.id, "details": details, "former": json.dumps(former)}
    async with tampered(superuser_engine, change, back, **values):
        found = await verify(engine, Trust(keyring), trail.id)
    assert found.first_broken_sequence == 2
    assert (await verify(engine, Trust(keyring), trail.id)).is_whole


async def exported(engine: AsyncEngine, keyring: KeyRing, trail: Controller) -> list[bytes]:
    """Export a trail, and give its lines."""
    export = await audit_exports.begin(Archive(engine, keyring, trail.id), None, AuditExport())
    return b"".join([chunk async for chunk in export.chunks]).splitlines()


@pytest.mark.parametrize("depth", [900, 985, 990, 995, 1_000, 5_000, 200_000])
async def test_a_line_that_is_nested_without_end_is_told(
    engine: AsyncEngine, keyring: KeyRing, trail: Controller, depth: int
) -> None:
    lines = await exported(engine, keyring, trail)
    nested = b'"details": {"a": ' + b"[" * depth + b"]" * depth + b"}"
    lines[-1] = re.sub(rb'"details": {[^}]*}', nested, lines[-1])
    found = exported_trails.verify(lines, [each.raw for each in public_keys(keyring)])
    assert found.first_broken_sequence == json.loads(lines[-2])["sequence"] + 1


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_moment_that_no_calendar_holds_is_told(
    engine: AsyncEngine, keyring: KeyRing, trail: Controller, at: str
) -> None:
    lines = await exported(engine, keyring, trail)
    changed = json.loads(lines[-1]) | {"at": at}
    lines[-1] = json.dumps(changed).encode()
    found = exported_trails.verify(lines, [each.raw for each in public_keys(keyring)])
    assert (found.first_broken_sequence, found.reason) == (
        changed["sequence"],
        "this is no audit entry",
    )


async def test_a_line_that_says_two_things_is_not_verified(
    engine: AsyncEngine, keyring: KeyRing, trail: Controller
) -> None:
    lines = await exported(engine, keyring, trail)
    keys = [each.raw for each in public_keys(keyring)]
    assert exported_trails.verify(lines, keys).first_broken_sequence is None
    at = next(n for n, line in enumerate(lines) if json.loads(line)["type"] == "entry")
    lines[at] = lines[at].replace(b"{", b'{"action": "erasure.completed", ', 1)
    found = exported_trails.verify(lines, keys)
    assert (found.first_broken_sequence, found.reason) == (1, "a name stands twice in the line")
