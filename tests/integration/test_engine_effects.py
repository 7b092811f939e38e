"""Restriction, lift and erasure, carried out by the engine in this process."""

import asyncpg
import pytest

from schemas.vocabulary import Right
from tests.fixtures.rows import all_rows, changed_tables
from tests.fixtures.workplace import Workplace


@pytest.fixture
async def busiest(workplace: Workplace) -> str:
    """The person of the first institution who wrote the most messages."""
    connection = await asyncpg.connect(workplace.campus.url)
    try:
        key = await connection.fetchval(
            "SELECT sender_id FROM message JOIN person ON person.id = sender_id"
            " WHERE institution_id = $1 AND role <> 'nobody'"
            " GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
            int(workplace.controller.key_in_lms or "0"),
        )
    finally:
        await connection.close()
    return str(key)


async def test_a_restriction_that_is_lifted_leaves_every_row_as_it_was(
    workplace: Workplace, busiest: str
) -> None:
    before = await all_rows(workplace.campus.url)
    request = await workplace.carry_out(busiest, Right.RESTRICTION, ground="accuracy_contested")
    job = await workplace.job(request)
    assert job["state"] == "completed", (job["attention_reason"], job["attention_detail"])
    during = await all_rows(workplace.campus.url)
    assert "message" in changed_tables(before, during)
    (row,) = await workplace.execute(
        "SELECT id FROM restriction WHERE subject_request_id = $1", request.id
    )
    lifted = await workplace.carry_out(
        busiest, Right.RESTRICTION_LIFT, restriction_id=str(row["id"])
    )
    job = await workplace.job(lifted)
    assert job["state"] == "completed", (job["attention_reason"], job["attention_detail"])
    after = await all_rows(workplace.campus.url)
    assert changed_tables(before, after) in ([], ["person"])


async def test_an_erasure_leaves_nothing_that_no_rule_explains(
    workplace: Workplace, busiest: str
) -> None:
    request = await workplace.carry_out(busiest, Right.ERASURE)
    job = await workplace.job(request)
    assert job["state"] == "completed", (job["attention_reason"], job["attention_detail"])
