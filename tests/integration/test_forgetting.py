"""With a completed erasure goes all that Habeas holds of the person; digests and counts stay."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.ids import BundleId
from app.domain.subject_requests import NewSubjectRequest
from app.store import (
    bundles,
    holds,
    idempotency,
    intents,
    previews,
    restrictions,
    subject_requests,
    tallies,
    upload_removals,
    vault,
)
from app.store.controllers import Controller
from app.store.forgetting import forget_subject
from app.store.idempotency import IdempotencyKey, StoredAnswer
from app.store.metadata import METADATA
from app.store.restrictions import NewRestriction
from app.store.transaction import transaction
from schemas.vocabulary import RestrictionState, TallyPhase
from tests.fixtures.effect_rows import (
    claimed,
    new_hold,
    new_intent,
    new_preview,
    new_restriction,
    new_upload_removal,
    tally,
    vault_entry,
)
from tests.fixtures.store import REASON, AcceptRequest, new_bundle

CANARY = "canarywood"
KEPT = {"approved_by": "Kari Holm"}
REFUSED = {"status": 422, "problem": {"title": "It cannot be used"}}
ROWS = "SELECT count(*) FROM {table} AS row WHERE strpos(CAST(row AS text), :word) > 0"


def shown_as(id_: UUID, name: str, *, is_hold: bool = False) -> dict[str, Any]:
    """Write what an answer says of a subject request, or of a hold."""
    shown: dict[str, Any] = {"id": str(id_), "subject": {"name": name}}
    why = {"reason": f"{REASON.reason} of {name}"}
    return shown | (why if is_hold else {"approval": KEPT | why})


def keys(request: NewSubjectRequest, controller: Controller) -> list[IdempotencyKey]:
    """Give the keys under which the answers of a person are kept."""
    return [
        IdempotencyKey(controller.id, request.client_id, f"{number}", ("ab" * 32,))
        for number in range(4)
    ]


@pytest.fixture
async def person(controller: Controller, accept_request: AcceptRequest) -> NewSubjectRequest:
    return await accept_request(controller, CANARY)


async def hold(
    engine: AsyncEngine, controller: Controller, request: NewSubjectRequest
) -> tuple[BundleId, NewRestriction]:
    """Put something of a person wherever there may be something."""
    job = await claimed(engine, controller, request)
    bundle, restriction = new_bundle(request.id), new_restriction(request)
    intent, preview, ordered = new_intent(1, tally(2)), new_preview(request), new_hold(request)
    async with transaction(engine, controller.id) as connection:
        await bundles.insert(connection, controller.id, bundle)
        await restrictions.insert(connection, controller.id, restriction)
        await intents.add(connection, job, intent)
        await intents.settle(connection, intent.id)
        entries = [vault_entry(1, sealed=request.subject_key.encode())]
        await vault.insert_many(connection, controller.id, restriction.id, intent.id, entries)
        await previews.insert(connection, controller.id, preview)
        await upload_removals.add_many(connection, request.job_id, [new_upload_removal(1)])
        await holds.insert(connection, controller.id, ordered)
        shown = shown_as(request.id, request.subject_key)
        stayed = {"is_re_examined": False, "subject_request_ids": [str(request.id)]}
        bodies = [shown, {"items": [REFUSED, {"subject_request": shown}]}, stayed]
        bodies.append(shown_as(ordered.id, request.subject_key, is_hold=True))
        for key, body in zip(keys(request, controller), bodies, strict=True):
            await idempotency.claim(connection, key)
            stored = StoredAnswer(202, {}, json.dumps(body))
            await idempotency.remember(connection, key, stored)
    return bundle.id, restriction


async def test_nothing_of_the_person_is_left_in_any_table(
    engine: AsyncEngine, controller: Controller, person: NewSubjectRequest
) -> None:
    bundle_id, restriction = await hold(engine, controller, person)
    async with transaction(engine, controller.id) as connection:
        assert await forget_subject(connection, person.subject_digest) == [bundle_id]
        assert await forget_subject(connection, person.subject_digest) == []
    async with transaction(engine, controller.id) as connection:
        assert await vault.count(connection, restriction.id) == 0
        for table in METADATA.tables:
            statement = text(ROWS.format(table=table))
            for word in (CANARY, REASON.reason, "Åse Berg"):
                found = (await connection.execute(statement, {"word": word})).scalar_one()
                assert found == 0, (table, word)


async def test_what_says_that_it_was_there_stays(
    engine: AsyncEngine, controller: Controller, person: NewSubjectRequest
) -> None:
    _, restriction = await hold(engine, controller, person)
    async with transaction(engine, controller.id) as connection:
        await forget_subject(connection, person.subject_digest)
        request = await subject_requests.get(connection, person.id)
        ended = await restrictions.get(connection, restriction.id)
        assert await tallies.list_of_job(connection, person.job_id, TallyPhase.DONE) == [tally(2)]
        assert await upload_removals.count(connection, person.job_id) == 1
        assert not await intents.exists_for_job(connection, person.job_id)
    assert request is not None
    assert ended is not None
    assert (request.subject_key, request.subject_display) == ("", {})
    assert request.subject_digest == person.subject_digest
    assert request.approval.reason == ""
    assert request.approval.reference == REASON.reference
    assert (ended.state, ended.wrapped_key) == (RestrictionState.ERASED, None)


async def test_a_restriction_that_had_ended_stays_as_it_ended(
    engine: AsyncEngine, controller: Controller, person: NewSubjectRequest
) -> None:
    _, restriction = await hold(engine, controller, person)
    async with transaction(engine, controller.id) as connection:
        await restrictions.end(connection, restriction.id, RestrictionState.LIFTED)
        await forget_subject(connection, person.subject_digest)
        ended = await restrictions.get(connection, restriction.id)
        assert await vault.count(connection, restriction.id) == 0
    assert ended is not None
    assert ended.state is RestrictionState.LIFTED


async def test_nobody_else_is_forgotten_with_them(
    engine: AsyncEngine,
    controller: Controller,
    other_controller: Controller,
    accept_request: AcceptRequest,
    person: NewSubjectRequest,
) -> None:
    other = await accept_request(controller, "7")
    twin = await accept_request(other_controller, CANARY)
    held = [
        (one, request, *await hold(engine, one, request))
        for one, request in ((controller, other), (other_controller, twin))
    ]
    async with transaction(engine, controller.id) as connection:
        await forget_subject(connection, person.subject_digest)
    for one, request, bundle_id, restriction in held:
        async with transaction(engine, one.id) as connection:
            found = await subject_requests.get(connection, request.id)
            assert found is not None
            assert found.subject_key == request.subject_key
            assert await bundles.get(connection, bundle_id) is not None
            assert await vault.count(connection, restriction.id) == 1
            assert await intents.exists_for_job(connection, request.job_id)
            key = IdempotencyKey(one.id, request.client_id, "0", ("ab" * 32,))
            assert isinstance(await idempotency.claim(connection, key), StoredAnswer)


async def test_who_repeats_a_forgotten_submission_is_answered_without_the_person(
    engine: AsyncEngine, controller: Controller, person: NewSubjectRequest
) -> None:
    await hold(engine, controller, person)
    async with transaction(engine, controller.id) as connection:
        await forget_subject(connection, person.subject_digest)
        known = [await idempotency.claim(connection, each) for each in keys(person, controller)]
    alone, batch, event, ordered = [
        json.loads(each.body) for each in known if isinstance(each, StoredAnswer)
    ]
    gone = {"id": str(person.id), "subject": {}, "approval": KEPT | {"reason": ""}}
    assert alone == gone
    assert batch == {"items": [REFUSED, {"subject_request": gone}]}
    assert event == {"is_re_examined": False, "subject_request_ids": [str(person.id)]}
    assert ordered | {"id": None} == {"id": None, "subject": {}, "reason": None}


async def test_an_answer_keeps_the_others_whom_it_is_about(
    engine: AsyncEngine,
    controller: Controller,
    accept_request: AcceptRequest,
    person: NewSubjectRequest,
) -> None:
    other = await accept_request(controller, "7")
    items = [{"subject_request": shown_as(each.id, each.subject_key)} for each in (other, person)]
    key = keys(person, controller)[0]
    async with transaction(engine, controller.id) as connection:
        await idempotency.claim(connection, key)
        stored = StoredAnswer(202, {}, json.dumps({"items": items}))
        await idempotency.remember(connection, key, stored)
        await forget_subject(connection, person.subject_digest)
        known = await idempotency.claim(connection, key)
    assert isinstance(known, StoredAnswer)
    assert json.loads(known.body)["items"][0] == items[0]
    assert CANARY not in known.body
