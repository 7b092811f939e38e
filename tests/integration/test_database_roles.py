"""Each process may what it needs: no role that could pass row-level security or its grants by serves."""

import argparse
import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.__main__ import main
from app.assembly.engine import open_engine
from app.assembly.parts import refuse_unfit_role
from app.assembly.services import open_services
from app.embedded.stack import Stack
from app.engine import checkpoints
from app.keyring import KeyRing
from app.main import start
from app.services.audit_verification import Trust, verify_all
from app.settings import Settings
from app.signing import public_keys
from app.store import audit, outbox
from app.store.audit_texts import seal
from app.store.controllers import Controller
from app.store.engine import create_engine
from app.store.metadata import METADATA
from app.store.roles import Role, RoleUnfit, require_bound
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.vocabulary import EventType
from tests.fixtures import privileges
from tests.fixtures.store import APPLICATION, AUDITOR, OWNER, AcceptRequest
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
    pytest.param("maker", "ALTER ROLE maker CREATEROLE", "may create roles", id="making roles"),
    pytest.param("copier", "ALTER ROLE copier REPLICATION", "REPLICATION", id="replicating"),
    pytest.param(
        "scribe", "GRANT pg_write_all_data TO scribe", "whatever there is", id="writing all"
    ),
    pytest.param(
        "runner", "GRANT pg_execute_server_program TO runner", "whatever there is", id="programs"
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
    for wanted in Role:
        told = f"The role {role} .*{why}.* Connect as {wanted} "
        with pytest.raises(RoleUnfit, match=told):
            await refuse_unfit_role(settings, wanted)
    with pytest.raises(RoleUnfit, match="Connect as habeas_worker"):
        await run(settings)
    async with open_engine(settings) as context:
        with pytest.raises(RoleUnfit, match="Connect as habeas_worker"):
            await context.database.connect()
    async with open_services(settings) as services:
        with pytest.raises(RoleUnfit, match="Connect as habeas_api"):
            await services.database.connect()


def test_the_api_does_not_start_as_the_owner(stack: Stack, store_database: str) -> None:
    url = stack.database_url(store_database, OWNER)
    settings = Settings(database_url=url, redis_url=stack.redis_url)
    with pytest.raises(RoleUnfit, match="Connect as habeas_api"):
        start(settings, argparse.Namespace(host="127.0.0.1", port=0, fd=None))


async def test_the_roles_and_their_members_serve(
    role_url: RoleUrl, stack: Stack, store_database: str
) -> None:
    member = await role_url("member", f"GRANT {APPLICATION} TO member")
    for wanted in (Role.API, Role.WORKER):
        own = [stack.database_url(store_database, role) for role in (wanted, Role.COMMANDS)]
        for url in (*own, member):
            await refuse_unfit_role(Settings(database_url=url), wanted)
            engine = create_engine(url, on_connect=partial(require_bound, wanted=wanted))
            async with engine.connect() as connection:
                assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
            await engine.dispose()


@pytest.mark.parametrize(
    ("role", "wanted"), [(Role.API, Role.WORKER), (Role.WORKER, Role.API), (AUDITOR, Role.API)]
)
async def test_a_process_does_not_start_as_the_role_of_another(
    stack: Stack, store_database: str, role: str, wanted: Role
) -> None:
    url = stack.database_url(store_database, role)
    with pytest.raises(RoleUnfit, match=f"{role} .* lacks what .* Connect as {wanted} "):
        await refuse_unfit_role(Settings(database_url=url), wanted)


async def test_a_database_that_is_away_is_not_waited_for() -> None:
    away = Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing")
    await refuse_unfit_role(away, Role.API)


ROLE = text("""
    SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication AS is_mighty,
        has_schema_privilege(rolname, 'public', 'CREATE') AS may_create,
        EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS owns,
        EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid) AS is_member
    FROM pg_roles WHERE rolname = :role
""")
READERS = text("""
    SELECT tablename, CAST(roles AS text[]) AS roles FROM pg_policies
    WHERE schemaname = 'public' AND policyname = 'before_a_controller_is_known'
""")
REWRAPPED = {
    "controller": ("digest_key_id", "digest_key_wrapped"),
    "bundle": ("key_id",),
    "restriction": ("key_id",),
    "misdirected_request": ("key_id",),
    "audit_text": ("key_id", "wrapped_key"),
    "webhook_secret": ("key_id", "wrapped_key"),
    # Granted as a whole when there was one role only.
    "step": ("controller_id", "job_id", "position"),
    "wakeable_job": ("controller_id", "job_id"),
}
"""What ``habeas_app`` may set and neither API nor worker may: to wrap keys anew."""
NOT_THE_APIS = [
    "INSERT INTO intent (id) VALUES (gen_random_uuid())",
    "UPDATE intent SET state = 'settled'",
    "DELETE FROM intent",
    "SELECT sealed FROM intent",
    "INSERT INTO vault_entry (record_type) VALUES ('')",
    "UPDATE vault_entry SET sealed = ''",
    "DELETE FROM vault_entry",
    "INSERT INTO deferral (id) VALUES (gen_random_uuid())",
    "DELETE FROM deferral",
    "DELETE FROM held_records",
    "INSERT INTO erasure_ledger (subject_digest) VALUES ('')",
    "UPDATE erasure_ledger SET erased_at = 'infinity'",
    "INSERT INTO receipt (id) VALUES (gen_random_uuid())",
    "INSERT INTO tally (record_count) VALUES (0)",
    "UPDATE tally SET record_count = 0",
    "SELECT FROM upload_removal",
    "INSERT INTO restriction (id) VALUES (gen_random_uuid())",
    "UPDATE restriction SET key_id = ''",
    "INSERT INTO bundle (id) VALUES (gen_random_uuid())",
    "UPDATE bundle SET wrapped_key = NULL",
    "UPDATE step SET state = 'completed'",
    "UPDATE subject_request SET subject_key = NULL",
    "UPDATE subject_request SET receipt_id = NULL",
    "UPDATE subject_request SET bundle_id = NULL",
    "UPDATE hold SET sealed = NULL",
    "DELETE FROM preview",
    "DELETE FROM idempotency_key",
    "DELETE FROM audit_text",
    "SELECT FROM outbox",
    "UPDATE outbox SET dispatched_at = now()",
    "UPDATE webhook_delivery SET delivered_at = now()",
    "UPDATE controller SET digest_key_wrapped = ''",
]
NOT_A_WORKERS = [
    "SELECT FROM api_client",
    "INSERT INTO api_client (id) VALUES (gen_random_uuid())",
    "UPDATE api_client SET revoked_at = now()",
    "SELECT FROM support_grant",
    "INSERT INTO controller (id) VALUES (gen_random_uuid())",
    "UPDATE controller SET settings = '{}'",
    "UPDATE controller SET enabled_at = now()",
    "INSERT INTO audit_head (controller_id) VALUES (gen_random_uuid())",
    "INSERT INTO data_map_version (id) VALUES (gen_random_uuid())",
    "INSERT INTO idempotency_key (key) VALUES ('')",
    "UPDATE idempotency_key SET status = 200",
    "UPDATE idempotency_key SET headers = '{}'",
    "INSERT INTO hold (id) VALUES (gen_random_uuid())",
    "UPDATE hold SET ends_on = NULL",
    "SELECT sealed FROM hold",
    "INSERT INTO preview (id) VALUES (gen_random_uuid())",
    "INSERT INTO misdirected_request (id) VALUES (gen_random_uuid())",
    "SELECT sealed FROM misdirected_request",
    "INSERT INTO download_link (id) VALUES (gen_random_uuid())",
    "SELECT token_digest FROM download_link",
    "SELECT wrapped_key FROM bundle",
    "SELECT sealed FROM audit_text",
    "SELECT details FROM audit_entry",
    "SELECT FROM receipt",
    "UPDATE subject_request SET due_at = 'infinity'",
    "INSERT INTO webhook_endpoint (id) VALUES (gen_random_uuid())",
    "UPDATE webhook_endpoint SET url = ''",
    "DELETE FROM webhook_endpoint",
    "INSERT INTO webhook_secret (id) VALUES (gen_random_uuid())",
    "UPDATE webhook_secret SET expires_at = NULL",
]
SEEN_UNBOUND = {
    Role.API: ("api_client", "audit_head"),
    Role.WORKER: ("audit_head", "outbox", "wakeable_job"),
}


async def test_the_roles_own_nothing_and_are_members_of_nothing(owner_engine: AsyncEngine) -> None:
    async with owner_engine.connect() as connection:
        for role in Role:
            found = (await connection.execute(ROLE, {"role": role})).one()
            assert tuple(found) == (False, False, False, False), role


async def test_each_role_may_exactly_what_its_page_says(owner_engine: AsyncEngine) -> None:
    documented = privileges.documented()
    assert set(documented) == {Role.API, Role.WORKER}
    async with owner_engine.connect() as connection:
        for role, said in documented.items():
            assert await privileges.granted(connection, role) == said, role
        assert await privileges.granted(connection, "public") == {}


async def test_the_role_of_commands_may_what_both_may_and_wrap_keys_anew(
    owner_engine: AsyncEngine,
) -> None:
    async with owner_engine.connect() as connection:
        api, worker, commands = [await privileges.held(connection, role) for role in Role]
    besides = {f"UPDATE {table}.{each}" for table, names in REWRAPPED.items() for each in names}
    assert commands == api | worker | besides
    assert not besides & (api | worker)


@pytest.mark.parametrize("statement", NOT_THE_APIS)
async def test_the_api_cannot_do_what_is_the_engines(
    api_engine: AsyncEngine, statement: str
) -> None:
    await _assert_refused(api_engine, statement)


@pytest.mark.parametrize("statement", NOT_A_WORKERS)
async def test_a_worker_cannot_do_what_is_the_apis(
    worker_engine: AsyncEngine, statement: str
) -> None:
    await _assert_refused(worker_engine, statement)


async def _assert_refused(engine: AsyncEngine, statement: str) -> None:
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError, match="permission denied"):
            await connection.execute(text(statement))


async def test_before_a_controller_is_known_each_role_reads_what_its_page_says(
    owner_engine: AsyncEngine,
) -> None:
    async with owner_engine.connect() as connection:
        found = {row.tablename: set(row.roles) for row in await connection.execute(READERS)}
    said = privileges.documented_readers()
    assert found == {table: {*roles, APPLICATION} for table, roles in said.items()}


async def test_before_a_controller_is_known_jobs_are_seen_by_workers_only(
    engine: AsyncEngine,
    api_engine: AsyncEngine,
    worker_engine: AsyncEngine,
    controller: Controller,
    accept_request: AcceptRequest,
) -> None:
    request = await accept_request(controller)
    async with transaction(engine, controller.id) as connection:
        await outbox.add(connection, controller.id, EventType.REQUEST_ACCEPTED, request.id, {})
    for pool, role in ((api_engine, Role.API), (worker_engine, Role.WORKER)):
        for table in SEEN_UNBOUND[role]:
            assert await _count(pool, table), table
    assert not await _count(api_engine, "wakeable_job")


async def _count(engine: AsyncEngine, table: str) -> int:
    async with engine.connect() as connection:
        counted = await connection.execute(text(f"SELECT count(*) FROM {table}"))
    return int(counted.scalar_one())


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


async def test_the_command_of_an_auditor_without_keys_makes_none(
    stack: Stack,
    store_database: str,
    engine: AsyncEngine,
    controller: Controller,
    keyring: KeyRing,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    people = audit.People(texts=[seal(keyring, controller.id, AuditText.REASON, "A case")])
    async with transaction(engine, controller.id) as connection:
        await audit.append(connection, controller.id, AuditAction.CONTROLLER_CREATED, people=people)
        await checkpoints.make(connection, keyring, controller.id)
    (tmp_path / "public.pem").write_text(public_keys(keyring)[0].pem, "ascii")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HABEAS_KEYS", raising=False)
    monkeypatch.setenv("HABEAS_DATABASE_URL", stack.database_url(store_database, AUDITOR))
    words = ("audit", "verify", "--keys", "public.pem")
    assert await asyncio.to_thread(main, words) == 0
    said = capsys.readouterr().out
    assert f"{controller.id}: 1 entries, whole\n  1 texts were not looked at" in said
    assert await asyncio.to_thread(os.listdir, tmp_path) == ["public.pem"]


async def test_an_auditor_reads_nothing_else_and_writes_nothing(auditor: AsyncEngine) -> None:
    reads = {table: f"SELECT FROM {table}" for table in METADATA.tables}
    for table in ("audit_entry", "audit_head", "audit_text", "audit_checkpoint"):
        del reads[table]
    writes = ["DELETE FROM audit_entry", "UPDATE audit_head SET sequence = 0"]
    for statement in (*reads.values(), *writes):
        async with auditor.connect() as connection:
            with pytest.raises(DBAPIError, match="permission denied"):
                await connection.execute(text(statement))


async def test_an_auditor_holds_each_trail_against_its_own_checkpoints_and_texts(
    auditor: AsyncEngine,
    engine: AsyncEngine,
    controller: Controller,
    other_controller: Controller,
    keyring: KeyRing,
) -> None:
    for each in (controller, other_controller):
        people = audit.People(texts=[seal(keyring, each.id, AuditText.REASON, "A case")])
        async with transaction(engine, each.id) as connection:
            await audit.append(connection, each.id, AuditAction.CONTROLLER_CREATED, people=people)
        async with transaction(engine, each.id) as connection:
            await checkpoints.make(connection, keyring, each.id)
    assert all(each.is_whole for each in (await verify_all(engine, Trust(keyring))).values())
    found = await verify_all(auditor, Trust(keyring))
    assert [each.reason for each in found.values()] == [None] * len(found)


async def test_an_auditor_without_the_operators_keys_follows_every_trail(
    auditor: AsyncEngine, engine: AsyncEngine, controller: Controller, keyring: KeyRing
) -> None:
    people = audit.People(texts=[seal(keyring, controller.id, AuditText.REASON, "A case")])
    async with transaction(engine, controller.id) as connection:
        await audit.append(connection, controller.id, AuditAction.CONTROLLER_CREATED, people=people)
    public = [each.raw for each in public_keys(keyring)]
    found = await verify_all(auditor, Trust(None, public))
    assert [each.reason for each in found.values()] == [None] * len(found)
    assert found[controller.id].unopened_text_count == 1
