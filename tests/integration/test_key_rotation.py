"""Keys are wrapped anew under a new ring key; what they protect stays as it is."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.errors import IntegrityViolation
from app.engine.webhooks.signatures import Secret
from app.keyring import KeyRing
from app.services import audit as trails
from app.services import controllers, keys
from app.services.controllers import NewController
from app.store import bundles, restrictions, webhook_secrets
from app.store import controllers as stored
from app.store.controllers import Controller
from app.store.transaction import transaction
from tests.fixtures.effect_rows import new_restriction
from tests.fixtures.store import AcceptRequest, new_bundle
from tests.fixtures.webhook_rows import fill_webhooks


async def test_rotation_wraps_every_key_anew_and_the_old_ring_key_can_go(
    engine: AsyncEngine, keyring: KeyRing, accept_request: AcceptRequest
) -> None:
    after = KeyRing.parse(KeyRing.generate_entry())
    both = KeyRing(after.keys + keyring.keys)
    one, other = [await controllers.create(engine, keyring, NewController(n)) for n in "ab"]
    digest_key, data_key = keyring.unwrap(one.digest_key), bytes(range(32))
    request = await accept_request(one)
    bundle = new_bundle(request.id, wrapped_key=keyring.wrap(data_key))
    restriction = new_restriction(request, wrapped_key=keyring.wrap(data_key))
    async with transaction(engine, one.id) as connection:
        await bundles.insert(connection, one.id, bundle)
        await restrictions.insert(connection, one.id, restriction)
    secret = Secret.generate()
    endpoint_id = await fill_webhooks(engine, one, secret.wrap(keyring))

    rotation = await keys.rotate(engine, both)

    assert rotation == keys.Rotation(len(await controllers.list_all(engine)), 1, 1, 1)
    async with transaction(engine, one.id) as connection:
        found, kept = await stored.get(connection, one.id), await bundles.get(connection, bundle.id)
        (active,) = await restrictions.active_of_subject(connection, request.subject_digest)
        (live,) = await webhook_secrets.live(connection, endpoint_id)
    assert found is not None
    assert kept is not None
    assert after.unwrap(found.digest_key) == digest_key
    assert after.unwrap(kept.wrapped_key) == data_key
    assert active.wrapped_key is not None
    assert after.unwrap(active.wrapped_key) == data_key
    assert Secret.unwrap(after, live.wrapped_key) == secret
    assert await keys.rotate(engine, both) == keys.Rotation(0, 0, 0, 0)
    assert (await trails.verify(engine, other.id)).entries == 2


async def test_a_rotation_without_the_old_key_changes_nothing(
    engine: AsyncEngine, keyring: KeyRing, controller: Controller
) -> None:
    with pytest.raises(IntegrityViolation, match="lacks the key"):
        await keys.rotate(engine, KeyRing.parse(KeyRing.generate_entry()))
    async with transaction(engine, controller.id) as connection:
        found = await stored.get(connection, controller.id)
    assert found is not None
    assert keyring.unwrap(found.digest_key) == keyring.unwrap(controller.digest_key)
