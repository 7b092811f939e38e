"""Migrations lead up, down, and to exactly the tables that the code knows."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.errors import HabeasError
from app.domain.ids import ControllerId, SubjectRequestId, new_id
from app.embedded.stack import Stack
from app.keyring import KeyRing
from app.services.controllers import NewController as NewSchool
from app.services.controllers import create
from app.store import controllers, data_maps, jobs, subject_requests
from app.store.controllers import Controller, Persons
from app.store.engine import create_engine
from app.store.forgetting import forget_subject
from app.store.metadata import METADATA
from app.store.migrations import downgrade, is_current, upgrade
from app.store.transaction import transaction
from schemas.vocabulary import RequestState
from tests.fixtures.data_maps import SOUND
from tests.fixtures.effect_rows import fill_effects
from tests.fixtures.stack import NewDatabase
from tests.fixtures.store import APPLICATION, OWNER, ROLES, AcceptRequest, NewController
from tests.fixtures.webhook_rows import fill_webhooks

CATALOGUE = text("""
    SELECT 'column', table_name || '.' || column_name,
        concat_ws(' ', data_type, udt_name, is_nullable, column_default, is_identity)
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'alembic_version'
    UNION ALL
    SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
      AND conrelid::regclass::text <> 'alembic_version' AND contype <> 'n'
    UNION ALL
    SELECT 'index', indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    ORDER BY 1, 2
""")
LEFT_BEHIND = text("""
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S')
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
""")

A_LINE = text("""
    INSERT INTO webhook_delivery (controller_id, id, endpoint_id, outbox_id, event_type,
        subject_request_id, payload, occurred_at, state, delivered_at)
    SELECT :controller_id, gen_random_uuid(), :endpoint_id, number, 'request.accepted',
        :request_id, '{}', now(), CASE number WHEN 1 THEN 'delivered' ELSE 'pending' END,
        CASE number WHEN 1 THEN now() END
    FROM generate_series(1, 3) AS number
""")
SCHEDULED = text("""
    SELECT outbox_id FROM webhook_delivery
    WHERE next_attempt_at IS NOT NULL AND state = 'pending'
    ORDER BY outbox_id NULLS FIRST
""")

_OF_ONE = SOUND.replace('"${LMS_URL}"', '"${OTHER_URL}", schema: own').replace(
    "  controller: school_id\n", ""
)


@pytest.fixture
async def empty_database(
    stack: Stack, new_database: NewDatabase
) -> AsyncIterator[tuple[str, AsyncEngine]]:
    for role in ROLES:
        stack.ensure_role(role)
    url = stack.database_url(new_database(owner=OWNER), OWNER)
    engine = create_engine(url)
    yield url, engine
    await engine.dispose()


async def test_migrations_lead_down_to_nothing_and_up_again(
    empty_database: tuple[str, AsyncEngine],
) -> None:
    url, engine = empty_database
    await upgrade(url)
    async with engine.connect() as connection:
        first = (await connection.execute(CATALOGUE)).all()
    await downgrade(url)
    async with engine.connect() as connection:
        assert (await connection.execute(LEFT_BEHIND)).scalars().all() == ["alembic_version"]
    await upgrade(url)
    async with engine.connect() as connection:
        assert (await connection.execute(CATALOGUE)).all() == first


async def test_migrations_can_be_taken_one_by_one(
    empty_database: tuple[str, AsyncEngine],
) -> None:
    url, engine = empty_database
    await upgrade(url, "0001")
    assert not await is_current(engine)
    await upgrade(url)
    assert await is_current(engine)
    await downgrade(url, "0001")
    assert not await is_current(engine)


async def test_a_store_in_use_is_led_down_past_the_effects_and_up_again(
    stack: Stack,
    store_database: str,
    engine: AsyncEngine,
    controller: Controller,
    accept_request: AcceptRequest,
) -> None:
    erased, cancelled = [await accept_request(controller, subject_key) for subject_key in "12"]
    await fill_effects(engine, controller, erased)
    async with transaction(engine, controller.id) as connection:
        assert await jobs.enqueue_re_examination(connection, controller.id) is not None
        await forget_subject(connection, erased.subject_digest)
        await subject_requests.cancel(connection, cancelled.id)
        waiting = replace(
            cancelled,
            id=SubjectRequestId(new_id()),
            subject_key="3",
            submitter_digest=bytes(32),
        )
        state = RequestState.AWAITING_APPROVAL
        await subject_requests.insert(connection, controller.id, waiting, state)
    url = stack.database_url(store_database, OWNER)
    await downgrade(url, "0002")
    await upgrade(url)
    async with transaction(engine, controller.id) as connection:
        found = await connection.execute(text("SELECT subject_key, state FROM subject_request"))
        assert sorted(map(tuple, found)) == [
            ("", "accepted"),
            ("2", "completed"),
            ("3", "completed"),
        ]
        kinds = await connection.execute(text("SELECT kind FROM job"))
        assert set(kinds.scalars()) == {"subject_request"}


async def test_only_the_first_delivery_of_a_line_keeps_its_next_attempt(
    stack: Stack,
    store_database: str,
    engine: AsyncEngine,
    controller: Controller,
    accept_request: AcceptRequest,
) -> None:
    request_id = (await accept_request(controller, "1")).id
    endpoint_id = await fill_webhooks(engine, controller)
    url = stack.database_url(store_database, OWNER)
    await downgrade(url, "0011")
    async with transaction(engine, controller.id) as connection:
        await connection.execute(
            A_LINE,
            {"controller_id": controller.id, "endpoint_id": endpoint_id, "request_id": request_id},
        )
    for look in (upgrade, downgrade):
        await look(url, "0012" if look is upgrade else "0011")
        async with transaction(engine, controller.id) as connection:
            found = (await connection.execute(SCHEDULED)).scalars().all()
        assert found == ([None, 2] if look is upgrade else [None, 2, 3])
    await upgrade(url)


async def test_whose_persons_bound_controllers_have_is_taken_from_their_maps(
    stack: Stack, store_database: str, engine: AsyncEngine, new_controller: NewController
) -> None:
    url = stack.database_url(store_database, OWNER)
    bound = [(await new_controller(key)).id for key in ("01", "2", "3", "4")]
    await downgrade(url, "0017")
    documents = (SOUND, SOUND, _OF_ONE, SOUND)
    for id_, key, document in zip(bound, ("01", "2", "3", None), documents, strict=True):
        await _bound_before(engine, id_, key, document)
    await upgrade(url)
    found = []
    for id_ in bound:
        async with transaction(engine, id_) as connection:
            controller = await controllers.get(connection, id_)
        assert controller is not None
        found.append(controller.persons)
    lms, other = "${LMS_URL} public", "${OTHER_URL} own"
    assert found == [Persons(lms, "01"), Persons(lms, "2"), Persons(other, None), None]


async def test_controllers_that_are_bound_to_the_same_persons_are_named_and_nothing_is_migrated(
    stack: Stack, store_template: str, new_database: NewDatabase, keyring: KeyRing
) -> None:
    name = new_database(template=store_template, owner=OWNER)
    url = stack.database_url(name, OWNER)
    engine = create_engine(stack.database_url(name, APPLICATION))
    bound = []
    for key in ("1", "2", "2"):
        controller = await create(engine, keyring, NewSchool(f"School {key}", key))
        bound.append(controller.id)
    await downgrade(url, "0017")
    for id_, key in zip(bound, ("1", "2", "2"), strict=True):
        await _bound_before(engine, id_, key, SOUND)
    with pytest.raises(HabeasError, match=f"{bound[1]} and {bound[2]}") as refused:
        await upgrade(url)
    assert str(bound[0]) not in str(refused.value)
    assert "migrate again" in str(refused.value)
    async with transaction(engine, bound[2]) as connection:
        assert not await is_current(engine)
        await connection.execute(text("UPDATE controller SET key_in_lms = '3'"))
    await upgrade(url)
    assert await is_current(engine)
    await engine.dispose()


async def _bound_before(
    engine: AsyncEngine, controller_id: ControllerId, key: str | None, document: str
) -> None:
    """Bind a controller as it was bound before anybody asked whose persons it has."""
    async with transaction(engine, controller_id) as connection:
        version = await data_maps.publish(connection, controller_id, "m", "ab" * 32, document)
        await connection.execute(
            text("UPDATE controller SET key_in_lms = :key, data_map_version_id = :version"),
            {"key": key, "version": version.id},
        )


async def test_processes_that_migrate_at_once_do_not_disturb_each_other(
    empty_database: tuple[str, AsyncEngine],
) -> None:
    url, engine = empty_database
    await asyncio.gather(*(upgrade(url) for _ in range(4)))
    assert await is_current(engine)


async def test_an_empty_database_is_not_current(empty_database: tuple[str, AsyncEngine]) -> None:
    _, engine = empty_database
    assert not await is_current(engine)


async def test_the_application_can_see_whether_the_database_is_current(
    engine: AsyncEngine,
) -> None:
    assert await is_current(engine)


async def test_alembic_finds_no_difference_between_migrations_and_tables(
    owner_engine: AsyncEngine,
) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(
            compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)
        )

    async with owner_engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrated_tables_equal_the_declared_ones_to_the_last_check(
    owner_engine: AsyncEngine, empty_database: tuple[str, AsyncEngine]
) -> None:
    _, engine = empty_database
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
        declared = (await connection.execute(CATALOGUE)).all()
    async with owner_engine.connect() as connection:
        migrated = (await connection.execute(CATALOGUE)).all()
    assert migrated == declared
