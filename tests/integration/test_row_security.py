"""Controllers are kept apart by the database itself."""

import secrets

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.ids import ControllerId, DownloadLinkId, new_id
from app.store import (
    audit,
    bundles,
    checkpoints,
    controllers,
    download_links,
    idempotency,
    outbox,
    support_grants,
)
from app.store.audit import People
from app.store.audit_texts import SealedText
from app.store.checkpoints import NewCheckpoint
from app.store.controllers import Controller
from app.store.download_links import NewDownloadLink
from app.store.idempotency import IdempotencyKey
from app.store.metadata import METADATA
from app.store.transaction import single_reads, transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.vocabulary import EventType
from tests.fixtures.effect_rows import fill_effects
from tests.fixtures.store import (
    APPLICATION,
    ONE_DAY,
    SOME_WRAPPED_KEY,
    AcceptRequest,
    new_bundle,
    new_support_grant,
)
from tests.fixtures.webhook_rows import fill_webhooks

TABLES = sorted(METADATA.tables)
READABLE_UNBOUND = {
    "api_client",
    "audit_head",
    "download_link",
    "outbox",
    "wakeable_job",
    "webhook_delivery",
}

UNPROTECTED = text("""
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
      AND NOT (relrowsecurity AND relforcerowsecurity)
""")
POLICIES = text("""
    SELECT tablename, cmd, roles, qual FROM pg_policies
    WHERE schemaname = 'public' AND policyname = 'own_controller'
""")
# Every primary key, unique index and foreign key (both sides), as sets of column names.
KEYS = text("""
    SELECT i.indrelid::regclass::text AS "table", i.indexrelid::regclass::text AS name,
        ARRAY(SELECT attname::text FROM pg_attribute
              WHERE attrelid = i.indrelid AND attnum = ANY (i.indkey)) AS columns
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT conrelid::regclass::text, conname::text,
        ARRAY(SELECT attname::text FROM pg_attribute
              WHERE attrelid = conrelid AND attnum = ANY (conkey))
    FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
""")
APPLICATION_ROLE = text("""
    SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS is_mighty,
        has_schema_privilege(rolname, 'public', 'CREATE') AS may_create,
        EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS owns,
        EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid) AS is_member
    FROM pg_roles WHERE rolname = :role
""")
GRANTED = text("""
    SELECT table_name, string_agg(DISTINCT privilege_type, ' ' ORDER BY privilege_type) AS privileges
    FROM information_schema.table_privileges
    WHERE grantee = :role AND table_schema = 'public' GROUP BY 1
""")


async def fill(engine: AsyncEngine, controller: Controller, accept: AcceptRequest) -> None:
    """Put a row of a controller into every table."""
    request = await accept(controller)
    async with transaction(engine, controller.id) as connection:
        key = IdempotencyKey(controller.id, request.client_id, "k", ("00" * 32,))
        await idempotency.claim(connection, key)
        bundle = new_bundle(request.id)
        await bundles.insert(connection, controller.id, bundle)
        link = NewDownloadLink(
            DownloadLinkId(new_id()), bundle.id, request.client_id, secrets.token_bytes(32)
        )
        await download_links.insert(connection, link, ONE_DAY)
        await connection.execute(
            text("INSERT INTO step VALUES (:controller, :job, 1, 'a', 'A', 'pending')"),
            {"controller": controller.id, "job": request.job_id},
        )
        await outbox.add(connection, controller.id, EventType.REQUEST_ACCEPTED, request.id, {})
        await support_grants.insert(connection, new_support_grant(controller.id), "Support")
        await audit.append(connection, controller.id, AuditAction.REQUEST_ACCEPTED)
        reason = SealedText(AuditText.REASON, bytes(32), SOME_WRAPPED_KEY, b"sealed")
        people = People(texts=[reason])
        await audit.append(connection, controller.id, AuditAction.REQUEST_ACCEPTED, people=people)
        await checkpoints.insert(
            connection, controller.id, NewCheckpoint(1, bytes(32), "k1", "a note")
        )
    await fill_effects(engine, controller, request)
    await fill_webhooks(engine, controller)


async def test_every_table_forces_row_security(owner_engine: AsyncEngine) -> None:
    async with owner_engine.connect() as connection:
        assert (await connection.execute(UNPROTECTED)).scalars().all() == ["alembic_version"]
        policies = {row.tablename: row for row in await connection.execute(POLICIES)}
    assert sorted(policies) == TABLES
    for table, policy in policies.items():
        column = "id" if table == "controller" else "controller_id"
        assert (policy.cmd, policy.roles) == ("ALL", ["public"])
        assert policy.qual == (
            f"({column} = (NULLIF(current_setting('habeas.controller'::text, true), ''::text))::uuid)"
        )


async def test_every_key_carries_the_controller(owner_engine: AsyncEngine) -> None:
    async with owner_engine.connect() as connection:
        keys = (await connection.execute(KEYS)).all()
    assert {key.table for key in keys} >= set(TABLES)
    for key in keys:
        if key.table != "alembic_version":
            wanted = "id" if key.table == "controller" else "controller_id"
            assert wanted in key.columns, key.name


async def test_the_application_owns_nothing_and_cannot_pass_row_security(
    owner_engine: AsyncEngine,
) -> None:
    async with owner_engine.connect() as connection:
        role = (await connection.execute(APPLICATION_ROLE, {"role": APPLICATION})).one()
    assert tuple(role) == (False, False, False, False)


async def test_the_application_may_do_no_more_than_it_must(owner_engine: AsyncEngine) -> None:
    async with owner_engine.connect() as connection:
        rows = (await connection.execute(GRANTED, {"role": APPLICATION})).all()
    granted = {row.table_name: row.privileges for row in rows}
    assert granted == {
        "alembic_version": "SELECT",
        "api_client": "INSERT SELECT",
        "audit_checkpoint": "INSERT SELECT",
        "audit_entry": "INSERT SELECT",
        "audit_head": "INSERT SELECT",
        "audit_text": "DELETE INSERT SELECT",
        "bundle": "DELETE INSERT SELECT",
        "controller": "INSERT SELECT",
        "data_map_version": "INSERT SELECT",
        "deferral": "DELETE INSERT SELECT",
        "download_link": "DELETE INSERT SELECT",
        "erasure_ledger": "INSERT SELECT",
        "held_records": "DELETE INSERT SELECT",
        "hold": "INSERT SELECT",
        "idempotency_key": "DELETE INSERT SELECT",
        "intent": "DELETE INSERT SELECT",
        "job": "DELETE INSERT SELECT",
        "misdirected_request": "INSERT SELECT",
        "outbox": "DELETE INSERT SELECT",
        "preview": "DELETE INSERT SELECT",
        "receipt": "INSERT SELECT",
        "recipient_answer": "DELETE INSERT SELECT",
        "restriction": "DELETE INSERT SELECT",
        "step": "DELETE INSERT SELECT UPDATE",
        "subject_request": "DELETE INSERT SELECT",
        "support_grant": "INSERT SELECT",
        "tally": "DELETE INSERT SELECT",
        "upload_removal": "DELETE INSERT SELECT",
        "vault_entry": "DELETE INSERT SELECT",
        "wakeable_job": "DELETE INSERT SELECT UPDATE",
        "webhook_delivery": "DELETE INSERT SELECT",
        "webhook_endpoint": "DELETE INSERT SELECT",
        "webhook_secret": "DELETE INSERT SELECT",
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE subject_request SET subject_digest = ''",
        "UPDATE subject_request SET submitter_digest = NULL",
        "UPDATE misdirected_request SET expires_at = 'infinity'",
        "DELETE FROM misdirected_request",
        "UPDATE receipt SET json_text = ''",
        "UPDATE vault_entry SET is_removed = true",
        "DELETE FROM erasure_ledger",
        "UPDATE job SET subject_digest = ''",
        "UPDATE bundle SET expires_at = 'infinity'",
        "UPDATE download_link SET expires_at = 'infinity'",
        "UPDATE outbox SET payload = '{}'",
        "UPDATE webhook_delivery SET payload = '{}'",
        "UPDATE data_map_version SET document = ''",
        "UPDATE api_client SET scopes = '{}'",
        "UPDATE api_client SET allowed_networks = '{}'",
        "UPDATE support_grant SET ends_at = 'infinity'",
        "UPDATE audit_entry SET details = '{}'",
        "UPDATE audit_text SET sealed = ''",
        "DELETE FROM audit_checkpoint",
        "DELETE FROM controller",
        "TRUNCATE audit_entry",
        "ALTER TABLE job DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE mine ()",
    ],
)
async def test_the_application_is_refused(engine: AsyncEngine, statement: str) -> None:
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
            await connection.execute(text(statement))


async def test_another_controllers_rows_do_not_exist(
    engine: AsyncEngine,
    controller: Controller,
    other_controller: Controller,
    accept_request: AcceptRequest,
) -> None:
    for one in (controller, other_controller):
        await fill(engine, one, accept_request)
    async with transaction(engine, controller.id) as connection:
        for table in TABLES:
            column = "id" if table == "controller" else "controller_id"
            seen = set(
                (await connection.execute(text(f"SELECT DISTINCT {column} FROM {table}"))).scalars()
            )
            assert controller.id in seen, table
            assert seen == {controller.id} or table == "wakeable_job", table
        changed = await connection.execute(
            text("UPDATE wakeable_job SET wake_at = 'infinity' WHERE controller_id = :other"),
            {"other": other_controller.id},
        )
        assert changed.rowcount == 0
        assert await controllers.get(connection, other_controller.id) is None


async def test_without_a_controller_only_what_must_be_is_seen(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    await fill(engine, controller, accept_request)
    async with transaction(engine, None) as connection:
        seen = {
            table
            for table in TABLES
            if (await connection.execute(text(f"SELECT EXISTS (SELECT FROM {table})"))).scalar_one()
        }
    assert seen == READABLE_UNBOUND


async def test_the_owner_of_the_tables_is_bound_too(
    owner_engine: AsyncEngine,
    engine: AsyncEngine,
    controller: Controller,
    accept_request: AcceptRequest,
) -> None:
    await fill(engine, controller, accept_request)
    async with owner_engine.connect() as connection:
        for table in TABLES:
            found = await connection.execute(text(f"SELECT EXISTS (SELECT FROM {table})"))
            assert not found.scalar_one(), table


async def test_rows_of_another_controller_cannot_be_inserted(
    engine: AsyncEngine, controller: Controller, other_controller: Controller
) -> None:
    async with transaction(engine, controller.id) as connection:
        with pytest.raises(DBAPIError, match="row-level security"):
            await outbox.add(connection, other_controller.id, EventType.REQUEST_ACCEPTED, None, {})


async def test_a_row_cannot_refer_to_another_controllers_row(
    engine: AsyncEngine,
    controller: Controller,
    other_controller: Controller,
    accept_request: AcceptRequest,
) -> None:
    theirs = await accept_request(other_controller)
    with pytest.raises(DBAPIError, match="fk_outbox_subject_request"):
        async with transaction(engine, controller.id) as connection:
            await outbox.add(connection, controller.id, EventType.REQUEST_ACCEPTED, theirs.id, {})


async def test_the_controller_is_forgotten_when_the_transaction_ends(
    engine: AsyncEngine, controller: Controller
) -> None:
    pid = text("SELECT pg_backend_pid()")
    seen = text("SELECT count(*) FROM controller")
    async with transaction(engine, controller.id) as connection:
        first = (await connection.execute(pid)).scalar_one()
        assert (await connection.execute(seen)).scalar_one() == 1
    async with single_reads(engine) as connection:
        assert (await connection.execute(pid)).scalar_one() == first
        assert (await connection.execute(seen)).scalar_one() == 0


async def test_a_transaction_that_fails_leaves_nothing(
    engine: AsyncEngine, controller: Controller
) -> None:
    async def change_and_fail() -> None:
        async with transaction(engine, controller.id) as connection:
            await audit.append(connection, controller.id, AuditAction.CONTROLLER_CREATED)
            raise RuntimeError("afterwards")

    with pytest.raises(RuntimeError, match="afterwards"):
        await change_and_fail()
    async with transaction(engine, controller.id) as connection:
        assert (await audit.verify(connection, controller.id)).entries == 0


@pytest.mark.usefixtures("controller")
async def test_an_unknown_controller_sees_nothing(engine: AsyncEngine) -> None:
    async with transaction(engine, ControllerId(new_id())) as connection:
        assert (await connection.execute(text("SELECT count(*) FROM controller"))).scalar_one() == 0
