"""Keys are wrapped anew under a new ring key; what they protect stays as it is."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.errors import IntegrityViolation
from app.engine.webhooks.signatures import Secret
from app.keyring import KeyRing
from app.services import controllers, keys
from app.services.audit_verification import Trust, verify
from app.services.controllers import NewController
from app.store import bundles, misdirected_requests, restrictions, webhook_secrets
from app.store import controllers as stored
from app.store.controllers import Controller
from app.store.transaction import transaction
from tests.fixtures.effect_rows import new_misdirected_request, new_restriction
from tests.fixtures.store import AcceptRequest, new_bundle
from tests.fixtures.trails import followed, recorded, somebody
from tests.fixtures.webhook_rows import fill_webhooks


async def test_rotation_wraps_every_key_anew_and_the_old_ring_key_can_go(  # noqa: PLR0915 - every key
    engine: AsyncEngine, keyring: KeyRing, accept_request: AcceptRequest
) -> None:
    after = KeyRing.parse(KeyRing.generate_entry())
    both = KeyRing(after.keys + keyring.keys)
    one, other = [await controllers.create(engine, keyring, NewController(n)) for n in "ab"]
    digest_key, data_key = keyring.unwrap(one.digest_key), bytes(range(32))
    request = await accept_request(one)
    bundle = new_bundle(request.id, wrapped_key=keyring.wrap(data_key))
    restriction = new_restriction(request, wrapped_key=keyring.wrap(data_key))
    misdirected = new_misdirected_request(request, wrapped_key=keyring.wrap(data_key))
    async with transaction(engine, one.id) as connection:
        await bundles.insert(connection, one.id, bundle)
        await restrictions.insert(connection, one.id, restriction)
        await misdirected_requests.insert(connection, one.id, misdirected)

    secret = Secret.generate()
    endpoint_id = await fill_webhooks(engine, one, secret.wrap(keyring))
    await recorded(engine, keyring, somebody(one.id))

    rotation = await keys.rotate(engine, both)

    assert rotation == keys.Rotation(len(await controllers.list_all(engine)), 1, 1, 1, 1, 1)
    async with transaction(engine, one.id) as connection:
        found, kept = await stored.get(connection, one.id), await bundles.get(connection, bundle.id)
        sent = await misdirected_requests.get(connection, misdirected.id)
        (live,) = await webhook_secrets.live(connection, endpoint_id)
        (active,) = await restrictions.active_of_subject(connection, request.subject_digest)
    assert found is not None
    assert kept is not None
    assert sent is not None
    assert after.unwrap(found.digest_key) == digest_key
    for wrapped in (kept.wrapped_key, sent.wrapped_key, active.wrapped_key):
        assert wrapped is not None
        assert after.unwrap(wrapped) == data_key
    assert await keys.rotate(engine, both) == keys.Rotation(0, 0, 0)
    assert Secret.unwrap(after, live.wrapped_key) == secret
    verified = await verify(engine, Trust(after), one.id)
    assert (verified.is_whole, verified.text_count) == (True, 1)
    assert (await followed(engine, other.id)).entries == 2


async def test_a_rotation_without_the_old_key_changes_nothing(
    engine: AsyncEngine, keyring: KeyRing, controller: Controller
) -> None:
    with pytest.raises(IntegrityViolation, match="lacks the key"):
        await keys.rotate(engine, KeyRing.parse(KeyRing.generate_entry()))
    async with transaction(engine, controller.id) as connection:
        found = await stored.get(connection, controller.id)
    assert found is not None
    assert keyring.unwrap(found.digest_key) == keyring.unwrap(controller.digest_key)
