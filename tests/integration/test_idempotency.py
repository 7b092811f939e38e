"""A request that is repeated is answered as before, and carried out once."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.ids import ClientId, new_id
from app.store import clock, controllers, idempotency
from app.store.controllers import Controller
from app.store.idempotency import Begun, Claim, IdempotencyKey, StoredAnswer
from app.store.transaction import transaction
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.store import AcceptRequest

ANSWER = StoredAnswer(202, {"Location": "/v1/subject-requests/1"}, '{"id": "ø"}')


@pytest.fixture
async def key(controller: Controller, accept_request: AcceptRequest) -> IdempotencyKey:
    request = await accept_request(controller)
    return IdempotencyKey(controller.id, request.client_id, str(new_id()), ("ab" * 32,))


async def answer(engine: AsyncEngine, key: IdempotencyKey) -> None:
    async with transaction(engine, key.controller_id) as connection:
        assert await idempotency.claim(connection, key) is Claim.FRESH
        await idempotency.remember(connection, key, ANSWER)


async def ask(engine: AsyncEngine, key: IdempotencyKey) -> Claim | StoredAnswer:
    async with transaction(engine, key.controller_id) as connection:
        return await idempotency.claim(connection, key)


async def test_a_repeated_request_gets_the_same_answer(
    engine: AsyncEngine, key: IdempotencyKey
) -> None:
    await answer(engine, key)
    assert await ask(engine, key) == ANSWER
    assert await ask(engine, key) == ANSWER


async def test_a_key_used_for_another_body_is_told(
    engine: AsyncEngine, key: IdempotencyKey
) -> None:
    await answer(engine, key)
    assert await ask(engine, replace(key, body_digests=("cd" * 32,))) is Claim.OTHER_BODY


async def test_a_request_is_known_again_after_a_new_key_of_the_operator(
    engine: AsyncEngine, key: IdempotencyKey
) -> None:
    await answer(engine, key)
    rotated = replace(key, body_digests=("cd" * 32, *key.body_digests))
    assert await ask(engine, rotated) == ANSWER


async def test_a_repetition_while_the_first_is_carried_out_does_not_wait(
    engine: AsyncEngine, key: IdempotencyKey
) -> None:
    async with transaction(engine, key.controller_id) as connection:
        assert await idempotency.claim(connection, key) is Claim.FRESH
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await ask(engine, key) is Claim.IN_FLIGHT
        await idempotency.remember(connection, key, ANSWER)
    assert await ask(engine, key) == ANSWER


async def test_a_request_that_failed_may_be_made_again(
    engine: AsyncEngine, key: IdempotencyKey
) -> None:
    async def fail() -> None:
        async with transaction(engine, key.controller_id) as connection:
            await idempotency.claim(connection, key)
            raise RuntimeError("after the claim")

    with pytest.raises(RuntimeError, match="after the claim"):
        await fail()
    await answer(engine, key)


async def test_of_many_at_once_one_is_fresh(engine: AsyncEngine, key: IdempotencyKey) -> None:
    async def carry_out() -> Claim | StoredAnswer:
        async with transaction(engine, key.controller_id) as connection:
            claimed = await idempotency.claim(connection, key)
            if claimed is Claim.FRESH:
                await asyncio.sleep(0.05)
                await idempotency.remember(connection, key, ANSWER)
            return claimed

    claims = await asyncio.gather(*(carry_out() for _ in range(12)))
    assert claims.count(Claim.FRESH) == 1
    assert all(claim in (Claim.FRESH, Claim.IN_FLIGHT, ANSWER) for claim in claims)


async def test_the_same_key_of_two_clients_are_two_keys(
    engine: AsyncEngine, controller: Controller, key: IdempotencyKey, accept_request: AcceptRequest
) -> None:
    other: ClientId = (await accept_request(controller)).client_id
    await answer(engine, key)
    await answer(engine, replace(key, client_id=other))


async def test_old_answers_are_forgotten(engine: AsyncEngine, key: IdempotencyKey) -> None:
    await answer(engine, key)
    async with transaction(engine, key.controller_id) as connection:
        assert await idempotency.forget_older(connection, 3600) == 0
    async with transaction(engine, key.controller_id) as connection:
        assert await idempotency.forget_older(connection, 0) == 1
    assert await ask(engine, key) is Claim.FRESH


async def test_who_begins_a_fresh_request_is_told_the_controller_and_the_time(
    engine: AsyncEngine, key: IdempotencyKey, controller: Controller
) -> None:
    async with transaction(engine, key.controller_id) as connection:
        earliest = await clock.moment(connection)
        begun = await idempotency.begin(connection, key)
        assert isinstance(begun, Begun)
        assert earliest < begun.at < await clock.moment(connection)
        assert begun.controller == await controllers.get(connection, controller.id)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await ask(engine, key) is Claim.IN_FLIGHT
        await idempotency.remember(connection, key, ANSWER)
    async with transaction(engine, key.controller_id) as connection:
        assert await idempotency.begin(connection, key) == ANSWER
        other = replace(key, body_digests=("cd" * 32,))
        assert await idempotency.begin(connection, other) is Claim.OTHER_BODY
