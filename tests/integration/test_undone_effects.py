"""An LMS whose own triggers undo an effect is found out: nothing is called erased that is not."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from schemas.vocabulary import Right
from tests.fixtures.workplace import Workplace

_TRIGGER = """
    CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;
    CREATE TRIGGER undo BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION undo()
"""


@dataclass(frozen=True, slots=True)
class Undoing:
    """What a trigger does.

    Attributes:
        table: On which.
        event: When.
        body: How.
        column: That names the person.
    """

    table: str
    event: str
    body: str
    column: str


CASES = {
    "a deleted row stays": Undoing("login_session", "DELETE", "RETURN NULL;", "person_id"),
    "a name is set back": Undoing(
        *("course", "UPDATE", "NEW.responsible_id := OLD.responsible_id; RETURN NEW;"),
        "responsible_id",
    ),
}


@pytest.fixture(params=CASES)
async def undoing(request: pytest.FixtureRequest, workplace: Workplace) -> AsyncIterator[Undoing]:
    case = CASES[request.param]
    await workplace.lms_does(_TRIGGER.format(body=case.body, event=case.event, table=case.table))
    yield case
    await workplace.lms_does("DROP FUNCTION undo() CASCADE")


async def test_an_effect_that_the_lms_undoes_waits_for_a_person(
    workplace: Workplace, undoing: Undoing
) -> None:
    ((person,),) = await workplace.lms_rows(
        f"SELECT {undoing.column} FROM {undoing.table} JOIN person ON person.id = {undoing.column}"
        f" WHERE person.institution_id = {workplace.controller.key_in_lms} ORDER BY 1 LIMIT 1"
    )
    request = await workplace.carry_out(str(person), Right.ERASURE)
    job = await workplace.job(request)
    assert (job["state"], job["attention_reason"]) == ("needs_attention", "unexplained_records")
    assert (
        await workplace.execute("SELECT FROM receipt WHERE subject_request_id = $1", request.id)
        == []
    )
