"""A preview is found by its digest for its subject and right, until it expires."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.ids import PreviewId, new_id
from app.store import previews
from app.store.controllers import Controller
from app.store.previews import NewPreview
from app.store.transaction import transaction
from schemas.vocabulary import Right
from tests.fixtures.effect_rows import new_preview
from tests.fixtures.store import AcceptRequest


async def test_the_newest_preview_of_a_subject_and_right_is_found_by_its_digest(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    older = new_preview(await accept_request(controller))
    stored = replace(older, id=PreviewId(new_id()), content={"message": {"removed": 4}})
    async with transaction(engine, controller.id) as connection:
        for preview in (older, stored):
            await previews.insert(connection, controller.id, preview)
        known = (stored.digest, stored.subject_digest, stored.right)
        found = await previews.find(connection, *known)
        for other in (
            ("ef" * 32, *known[1:]),
            (known[0], b"o" * 32, known[2]),
            (*known[:2], Right.RESTRICTION),
        ):
            assert await previews.find(connection, *other) is None
    assert found is not None
    for name in NewPreview.__dataclass_fields__:
        assert getattr(found, name) == getattr(stored, name), name


async def test_an_expired_preview_is_not_found_and_goes(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    request = await accept_request(controller)
    stored = new_preview(request, lifetime=timedelta(seconds=0.2))
    async with transaction(engine, controller.id) as connection:
        await previews.insert(connection, controller.id, stored)
        assert await previews.delete_expired(connection) == 0
        await asyncio.sleep(0.3)
        assert (
            await previews.find(connection, stored.digest, stored.subject_digest, stored.right)
            is None
        )
        assert await previews.delete_expired(connection) == 1


async def test_a_subjects_previews_are_deleted_together(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    one, other = [await accept_request(controller, key) for key in "12"]
    async with transaction(engine, controller.id) as connection:
        for request in (one, one, other):
            await previews.insert(connection, controller.id, new_preview(request))
        assert await previews.delete_of_subject(connection, one.subject_digest) == 2
        assert await previews.delete_of_subject(connection, other.subject_digest) == 1
