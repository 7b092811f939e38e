"""A receipt is kept as it was signed, and nobody changes it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.store import receipts, subject_requests
from app.store.controllers import Controller
from app.store.receipts import NewReceipt
from app.store.transaction import transaction
from tests.fixtures.effect_rows import new_receipt
from tests.fixtures.store import AcceptRequest


async def test_a_receipt_is_found_by_its_id_and_by_its_request(
    engine: AsyncEngine,
    controller: Controller,
    other_controller: Controller,
    accept_request: AcceptRequest,
) -> None:
    request = await accept_request(controller)
    stored = new_receipt(request)
    async with transaction(engine, controller.id) as connection:
        assert await receipts.get_of_request(connection, request.id) is None
        await receipts.insert(connection, controller.id, stored)
        await subject_requests.complete(connection, request.id, None, stored.id)
        found = await receipts.get(connection, stored.id)
        assert await receipts.get_of_request(connection, request.id) == found
        completed = await subject_requests.get(connection, request.id)
    assert found is not None
    assert completed is not None
    assert completed.receipt_id == stored.id
    for name in NewReceipt.__dataclass_fields__:
        assert getattr(found, name) == getattr(stored, name), name
    async with transaction(engine, other_controller.id) as connection:
        assert await receipts.get(connection, stored.id) is None


@pytest.mark.parametrize(
    "statement", ["UPDATE receipt SET json_text = ''", "DELETE FROM receipt", "TRUNCATE receipt"]
)
async def test_not_even_the_owner_of_the_tables_changes_a_receipt(
    engine: AsyncEngine,
    owner_engine: AsyncEngine,
    controller: Controller,
    accept_request: AcceptRequest,
    statement: str,
) -> None:
    stored = new_receipt(await accept_request(controller))
    async with transaction(engine, controller.id) as connection:
        await receipts.insert(connection, controller.id, stored)
    with pytest.raises(DBAPIError, match=r"never changed or removed|referenced in a foreign key"):
        async with transaction(owner_engine, controller.id) as connection:
            await connection.execute(text(statement))
