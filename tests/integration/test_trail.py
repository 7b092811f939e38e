"""What a caller does is written into the trail in one place: with who acts, sealed beside it."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.errors import IntegrityViolation
from app.domain.ids import ControllerId, new_id
from app.keyring import KeyRing
from app.services.audit_verification import Trust, verify
from app.store import audit_texts
from app.store.controllers import Controller
from app.store.forgetting import forget_subject
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditText
from tests.fixtures.store import NewController
from tests.fixtures.trails import recorded, somebody

NEWEST = text("""
    SELECT * FROM audit_entry WHERE controller_id = :id ORDER BY sequence DESC LIMIT 1
""")
ONE, OTHER = b"1".ljust(32), b"2".ljust(32)


async def left(
    engine: AsyncEngine, keyring: KeyRing, controller: Controller
) -> list[tuple[str, str]]:
    async with transaction(engine, controller.id) as connection:
        entry = (await connection.execute(NEWEST, {"id": controller.id})).one()
        stored = await audit_texts.read(connection, controller.id, [entry.sequence])
    opened = [(each.name, audit_texts.open_text(keyring, controller.id, each)) for each in stored]
    return sorted((str(name), said.text) for name, said in opened)


async def test_the_person_who_acts_is_kept_beside_the_entry(
    engine: AsyncEngine, keyring: KeyRing, controller: Controller
) -> None:
    await recorded(engine, keyring, somebody(controller.id, "Kari Holm"))
    assert await left(engine, keyring, controller) == [
        ("acting_person", "Kari Holm"),
        ("reason", "because of 0"),
    ]


async def test_one_person_has_one_digest_with_a_controller_and_another_with_the_next(
    engine: AsyncEngine, keyring: KeyRing, new_controller: NewController
) -> None:
    one, other = await new_controller("One"), await new_controller("Other")
    found = []
    for controller, person in ((one, "Kari"), (one, "Kari"), (one, "Ola"), (other, "Kari")):
        await recorded(engine, keyring, somebody(controller.id, person))
        async with transaction(engine, controller.id) as connection:
            row = (await connection.execute(NEWEST, {"id": controller.id})).one()
        found.append(row.acting_person_digest)
    assert found[0] == found[1]
    assert len(set(found)) == 3


async def test_a_commitment_says_nothing_about_its_text(
    engine: AsyncEngine, keyring: KeyRing, controller: Controller
) -> None:
    commitments = set()
    for _ in range(2):
        await recorded(engine, keyring, somebody(controller.id))
        async with transaction(engine, controller.id) as connection:
            row = (await connection.execute(NEWEST, {"id": controller.id})).one()
        commitments.add(row.commitments["reason"])
    assert len(commitments) == 2


async def test_a_text_goes_with_the_first_subject_that_it_may_speak_of(
    engine: AsyncEngine, keyring: KeyRing, controller: Controller
) -> None:
    caller = somebody(controller.id, "Kari Holm")
    await recorded(engine, keyring, caller, subject_digests=(ONE, OTHER))
    async with transaction(engine, controller.id) as connection:
        await forget_subject(connection, b"3".ljust(32))
    assert len(await left(engine, keyring, controller)) == 2
    async with transaction(engine, controller.id) as connection:
        await forget_subject(connection, OTHER)
    assert await left(engine, keyring, controller) == [("acting_person", "Kari Holm")]
    found = await verify(engine, Trust(keyring), controller.id)
    assert (found.is_whole, found.text_count, found.erased_text_count) == (True, 1, 1)


async def test_an_entry_about_one_subject_says_which_and_one_about_several_does_not(
    engine: AsyncEngine, keyring: KeyRing, controller: Controller
) -> None:
    told = []
    for subjects in ((ONE,), (ONE, ONE), (ONE, OTHER), ()):
        await recorded(engine, keyring, somebody(controller.id), subject_digests=subjects)
        async with transaction(engine, controller.id) as connection:
            row = (await connection.execute(NEWEST, {"id": controller.id})).one()
        told.append(row.subject_digest)
    assert told == [ONE, ONE, None, None]


def test_a_text_opens_in_its_own_trail_only(keyring: KeyRing, controller: Controller) -> None:
    sealed = audit_texts.seal(keyring, controller.id, AuditText.REASON, "why")
    stored = audit_texts.StoredText(1, sealed.name, sealed.wrapped_key, sealed.sealed)
    assert audit_texts.open_text(keyring, controller.id, stored).commitment == sealed.commitment
    with pytest.raises(IntegrityViolation, match="altered"):
        audit_texts.open_text(keyring, ControllerId(new_id()), stored)
