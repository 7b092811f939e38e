"""The vault keeps the oldest former values of a record, and is asked set-wise."""

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.domain.ids import IntentId, RestrictionId, new_id
from app.domain.subject_requests import NewSubjectRequest
from app.keyring import WrappedKey
from app.store import restrictions, vault
from app.store.controllers import Controller
from app.store.transaction import transaction
from app.store.vault import HeldEntry, VaultEntry
from schemas.vocabulary import RestrictionState
from tests.fixtures.effect_rows import digest, new_restriction, vault_entry
from tests.fixtures.store import AcceptRequest

INTENT, OTHER_INTENT = IntentId(new_id()), IntentId(new_id())


@pytest.fixture
async def requests(
    controller: Controller, accept_request: AcceptRequest
) -> list[NewSubjectRequest]:
    """Two subjects' requests."""
    return [await accept_request(controller, subject_key) for subject_key in "12"]


@pytest.fixture
async def two(
    engine: AsyncEngine, controller: Controller, requests: list[NewSubjectRequest]
) -> list[RestrictionId]:
    """The restrictions of two subjects, the older one first."""
    stored = [
        new_restriction(request, wrapped_key=WrappedKey(f"k{number}", b"w" * 40))
        for number, request in enumerate(requests)
    ]
    async with transaction(engine, controller.id) as connection:
        for restriction in stored:
            await restrictions.insert(connection, controller.id, restriction)
    return [restriction.id for restriction in stored]


async def put(
    connection: AsyncConnection,
    controller: Controller,
    restriction_id: RestrictionId,
    *entries: VaultEntry,
) -> int:
    return await vault.insert_many(connection, controller.id, restriction_id, INTENT, entries)


async def read(
    connection: AsyncConnection, restriction_id: RestrictionId, record_type: str = "message"
) -> list[bytes]:
    chunk = await vault.read_chunk(connection, restriction_id, record_type, 0, 100)
    return [entry.sealed for entry in chunk]


async def test_the_oldest_former_value_of_a_record_stays(
    engine: AsyncEngine, controller: Controller, two: list[RestrictionId]
) -> None:
    one, _ = two
    async with transaction(engine, controller.id) as connection:
        assert await put(connection, controller, one) == 0
        assert await put(connection, controller, one, vault_entry(1, sealed=b"old")) == 1
        later = [vault_entry(1, sealed=b"new"), vault_entry(2, sealed=b"other")]
        assert await put(connection, controller, one, *later) == 1
        assert await read(connection, one) == [b"old", b"other"]
        assert await vault.count(connection, one) == 2


async def test_a_restriction_is_read_chunk_by_chunk_in_order(
    engine: AsyncEngine, controller: Controller, two: list[RestrictionId]
) -> None:
    one, _ = two
    entries = [vault_entry(number, is_removed=number == 3) for number in range(5)]
    async with transaction(engine, controller.id) as connection:
        await put(connection, controller, one, *entries, vault_entry(9, record_type="grade"))
        assert await vault.record_types(connection, one) == ["grade", "message"]
        seen, after = [], 0
        while chunk := await vault.read_chunk(connection, one, "message", after, 2):
            assert len(chunk) <= 2
            seen += [
                VaultEntry(each.record_type, each.record_digest, each.is_removed, each.sealed)
                for each in chunk
            ]
            after = chunk[-1].number
    assert seen == entries


async def test_what_others_hold_of_a_record_comes_with_what_opens_it_oldest_first(
    engine: AsyncEngine,
    controller: Controller,
    two: list[RestrictionId],
    requests: list[NewSubjectRequest],
) -> None:
    one, other = two
    wanted = [digest(number) for number in (1, 2, 3)]
    async with transaction(engine, controller.id) as connection:
        await put(connection, controller, other, vault_entry(1, sealed=b"b"), vault_entry(3))
        await put(connection, controller, one, vault_entry(1, sealed=b"a"), vault_entry(2))
        grade = vault_entry(1, record_type="grade")
        await put(connection, controller, other, grade)
        held = await vault.held_by_others(connection, one, "message", wanted[:1])
        by_anybody = await vault.held_by_others(connection, None, "message", wanted[:1])
        assert await vault.held(connection, "message", wanted) == set(wanted)
    assert held == [
        HeldEntry(
            record_type="message",
            record_digest=digest(1),
            is_removed=False,
            sealed=b"b",
            restriction_id=other,
            subject_digest=requests[1].subject_digest,
            data_map_version_id=requests[1].data_map_version_id,
            wrapped_key=WrappedKey("k1", b"w" * 40),
        )
    ]
    assert [entry.sealed for entry in by_anybody] == [b"a", b"b"]


async def test_an_ended_restriction_holds_nothing(
    engine: AsyncEngine,
    controller: Controller,
    two: list[RestrictionId],
    requests: list[NewSubjectRequest],
) -> None:
    one, other = two
    subject = requests[0].subject_digest
    async with transaction(engine, controller.id) as connection:
        await put(connection, controller, other, vault_entry(1))
        assert await vault.has_entries(connection, "message", subject)
        assert not await vault.has_entries(connection, "grade", subject)
        assert not await vault.has_entries(connection, "message", requests[1].subject_digest)
        await restrictions.end(connection, other, RestrictionState.LIFTED)
        assert not await vault.has_entries(connection, "message", subject)
        assert not await vault.held_by_others(connection, one, "message", [digest(1)])
        assert not await vault.held(connection, "message", [digest(1)])


async def test_entries_are_replaced_and_deleted_by_record(
    engine: AsyncEngine, controller: Controller, two: list[RestrictionId]
) -> None:
    one, other = two
    async with transaction(engine, controller.id) as connection:
        for restriction_id in two:
            await put(connection, controller, restriction_id, *map(vault_entry, range(3)))
        changed = [vault_entry(1, sealed=b"fewer cells"), vault_entry(7, sealed=b"nowhere")]
        assert await vault.replace_sealed(connection, one, "message", changed) == 1
        gone = [digest(0), digest(7)]
        assert await vault.delete_entries(connection, one, "message", gone) == 1
        assert await read(connection, one) == [b"fewer cells", b"former"]
        assert await read(connection, other) == [b"former"] * 3


async def test_what_was_stored_with_an_intent_goes_with_it(
    engine: AsyncEngine, controller: Controller, two: list[RestrictionId]
) -> None:
    one, other = two
    async with transaction(engine, controller.id) as connection:
        await put(connection, controller, one, vault_entry(1), vault_entry(2))
        later = [vault_entry(2), vault_entry(3)]
        await vault.insert_many(connection, controller.id, one, OTHER_INTENT, later)
        assert await vault.delete_of_intent(connection, OTHER_INTENT) == 1
        await put(connection, controller, other, vault_entry(1))
        assert await vault.count(connection, one) == 2
        assert await vault.count(connection, other) == 1


async def test_what_is_only_noted_is_told_from_what_has_values(
    engine: AsyncEngine, controller: Controller, two: list[RestrictionId]
) -> None:
    one, other = two
    notes = [vault_entry(number, is_noted=True) for number in (1, 2, 3)]
    async with transaction(engine, controller.id) as connection:
        await put(connection, controller, one, vault_entry(0), *notes)
        await put(connection, controller, other, *notes)
        wider = [vault_entry(1, is_noted=True, sealed=b"wider"), vault_entry(2, sealed=b"value")]
        assert await vault.replace_sealed(connection, one, "message", wider) == 2
        every = [digest(number) for number in range(9)]
        found = await vault.noted(connection, one, "message", every)
        assert {each.record_digest: each.sealed for each in found} == {
            digest(1): b"wider",
            digest(3): b"former",
        }
        assert all(each.is_noted for each in found)
        chunk = await vault.read_noted(connection, one, "message", 0, 1)
        assert [each.record_digest for each in chunk] == [digest(1)]
        chunk = await vault.read_noted(connection, one, "message", chunk[0].number, 9)
        assert [each.record_digest for each in chunk] == [digest(3)]
        assert await vault.noted(connection, one, "grade", every) == []
        assert await vault.count(connection, one) == 2
