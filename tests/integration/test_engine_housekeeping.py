"""What has to go goes: expired bundles, files of none, old answers."""

import asyncio
import os
from datetime import UTC, datetime, timedelta

import asyncpg

from app.domain.ids import BundleId, JobId, new_id
from app.domain.subject_requests import NewSubjectRequest
from app.engine import housekeeping
from app.keyring import KeyRing
from app.services import controllers
from app.services.controllers import NewController
from app.store import bundles, idempotency
from app.store.idempotency import IdempotencyKey, StoredAnswer
from app.store.transaction import transaction
from tests.fixtures.store import new_bundle
from tests.fixtures.workplace import Workplace, hours_ago
from workers import tasks

_EXPIRED = timedelta(seconds=-1)


async def keep(workplace: Workplace, request: NewSubjectRequest, lifetime: timedelta) -> BundleId:
    """Store a bundle and its file."""
    bundle = new_bundle(request.id, lifetime=lifetime)
    async with transaction(workplace.database, workplace.controller.id) as connection:
        await bundles.insert(connection, workplace.controller.id, bundle)
    workplace.context.bundles.path(bundle.id).write_bytes(b"sealed")
    return bundle.id


async def test_the_key_and_the_file_of_an_expired_bundle_go_and_nothing_else(
    workplace: Workplace, keyring: KeyRing
) -> None:
    await controllers.create(workplace.database, keyring, NewController("Another"))
    request = await workplace.accept("1")
    expired = [await keep(workplace, request, _EXPIRED)]
    kept = await keep(workplace, await workplace.accept("2"), timedelta(days=1))
    assert await housekeeping.expire_bundles(workplace.context) == len(expired)
    assert await housekeeping.expire_bundles(workplace.context) == 0
    assert not workplace.context.bundles.path(expired[0]).exists()
    assert workplace.context.bundles.path(kept).exists()
    keyless = "SELECT id FROM bundle WHERE wrapped_key IS NULL AND id = ANY ($1)"
    rows = await workplace.execute(keyless, [*expired, kept])
    assert [row["id"] for row in rows] == expired
    told = await workplace.execute(
        "SELECT details->>'bundle_id' AS bundle, subject_request_id FROM audit_entry"
        " WHERE action = 'bundle.expired' AND details->>'bundle_id' = ANY ($1)",
        [str(each) for each in (*expired, kept)],
    )
    assert [tuple(row) for row in told] == [(str(expired[0]), request.id)]


async def test_two_workers_that_expire_one_bundle_tell_of_it_once(workplace: Workplace) -> None:
    bundle_id = await keep(workplace, await workplace.accept("3"), _EXPIRED)
    other = await asyncpg.connect(workplace.superuser_url)
    async with other.transaction():
        await other.execute(
            "UPDATE bundle SET wrapped_key = NULL, deleted_at = now() WHERE id = $1", bundle_id
        )
        ours = asyncio.create_task(housekeeping.expire_bundles(workplace.context))
        await asyncio.sleep(0.3)
        assert not ours.done()
    assert await ours == 0
    await other.close()


async def test_files_that_belong_to_no_bundle_go_once_they_are_left_alone(
    workplace: Workplace,
) -> None:
    store = workplace.context.bundles
    kept = store.path(await keep(workplace, await workplace.accept("4"), timedelta(days=1)))
    orphan, young = store.path(BundleId(new_id())), store.path(BundleId(new_id()))
    dead = store.temporary(JobId(new_id()), 3)
    for file in (orphan, young, dead):
        file.write_bytes(b"sealed")
    for file in (kept, orphan, dead):
        os.utime(file, (hours_ago(2), hours_ago(2)))
    assert await housekeeping.sweep_files(workplace.context) == 2
    assert [each.exists() for each in (kept, young, orphan, dead)] == [True, True, False, False]


async def test_answers_are_forgotten_after_a_day(workplace: Workplace) -> None:
    await workplace.accept("5")
    (row,) = await workplace.execute("SELECT id FROM api_client LIMIT 1")
    for key in ("old", "new"):
        async with transaction(workplace.database, workplace.controller.id) as connection:
            asked = IdempotencyKey(workplace.controller.id, row["id"], key, ("ab" * 32,))
            await idempotency.claim(connection, asked)
            await idempotency.remember(connection, asked, StoredAnswer(202, {}, "{}"))
    yesterday = datetime.now(UTC) - timedelta(hours=25)
    await workplace.execute(
        "UPDATE idempotency_key SET created_at = $1 WHERE key = 'old'", yesterday
    )
    await tasks.tidy_up({"context": workplace.context})
    rows = await workplace.execute("SELECT key FROM idempotency_key")
    assert [each["key"] for each in rows] == ["new"]
