"""A worker that was frozen in the middle of a statement keeps no rows from its successor."""

from contextlib import AsyncExitStack
from uuid import uuid4

import asyncpg

from app.demo.school import Person
from tests.fixtures.office import APPROVAL, Office
from tests.fixtures.pairs import newcomer


async def _frozen(office: Office, job_id: object, person: Person) -> asyncpg.Connection:
    """Open what the work of a job leaves in the platform; no time-out of a session ends it."""
    connection = await asyncpg.connect(office.workplace.campus.url)
    await connection.execute(f"BEGIN; SET LOCAL application_name = 'habeas {job_id}'")
    await connection.fetch("SELECT FROM person WHERE id = $1 FOR UPDATE", person.id)
    return connection


async def test_the_sessions_that_a_former_owner_of_the_job_left_are_ended_and_no_others(
    office: Office, student: Person
) -> None:
    body = {"right": "restriction", "ground": "accuracy_contested", "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(student)
    accepted = await office.post("subject-requests", body)
    (job,) = await office.workplace.execute(
        f"UPDATE job SET fence = 1 WHERE subject_request_id = '{accepted['id']}' RETURNING id"
    )
    async with AsyncExitStack() as exits:
        former = await _frozen(office, job["id"], student)
        other = await _frozen(office, uuid4(), await newcomer(office, "other"))
        for each in (former, other):
            exits.callback(each.terminate)
        await office.carried_out(accepted)
        assert (former.is_closed(), other.is_closed()) == (True, False)
        assert await other.fetchval("SELECT true")
