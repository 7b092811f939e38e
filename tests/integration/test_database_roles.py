"""No process serves as a role that could pass row-level security by; an auditor reads trails only."""

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.assembly import open_engine, refuse_mighty_role
from app.embedded.stack import Stack
from app.keyring import KeyRing
from app.main import start
from app.services.audit_verification import Trust, verify_all
from app.settings import Settings
from app.store import audit
from app.store.controllers import Controller
from app.store.engine import create_engine
from app.store.metadata import METADATA
from app.store.roles import RoleTooMighty, require_bound
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from tests.fixtures.store import APPLICATION, AUDITOR, OWNER
from workers.main import run

RoleUrl = Callable[[str, str], Awaitable[str]]
MIGHTY = [
    pytest.param("postgres", "", "is a superuser", id="superuser"),
    pytest.param("bypasser", "ALTER ROLE bypasser BYPASSRLS", "has BYPASSRLS", id="bypassing"),
    pytest.param(OWNER, "", "owns tables", id="owner"),
    pytest.param("heir", f"GRANT {OWNER} TO heir", "member of their owner", id="owner's member"),
    pytest.param("crown", "GRANT postgres TO crown", "is a superuser", id="superuser's member"),
    pytest.param(
        "shadow", f"GRANT {OWNER} TO shadow WITH INHERIT FALSE", "owns tables", id="not inheriting"
    ),
]


@pytest.fixture
async def role_url(stack: Stack, store_database: str) -> AsyncIterator[RoleUrl]:
    made: list[str] = []

    async def make(role: str, change: str) -> str:
        if change:
            stack.ensure_role(role)
            made.append(role)
            await _as_superuser(stack, change)
        return stack.database_url(store_database, role)

    yield make
    for role in made:
        await _as_superuser(stack, f"DROP ROLE {role}")


async def _as_superuser(stack: Stack, statement: str) -> None:
    connection = await asyncpg.connect(stack.superuser_url)
    await connection.execute(statement)
    await connection.close()


@pytest.mark.parametrize(("role", "change", "why"), MIGHTY)
async def test_a_role_that_row_security_does_not_bind_is_refused_with_the_reason(
    role_url: RoleUrl, stack: Stack, role: str, change: str, why: str
) -> None:
    url = await role_url(role, change)
    settings = Settings(database_url=url, redis_url=stack.redis_url)
    with pytest.raises(RoleTooMighty, match=f"The role {role} .*{why}"):
        await refuse_mighty_role(settings)
    with pytest.raises(RoleTooMighty):
        await run(settings)
    async with open_engine(settings) as context:
        with pytest.raises(RoleTooMighty):
            await context.database.connect()


def test_the_api_does_not_start_as_the_owner(stack: Stack, store_database: str) -> None:
    url = stack.database_url(store_database, OWNER)
    settings = Settings(database_url=url, redis_url=stack.redis_url)
    with pytest.raises(RoleTooMighty):
        start(settings, argparse.Namespace(host="127.0.0.1", port=0, fd=None))


async def test_the_application_and_its_members_serve(
    role_url: RoleUrl, stack: Stack, store_database: str
) -> None:
    member = await role_url("member", f"GRANT {APPLICATION} TO member")
    for url in (stack.database_url(store_database, APPLICATION), member):
        await refuse_mighty_role(Settings(database_url=url))
        engine = create_engine(url, on_connect=require_bound)
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
        await engine.dispose()


async def test_a_database_that_is_away_is_not_waited_for() -> None:
    await refuse_mighty_role(Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing"))


@pytest.fixture
async def auditor(stack: Stack, store_database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(stack.database_url(store_database, AUDITOR))
    yield engine
    await engine.dispose()


async def test_an_auditor_follows_every_trail(
    auditor: AsyncEngine,
    engine: AsyncEngine,
    controller: Controller,
    other_controller: Controller,
    keyring: KeyRing,
) -> None:
    for each in (controller, other_controller):
        async with transaction(engine, each.id) as connection:
            await audit.append(connection, each.id, AuditAction.CONTROLLER_CREATED)
    found = await verify_all(auditor, Trust(keyring))
    assert found[controller.id].entry_count == found[other_controller.id].entry_count == 1
    assert all(result.is_whole for result in found.values())


async def test_an_auditor_reads_nothing_else_and_writes_nothing(auditor: AsyncEngine) -> None:
    reads = {table: f"SELECT FROM {table}" for table in METADATA.tables}
    for table in ("audit_entry", "audit_head", "audit_text", "audit_checkpoint"):
        del reads[table]
    writes = ["DELETE FROM audit_entry", "UPDATE audit_head SET sequence = 0"]
    for statement in (*reads.values(), *writes):
        async with auditor.connect() as connection:
            with pytest.raises(DBAPIError, match="permission denied"):
                await connection.execute(text(statement))
