"""A bundle is read only while it lives, and without its key it is gone."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.ids import BundleId, new_id
from app.domain.subject_requests import NewSubjectRequest
from app.keyring import WrappedKey
from app.store import bundles
from app.store.controllers import Controller
from app.store.transaction import transaction
from tests.fixtures.store import AcceptRequest, new_bundle

NEW_KEY = WrappedKey("k2", b"n" * 40)


@pytest.fixture
async def request_(controller: Controller, accept_request: AcceptRequest) -> NewSubjectRequest:
    return await accept_request(controller)


async def test_a_living_bundle_is_read_as_it_was_stored(
    engine: AsyncEngine, controller: Controller, request_: NewSubjectRequest
) -> None:
    stored = new_bundle(request_.id)
    async with transaction(engine, controller.id) as connection:
        await bundles.insert(connection, controller.id, stored)
        found = await bundles.get(connection, stored.id)
        assert not await bundles.is_gone(connection, stored.id)
        assert await bundles.list_kept_ids(connection) == [stored.id]
    assert found is not None
    for name in stored.__dataclass_fields__:
        assert getattr(found, name) == getattr(stored, name), name


async def test_a_bundle_is_not_read_from_its_expiry_on(
    engine: AsyncEngine, controller: Controller, request_: NewSubjectRequest
) -> None:
    stored = new_bundle(request_.id, lifetime=timedelta(seconds=0.2))
    async with transaction(engine, controller.id) as connection:
        await bundles.insert(connection, controller.id, stored)
    async with transaction(engine, controller.id) as connection:
        assert await bundles.get(connection, stored.id) is not None
        assert await bundles.list_expired(connection, 10) == []
        await asyncio.sleep(0.3)
        assert await bundles.get(connection, stored.id) is None, "also within one transaction"
        assert await bundles.is_gone(connection, stored.id)
        assert await bundles.list_expired(connection, 10) == [(stored.id, request_.id)]
        assert await bundles.list_kept_ids(connection) == [stored.id]


async def test_a_deleted_bundle_has_no_key_and_is_never_wrapped_again(
    engine: AsyncEngine, controller: Controller, request_: NewSubjectRequest
) -> None:
    stored = new_bundle(request_.id)
    async with transaction(engine, controller.id) as connection:
        await bundles.insert(connection, controller.id, stored)
        assert await bundles.forget_key(connection, stored.id)
        assert not await bundles.forget_key(connection, stored.id)
        assert await bundles.get(connection, stored.id) is None
        assert await bundles.is_gone(connection, stored.id)
        assert await bundles.list_kept_ids(connection) == []
        assert await bundles.list_expired(connection, 10) == []
        assert await bundles.list_under_other_keys(connection, "k2", 10) == []
        assert not await bundles.rewrap(connection, stored.id, stored.wrapped_key, NEW_KEY)


async def test_a_key_is_put_in_place_of_the_one_it_was_made_from_only(
    engine: AsyncEngine, controller: Controller, request_: NewSubjectRequest
) -> None:
    stored = new_bundle(request_.id)
    former = stored.wrapped_key
    async with transaction(engine, controller.id) as connection:
        await bundles.insert(connection, controller.id, stored)
        assert await bundles.list_under_other_keys(connection, "k2", 10) == [(stored.id, former)]
        assert await bundles.rewrap(connection, stored.id, former, NEW_KEY)
        assert not await bundles.rewrap(connection, stored.id, former, former)
        found = await bundles.get(connection, stored.id)
    assert found is not None
    assert found.wrapped_key == NEW_KEY


async def test_another_controllers_bundle_neither_is_nor_was(
    engine: AsyncEngine,
    controller: Controller,
    other_controller: Controller,
    request_: NewSubjectRequest,
) -> None:
    stored = new_bundle(request_.id, lifetime=timedelta(seconds=-1))
    async with transaction(engine, controller.id) as connection:
        await bundles.insert(connection, controller.id, stored)
    async with transaction(engine, other_controller.id) as connection:
        for bundle_id in (stored.id, BundleId(new_id())):
            assert await bundles.get(connection, bundle_id) is None
            assert not await bundles.is_gone(connection, bundle_id)
            assert not await bundles.forget_key(connection, bundle_id)
