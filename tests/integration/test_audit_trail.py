"""The audit trail cannot be changed unseen, and does not fork."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.errors import IntegrityViolation
from app.domain.ids import ClientId, ControllerId, SubjectRequestId, new_id
from app.embedded.stack import Stack
from app.engine.checkpoints import make
from app.keyring import KeyRing
from app.services.audit_verification import Trust, verify_all
from app.store import audit
from app.store.audit_chain import Entry
from app.store.controllers import Controller
from app.store.engine import create_engine
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from tests.fixtures.store import APPLICATION, NewController
from tests.fixtures.trails import followed, recorded, somebody

ENTRIES = 6


async def write(engine: AsyncEngine, controller_id: ControllerId, count: int) -> None:
    for number in range(count):
        async with transaction(engine, controller_id) as connection:
            await audit.append(
                connection,
                controller_id,
                AuditAction.SUBJECT_SEARCHED,
                client_id=ClientId(new_id()),
                subject_request_id=SubjectRequestId(new_id()),
                details={"count": number, "nested": {"ø": [1.5, None, True, "\u2028"]}},
            )


@pytest.fixture
async def trail(engine: AsyncEngine, controller: Controller) -> Controller:
    await write(engine, controller.id, ENTRIES)
    return controller


@pytest.fixture
async def told(engine: AsyncEngine, keyring: KeyRing, controller: Controller) -> Controller:
    """A trail with a text and a checkpoint."""
    await recorded(engine, keyring, somebody(controller.id))
    async with transaction(engine, controller.id) as connection:
        assert await make(connection, keyring, controller.id) is not None
    return controller


async def tamper(superuser: AsyncEngine, controller: Controller, statements: str) -> None:
    """Change what lies on the disk, past grants, triggers and constraints."""
    async with superuser.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements.split(";"):
            if ":controller" in statement:
                await connection.execute(text(statement), {"controller": controller.id})


async def test_an_untouched_trail_is_whole(engine: AsyncEngine, trail: Controller) -> None:
    assert await followed(engine, trail.id) == audit.VerificationResult(ENTRIES)


async def test_a_new_trail_is_whole_and_empty(engine: AsyncEngine, controller: Controller) -> None:
    assert await followed(engine, controller.id) == audit.VerificationResult(0)


COPY = """INSERT INTO audit_entry SELECT controller_id, {sequence}, at, action, client_id,
    subject_request_id, details, previous_hash, hash
    FROM audit_entry WHERE controller_id = :controller AND sequence = {of}"""
EDIT = "UPDATE audit_entry SET {what} WHERE controller_id = :controller AND sequence = {at}"
DROP = "DELETE FROM audit_entry WHERE controller_id = :controller AND sequence {where}"


@pytest.mark.parametrize(
    ("statements", "broken_at", "reason"),
    [
        pytest.param(EDIT.format(what="details = '{}'", at=3), 3, "changed", id="details edited"),
        pytest.param(EDIT.format(what="client_id = NULL", at=6), 6, "changed", id="last edited"),
        pytest.param(
            EDIT.format(what="at = at + interval '1 microsecond'", at=1), 1, "changed", id="redated"
        ),
        pytest.param(EDIT.format(what="hash = sha256('x')", at=4), 4, "changed", id="another hash"),
        pytest.param(DROP.format(where="= 3"), 3, "missing", id="one removed"),
        pytest.param(DROP.format(where="= 1"), 1, "missing", id="first removed"),
        pytest.param(DROP.format(where="> 4"), 5, "ends at 4", id="tail cut"),
        pytest.param(DROP.format(where="> 0"), 1, "ends at 0", id="all removed"),
        pytest.param(COPY.format(sequence=7, of=6), 7, "changed", id="one appended"),
        pytest.param(
            DROP.format(where="= 3") + ";" + COPY.format(sequence=3, of=2),
            3,
            "changed",
            id="one replaced",
        ),
        pytest.param(
            ";".join(
                EDIT.format(what=f"sequence = {to}", at=at)
                for at, to in [(2, 100), (3, 2), (100, 3)]
            ),
            2,
            "changed",
            id="two swapped",
        ),
        pytest.param(
            "UPDATE audit_head SET sequence = 5 WHERE controller_id = :controller",
            6,
            "head says 5",
            id="head set back",
        ),
        pytest.param(
            "UPDATE audit_head SET hash = sha256('x') WHERE controller_id = :controller",
            7,
            "head",
            id="head's hash changed",
        ),
        pytest.param(
            "DELETE FROM audit_head WHERE controller_id = :controller",
            1,
            "no head",
            id="head removed",
        ),
    ],
)
async def test_tampering_is_found_where_it_was_done(
    engine: AsyncEngine,
    superuser_engine: AsyncEngine,
    trail: Controller,
    statements: str,
    broken_at: int,
    reason: str,
) -> None:
    await tamper(superuser_engine, trail, statements)
    result = await followed(engine, trail.id)
    assert result.first_broken_sequence == broken_at
    assert reason in (result.reason or "")
    assert result.entries <= broken_at


async def test_an_entry_that_was_hashed_anew_breaks_the_one_after_it(
    engine: AsyncEngine, superuser_engine: AsyncEngine, trail: Controller
) -> None:
    query = text("SELECT * FROM audit_entry WHERE controller_id = :c AND sequence = 3")
    async with superuser_engine.connect() as connection:
        row = (await connection.execute(query, {"c": trail.id})).mappings().one()
    forged = Entry(**{k: v for k, v in row.items() if k != "hash"} | {"details": {}})
    edit = EDIT.format(what=f"details = '{{}}', hash = decode('{forged.hash.hex()}', 'hex')", at=3)
    await tamper(superuser_engine, trail, edit)
    result = await followed(engine, trail.id)
    assert (result.entries, result.first_broken_sequence) == (3, 4)
    assert result.reason == "the entry does not follow the one before it"


async def test_sixteen_who_write_at_once_make_one_chain(
    stack: Stack, store_database: str, controller: Controller
) -> None:
    engine = create_engine(stack.database_url(store_database, APPLICATION), pool_size=16)
    await asyncio.gather(*(write(engine, controller.id, 500) for _ in range(16)))
    assert await followed(engine, controller.id) == audit.VerificationResult(8_000)
    async with transaction(engine, controller.id) as connection:
        in_order = text("""
            SELECT bool_and(at >= before) FROM (
                SELECT at, lag(at) OVER (ORDER BY sequence) AS before FROM audit_entry) AS e
        """)
        assert (await connection.execute(in_order)).scalar_one()
    await engine.dispose()


async def test_every_trail_is_verified_on_its_own(
    engine: AsyncEngine,
    superuser_engine: AsyncEngine,
    keyring: KeyRing,
    new_controller: NewController,
) -> None:
    sound, broken = await new_controller("Sound"), await new_controller("Broken")
    for one in (sound, broken):
        await write(engine, one.id, 2)
    await tamper(superuser_engine, broken, EDIT.format(what="details = '{}'", at=2))
    results = await verify_all(engine, Trust(keyring))
    assert results[sound.id].first_broken_sequence is None
    assert results[broken.id].first_broken_sequence == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET details = '{}'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry, audit_text",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
        "UPDATE audit_head SET sequence = sequence - 1",
        "UPDATE audit_head SET sequence = sequence",
        "DELETE FROM data_map_version",
        "UPDATE audit_checkpoint SET note = ''",
        "DELETE FROM audit_checkpoint",
        "UPDATE audit_text SET sealed = ''",
        "UPDATE audit_text SET subject_digests = ARRAY[sha256('x')]",
        "TRUNCATE audit_text",
    ],
)
async def test_even_the_owner_of_the_tables_cannot_change_the_past(
    owner_engine: AsyncEngine, told: Controller, statement: str
) -> None:
    async with transaction(owner_engine, told.id) as connection:
        with pytest.raises(DBAPIError, match="never changed or removed"):
            await connection.execute(text(statement))


async def test_an_unknown_controller_has_no_trail(engine: AsyncEngine) -> None:
    nobody = ControllerId(new_id())
    async with transaction(engine, nobody) as connection:
        with pytest.raises(IntegrityViolation, match="no audit trail"):
            await audit.append(connection, nobody, AuditAction.CONTROLLER_CREATED)
    assert (await followed(engine, nobody)).reason == "the trail has no head"
